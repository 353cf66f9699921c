package configs

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// read takes every key once. This list is the whole set of settings.
func read(environ []string) (Config, *reader) {
	r := newReader(environ)
	c := Config{
		HTTP:           readHTTP(r),
		Database:       readDatabase(r),
		Sessions:       readSessions(r),
		SealingKey:     secretValue(r, "SEALING_KEY", parseKey32),
		AuditKey:       secretValue(r, "AUDIT_KEY", parseKey32),
		PushKey:        secretValue(r, "PUSH_KEY", parseKey32),
		Log:            Log{Level: value(r, "LOG_LEVEL", "info", parseLogLevel), Format: value(r, "LOG_FORMAT", LogJSON, oneOf(LogJSON, LogText))},
		Providers:      value(r, "PROVIDERS", ProviderBootstrap, someOf(ProviderBootstrap, ProviderInstagram, ProviderOIDC)),
		Accounts:       readAccounts(r),
		Bootstrap:      readBootstrap(r),
		Instagram:      readInstagram(r),
		OIDC:           readOIDC(r),
		Media:          readMedia(r),
		RawKeep:        value(r, "RAW_KEEP", "24h", parseDuration),
		MinSilence:     value(r, "WATCHDOG_SILENCE", "1h", parseDuration),
		UnreadableKeep: value(r, "UNREADABLE_KEEP", "72h", parseDuration),
	}
	r.unknown()
	return c, r
}

func readHTTP(r *reader) HTTP {
	return HTTP{
		Addr:            value(r, "ADDR", "127.0.0.1:8080", parseListenAddr),
		OpsAddr:         value(r, "OPS_ADDR", "127.0.0.1:9090", parseListenAddr),
		PublicURL:       value(r, "PUBLIC_URL", "", parseOrigin),
		TrustedProxies:  value(r, "TRUSTED_PROXIES", "", parsePrefixes),
		ShutdownTimeout: value(r, "SHUTDOWN_TIMEOUT", "15s", parseDuration),
	}
}

func readDatabase(r *reader) Database {
	return Database{
		App:      secretValue(r, "DATABASE_URL", parseDSN),
		Platform: secretValue(r, "PLATFORM_DATABASE_URL", parseDSN),
		Migrate:  secretValue(r, "MIGRATE_DATABASE_URL", parseDSN),
		Admin:    secretValue(r, "ADMIN_DATABASE_URL", parseDSN),
		MaxConns: value(r, "DB_MAX_CONNS", "10", parseConns),
	}
}

func isDatabaseKey(key string) bool {
	key = strings.TrimSuffix(strings.TrimPrefix(key, prefix), fileSuffix)
	return key == "DB_MAX_CONNS" || strings.HasSuffix(key, "DATABASE_URL")
}

func readSessions(r *reader) Sessions {
	return Sessions{
		Keys:          readSessionKeys(r),
		KeysFile:      r.text("SESSION_KEYS_FILE", ""),
		KeysText:      NewSecret(r.text("SESSION_KEYS", "")),
		TokenLife:     value(r, "SESSION_TOKEN_LIFE", "24h", parseTokenLife),
		Life:          value(r, "SESSION_LIFE", "720h", parseDuration),
		IdleLife:      value(r, "SESSION_IDLE_LIFE", "168h", parseDuration),
		KeepDisabled:  value(r, "KEEP_SESSIONS_OF_DISABLED_PROVIDERS", "false", parseBool),
		BootstrapLife: value(r, "SESSION_BOOTSTRAP_LIFE", "24h", parseDuration),
	}
}

// maxTokenLife is the contract's: a fresh session answers expires_in 86400.
const maxTokenLife = 24 * time.Hour

func parseTokenLife(text string) (time.Duration, error) {
	d, err := parseDuration(text)
	if err == nil && (d < time.Minute || d > maxTokenLife) {
		err = errors.New("must be from 1m to 24h")
	}
	return d, err
}

func parseKey32(text string) (Key, error) {
	key, err := parseKey(text)
	if err != nil {
		return Key{}, err
	}
	if len(key) != minSecretBytes {
		return Key{}, errors.New("must be exactly 32 bytes, in base64")
	}
	if err := errors.Join(strong(key), given(text)); err != nil {
		return Key{}, errors.New("is a well-known placeholder, not random: make one with `openssl rand -base64 32`")
	}
	return Key{NewSecret(string(key))}, nil
}

func readAccounts(r *reader) Accounts {
	return Accounts{
		NoStaff:   value(r, "ALLOW_NO_STAFF", "false", parseBool),
		Creation:  value(r, "ACCOUNT_CREATION", CreationAllowlist, oneOf(CreationAllowlist, CreationApproval, CreationOpen)),
		Allowlist: value(r, "ACCOUNT_ALLOWLIST", "", parseInstagramIDs),
	}
}

func readBootstrap(r *reader) Bootstrap {
	return Bootstrap{
		Mode:         value(r, "BOOTSTRAP_MODE", BootstrapSelf, oneOf(BootstrapSelf, BootstrapProxy)),
		HtpasswdFile: r.text("BOOTSTRAP_HTPASSWD_FILE", ""),
		Staff:        value(r, "BOOTSTRAP_STAFF", "operator=operator", parseNone(roles("operator", "support"))),
		Members:      value(r, "BOOTSTRAP_MEMBERS", "operator=owner", parseNone(roles("owner", "agent", "viewer"))),
		ProxySecret:  secretValue(r, "BOOTSTRAP_PROXY_SECRET", parseOwnSecret),
		ProxyCIDRs:   value(r, "BOOTSTRAP_PROXY_CIDRS", "", parsePrefixes),
		ExpiresAt:    value(r, "BOOTSTRAP_EXPIRES_AT", "", parseTime),
		Tries: Tries{
			User:    value(r, "SIGN_IN_TRIES_USER", "5", parseTries),
			Address: value(r, "SIGN_IN_TRIES_ADDRESS", "20", parseTries),
			Global:  value(r, "SIGN_IN_TRIES_GLOBAL", "300", parseTries),
			Window:  value(r, "SIGN_IN_WINDOW", "15m", parseDuration),
		},
		InstagramUserID:      value(r, "BOOTSTRAP_INSTAGRAM_USER_ID", "", parseInstagramID),
		InstagramAccessToken: secretValue(r, "BOOTSTRAP_INSTAGRAM_ACCESS_TOKEN", parseGivenSecret),
	}
}

// parseTries takes how often something may be tried.
func parseTries(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1_000_000 {
		return 0, errors.New("must be a whole number from 1 to 1000000")
	}
	return n, nil
}

func readOIDC(r *reader) OIDC {
	return OIDC{
		Issuer:       value(r, "OIDC_ISSUER", "", parseURL),
		ClientID:     r.text("OIDC_CLIENT_ID", ""),
		ClientSecret: secretValue(r, "OIDC_CLIENT_SECRET", parseGivenSecret),
		Label:        r.text("OIDC_LABEL", "Staff sign-in"),
		Scopes:       value(r, "OIDC_SCOPES", "profile", parseWords),
		GroupsClaim:  r.text("OIDC_GROUPS_CLAIM", "groups"),
		Roles:        value(r, "OIDC_GROUP_ROLES", "", roles("operator", "support")),
		StaffLife:    value(r, "OIDC_STAFF_LIFE", "12h", parseDuration),
	}
}

// parseWords takes words between commas or blanks.
func parseWords(text string) ([]string, error) { return fields(text), nil }

func readMedia(r *reader) Media {
	return Media{
		BlobURL:    value(r, "BLOB_URL", "", parseBlobURL),
		KeepDays:   value(r, "MEDIA_KEEP_DAYS", "0", parseDays),
		ExtraHosts: value(r, "MEDIA_EXTRA_HOSTS", "", parseHostPorts),
	}
}

func readInstagram(r *reader) Instagram {
	in := Instagram{
		AppID:          value(r, "INSTAGRAM_APP_ID", "", parseInstagramID),
		AppSecret:      secretValue(r, "INSTAGRAM_APP_SECRET", parseGivenSecret),
		WebhookSecrets: secretValue(r, "INSTAGRAM_WEBHOOK_SECRETS", parseGivenSecrets),
		VerifyToken:    secretValue(r, "INSTAGRAM_VERIFY_TOKEN", parseGivenSecret),
		GraphURL:       value(r, "INSTAGRAM_GRAPH_URL", "https://graph.instagram.com", parseURL),
		APIURL:         value(r, "INSTAGRAM_API_URL", "https://api.instagram.com", parseURL),
		AuthorizeURL:   value(r, "INSTAGRAM_AUTHORIZE_URL", "https://www.instagram.com/oauth/authorize", parseURL),
		Version:        value(r, "INSTAGRAM_VERSION", "v25.0", parseVersion),
		HumanAgent:     value(r, "INSTAGRAM_HUMAN_AGENT", "false", parseBool),
	}
	if len(in.WebhookSecrets) == 0 && !in.AppSecret.IsZero() {
		in.WebhookSecrets = []Secret{in.AppSecret}
	}
	return in
}

// parseOwnSecret takes a secret that the operator makes.
func parseOwnSecret(text string) (Secret, error) {
	return NewSecret(text), strong([]byte(text))
}

// parseGivenSecret takes a secret that Meta issues, or that is typed into its dashboard.
func parseGivenSecret(text string) (Secret, error) {
	return NewSecret(text), given(text)
}

func parseGivenSecrets(text string) ([]Secret, error) {
	var list []Secret
	for _, item := range fields(text) {
		if err := given(item); err != nil {
			return nil, errors.New("holds a placeholder: put the real one there")
		}
		list = append(list, NewSecret(item))
	}
	return list, nil
}
