// Package tenants says what an account is, who belongs to it and who acts, and it keeps every query inside one account.
//
// It owns the words account, user, identity, membership, role, principal, and the two walls: GORM row scoping (the plugin, the pinned and
// stamped pool) and PostgreSQL row-level security (entered here, checked here by the catalogue). It is the only package that opens a
// database. It must not know Instagram, how somebody proved who they are, what a conversation is, or that HTTP exists.
//
// Two ways in, and they never mix:
//
//	db.InTenant(ctx, func(tx *Tx) error { … })  // rows of the account that ctx carries: schema tenant, app role, both walls
//	db.Read(ctx, &dest, build)                  // one read of them, in one round trip
//	platform.InTx(ctx, func(tx *PlatformTx) error { … })  // what is found before an account is known: schema platform, platform role
//
// The account gets into a context by WithPrincipal (a verified token or key) or WithAccount (a job, a webhook's entry id), and from there
// into the walls; no function here takes it as an argument. Stores of platform rows: Accounts, Users, Memberships, Members.
//
// Changes that other instances must learn within two seconds are AuthEvents, written in the transaction that makes the change; hints for
// live pages are LiveRefs, sent when it commits.
package tenants
