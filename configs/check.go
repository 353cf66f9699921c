package configs

import "slices"

// check notes what is missing and what does not fit together, for `parlor serve`.
func check(c Config, r *reader) {
	r.require("PUBLIC_URL", "")
	r.require("DATABASE_URL", "")
	r.require("PLATFORM_DATABASE_URL", "")
	r.require("SESSION_KEYS", "")
	r.require("SEALING_KEY", "")
	r.require("AUDIT_KEY", "")
	if !c.AuditKey.secret.IsZero() && c.AuditKey.secret.Reveal() == c.SealingKey.secret.Reveal() {
		r.fault("AUDIT_KEY", "must not be PARLOR_SEALING_KEY: who checks the logs need not open tokens")
	}
	if push := c.PushKey.secret.Reveal(); push != "" && (push == c.SealingKey.secret.Reveal() || push == c.AuditKey.secret.Reveal()) {
		r.fault("PUSH_KEY", "must not be PARLOR_SEALING_KEY or PARLOR_AUDIT_KEY: each key has one use")
	}
	checkRoles(c, r)
	checkLives(c.Sessions, r)
	if c.HTTP.Addr == c.HTTP.OpsAddr && c.HTTP.Addr != "" {
		r.fault("OPS_ADDR", "must not be PARLOR_ADDR: health and metrics are not for the public")
	}
	if slices.Contains(c.Providers, ProviderBootstrap) {
		checkBootstrap(c, r)
	}
	checkInstagram(c, r)
	if slices.Contains(c.Providers, ProviderOIDC) {
		const when = "while PARLOR_PROVIDERS holds oidc"
		r.require("OIDC_ISSUER", when)
		r.require("OIDC_CLIENT_ID", when)
		r.require("OIDC_CLIENT_SECRET", when)
		r.require("OIDC_GROUP_ROLES", when)
	}
	if c.Media.KeepDays > 0 && c.Media.BlobURL == "" && !r.faulty("BLOB_URL") {
		r.fault("BLOB_URL", "is required when PARLOR_MEDIA_KEEP_DAYS is above 0")
	}
	if c.Accounts.Creation != CreationAllowlist && len(c.Accounts.Allowlist) > 0 {
		r.fault("ACCOUNT_ALLOWLIST", "has no effect unless PARLOR_ACCOUNT_CREATION is allowlist: remove one of them")
	}
}

// require notes that a key, or its KEY_FILE, must be set; when says in which case, or is empty.
func (r *reader) require(key, when string) {
	if _, set := r.values[prefix+key]; set || r.faulty(key) {
		return
	}
	problem := "is required"
	if when != "" {
		problem += " " + when
	}
	r.fault(key, problem)
}

// checkRoles notes connection strings that are equal: each role must be a login of its own, or a wall is gone.
func checkRoles(c Config, r *reader) {
	app, platform := c.Database.App.Reveal(), c.Database.Platform.Reveal()
	if app != "" && app == platform {
		r.fault("PLATFORM_DATABASE_URL", "must not be PARLOR_DATABASE_URL: the two are different login roles")
	}
	if m := c.Database.Migrate.Reveal(); m != "" && (m == app || m == platform) {
		r.fault("MIGRATE_DATABASE_URL", "must not be that of the service: the owner's login role migrates, and nothing else does")
	}
}

func checkLives(s Sessions, r *reader) {
	if s.IdleLife > s.Life && s.Life > 0 {
		r.fault("SESSION_IDLE_LIFE", "must not be longer than PARLOR_SESSION_LIFE")
	}
	if s.BootstrapLife > s.Life && s.Life > 0 {
		r.fault("SESSION_BOOTSTRAP_LIFE", "must not be longer than PARLOR_SESSION_LIFE")
	}
}

func checkBootstrap(c Config, r *reader) {
	b := c.Bootstrap
	switch b.Mode {
	case BootstrapSelf:
		r.require("BOOTSTRAP_HTPASSWD_FILE", "while PARLOR_PROVIDERS holds bootstrap in self mode")
	case BootstrapProxy:
		r.require("BOOTSTRAP_PROXY_SECRET", "in proxy mode")
		r.require("BOOTSTRAP_PROXY_CIDRS", "in proxy mode")
	}
	if len(b.Staff) == 0 && !r.faulty("BOOTSTRAP_STAFF") {
		r.fault("BOOTSTRAP_STAFF", "is none: nobody would be let in; take bootstrap out of PARLOR_PROVIDERS instead")
	}
	if _, chosen := r.values[prefix+"BOOTSTRAP_MEMBERS"]; !chosen || r.faulty("BOOTSTRAP_STAFF") {
		return
	}
	for user := range b.Members {
		if b.Staff[user] == "" {
			r.fault("BOOTSTRAP_MEMBERS", "names a user without a role in PARLOR_BOOTSTRAP_STAFF, who is not let in")
			return
		}
	}
}

// checkInstagram notes what sign-in with Instagram, or an account connected by the phase 1 token, cannot do without.
func checkInstagram(c Config, r *reader) {
	signIn := slices.Contains(c.Providers, ProviderInstagram)
	if signIn {
		const when = "while PARLOR_PROVIDERS holds instagram"
		r.require("INSTAGRAM_APP_ID", when)
		r.require("INSTAGRAM_APP_SECRET", when)
		r.require("INSTAGRAM_VERIFY_TOKEN", when)
		return
	}
	if c.Bootstrap.InstagramAccessToken.IsZero() {
		return
	}
	const when = "together with PARLOR_BOOTSTRAP_INSTAGRAM_ACCESS_TOKEN"
	r.require("BOOTSTRAP_INSTAGRAM_USER_ID", when)
	r.require("INSTAGRAM_VERIFY_TOKEN", when)
	if len(c.Instagram.WebhookSecrets) == 0 {
		r.require("INSTAGRAM_APP_SECRET", when+", to check webhooks")
	}
}
