package main

import (
	"context"
	"crypto/ecdh"
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"parlor/auth"
	"parlor/configs"
	"parlor/migrations"
	"parlor/tenants"
)

type doctorCommand struct {
	Providers []string `help:"Judge this PARLOR_PROVIDERS as the next step of the roll-out: would it lock anybody out?"`
	Offline   bool     `help:"Do not call the public URL."`
}

// Run prints one line for each check and ends with an error when one failed.
func (c doctorCommand) Run(p *process) error {
	d := &doctor{process: p}
	config, err := configs.FromEnv(p.environ)
	if err != nil {
		d.failf("configuration", "%s", err.Error())
		return errSaid
	}
	d.config = config
	d.okf("configuration", "complete, for %s", config.HTTP.PublicURL)
	d.checkKeys()
	d.checkPush()
	d.checkBootstrap()
	d.checkDatabases(c.Providers)
	if !c.Offline {
		d.checkPublic()
	}
	if d.failed {
		return errSaid
	}
	return nil
}

// doctor collects what the checks say. Nothing that it prints holds a secret.
type doctor struct {
	*process
	config configs.Config
	failed bool
}

func (d *doctor) sayf(verdict, check, format string, args ...any) {
	d.printf("%-5s %-14s %s\n", verdict, check, strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\n                     "))
}

func (d *doctor) okf(check, format string, args ...any)   { d.sayf("ok", check, format, args...) }
func (d *doctor) warnf(check, format string, args ...any) { d.sayf("warn", check, format, args...) }
func (d *doctor) failf(check, format string, args ...any) {
	d.failed = true
	d.sayf("FAIL", check, format, args...)
}

// The bounds of what a check calls a fault.
const (
	clockWarn  = 2 * time.Second
	clockFail  = 30 * time.Second // a token's leeway is a minute
	expiryWarn = 14 * 24 * time.Hour
	oldKey     = 180 * 24 * time.Hour
)

// checkKeys looks at the ring: who signs, until when, and what comes after.
func (d *doctor) checkKeys() {
	ring, err := auth.NewKeyRing(ringKeys(d.config.Sessions.Keys), time.Now())
	if err != nil {
		d.failf("key ring", "%s", err.Error())
		return
	}
	now := time.Now()
	var next time.Time
	for _, k := range d.config.Sessions.Keys {
		if k.NotBefore.After(now) && (next.IsZero() || k.NotBefore.Before(next)) {
			next = k.NotBefore
		}
	}
	switch signer := ring.Signer(now); {
	case !next.IsZero():
		d.okf("key ring", "%d keys; %s signs, the next one from %s on", len(d.config.Sessions.Keys), signer.KID, moment(next))
	case !signer.NotBefore.IsZero() && now.Sub(signer.NotBefore) > oldKey:
		d.warnf("key ring", "%s has signed for more than half a year: parlor keyring rotate", signer.KID)
	default:
		d.okf("key ring", "%d keys; %s signs", len(d.config.Sessions.Keys), signer.KID)
	}
}

// checkPush looks whether devices can be told, and by which key.
func (d *doctor) checkPush() {
	key := d.config.PushKey.Bytes()
	if len(key) == 0 {
		d.okf("push", "switched off: PARLOR_PUSH_KEY is not set")
		return
	}
	private, err := ecdh.P256().NewPrivateKey(key)
	switch {
	case err != nil:
		d.failf("push", "PARLOR_PUSH_KEY is no key of P-256: make another one with `openssl rand -base64 32`")
	case d.config.HTTP.PublicURL.Scheme != "https":
		d.warnf("push", "browsers subscribe at https alone, and at localhost")
	default:
		d.okf("push", "browsers subscribe to %s", base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes()))
	}
}

// checkBootstrap looks at the operator's sign-in: can its file be read, and how long is it open.
func (d *doctor) checkBootstrap() {
	if !slices.Contains(d.config.Providers, configs.ProviderBootstrap) {
		return
	}
	b := d.config.Bootstrap
	if _, err := newBootstrap(b, nil); err != nil {
		d.failf("bootstrap", "%s", err.Error())
		return
	}
	if b.Mode != configs.BootstrapProxy {
		if users, err := bootstrapUsers(b); err == nil && users.MixedCosts() {
			d.warnf("bootstrap", "the hashes of the htpasswd file have several costs, so the time of an answer tells who is there: make them anew with one")
		}
	}
	switch left := time.Until(b.ExpiresAt); {
	case b.ExpiresAt.IsZero():
		d.warnf("bootstrap", "does not expire: set PARLOR_BOOTSTRAP_EXPIRES_AT to the day on which the roll-out is to be done")
	case left <= 0:
		d.failf("bootstrap", "ended on %s: take it out of PARLOR_PROVIDERS, or give it another day", b.ExpiresAt.UTC().Format(time.DateOnly))
	case left < expiryWarn:
		d.warnf("bootstrap", "ends on %s, in %d days", b.ExpiresAt.UTC().Format(time.DateOnly), int(left/(24*time.Hour)))
	default:
		d.okf("bootstrap", "%s mode, until %s", b.Mode, b.ExpiresAt.UTC().Format(time.DateOnly))
	}
}

// checkDatabases looks at the roles and the walls, the clock, and who could come in.
func (d *doctor) checkDatabases(next []string) {
	ctx, cancel := context.WithTimeout(d.ctx, time.Minute)
	defer cancel()
	options := tenants.Options{MaxConns: 2, Logger: slog.New(slog.DiscardHandler), AuditKey: d.config.AuditKey.Bytes()}
	db, err := tenants.Open(ctx, d.config.Database.App.Reveal(), options)
	if err != nil {
		d.failf("database", "PARLOR_DATABASE_URL: %s", err.Error())
		return
	}
	defer db.Close()
	platform, err := tenants.OpenPlatform(ctx, d.config.Database.Platform.Reveal(), options)
	if err != nil {
		d.failf("database", "PARLOR_PLATFORM_DATABASE_URL: %s", err.Error())
		return
	}
	defer platform.Close()
	if !d.checkWalls(ctx, db, platform) {
		return
	}
	d.checkClock(ctx, platform)
	d.checkRollout(ctx, platform, next)
}

func (d *doctor) checkWalls(ctx context.Context, db *tenants.DB, platform *tenants.Platform) bool {
	for role, ping := range map[string]func(context.Context) error{"app": db.Ping, "platform": platform.Ping} {
		if err := ping(ctx); err != nil {
			d.failf("database", "the %s role is not let in: %s", role, err.Error())
			return false
		}
	}
	pending, err := migrations.Pending(ctx, d.config.Database.Platform.Reveal())
	if err == nil && len(pending) > 0 {
		err = pendingError(pending)
	}
	if err != nil {
		d.failf("schema", "%s", err.Error())
		return false
	}
	report, err := db.CheckCatalog(ctx)
	if err == nil {
		var role tenants.CatalogReport
		role, err = platform.CheckRole(ctx)
		report.Findings = append(report.Findings, role.Findings...)
	}
	switch {
	case err != nil:
		d.failf("walls", "%s", err.Error())
	case !report.OK():
		d.failf("walls", "%s", catalogError(report).Error())
	default:
		d.okf("database", "both roles are let in, the schema is up to date, the walls stand")
		return true
	}
	return false
}

func (d *doctor) checkClock(ctx context.Context, platform *tenants.Platform) {
	var theirs time.Time
	before := time.Now()
	if err := platform.QueryRow(ctx, "select clock_timestamp()").Scan(&theirs); err != nil {
		d.failf("clock", "%s", err.Error())
		return
	}
	d.judgeClock("the database's clock", theirs.Sub(before.Add(time.Since(before)/2)), 0)
}

// judgeClock compares a clock with ours; slack is how coarse it shows its time.
func (d *doctor) judgeClock(whose string, off, slack time.Duration) {
	switch off = off.Abs(); {
	case off > clockFail:
		d.failf("clock", "%s and ours differ by %s: tokens would be refused", whose, off.Round(time.Second))
	case off > clockWarn+slack:
		d.warnf("clock", "%s and ours differ by %s", whose, off.Round(time.Second))
	default:
		d.okf("clock", "%s agrees with ours", whose)
	}
}

// checkRollout judges the providers as they are and, if asked, as they would be.
func (d *doctor) checkRollout(ctx context.Context, platform *tenants.Platform, next []string) {
	judge := newRollout(d.config, platform)
	now, err := judge.Judge(ctx, d.config.Providers, 0)
	if err == nil {
		d.verdict("roll-out", now, "as it is")
	}
	if err == nil && len(next) > 0 {
		var step auth.Verdict
		if step, err = judge.Judge(ctx, next, auth.RecentSignIn); err == nil {
			d.verdict("next step", step, "PARLOR_PROVIDERS="+strings.Join(next, ","))
		}
	}
	if err != nil {
		d.failf("roll-out", "%s", err.Error())
	}
}

func (d *doctor) verdict(check string, v auth.Verdict, what string) {
	for _, f := range v.Warnings {
		d.warnf(check, "%s", f.Text)
	}
	for _, f := range v.Blockers {
		d.failf(check, "%s would lock people out: %s", what, f.Text)
	}
	if v.Safe() {
		d.okf(check, "%s: nobody is locked out", what)
	}
}
