// Package migrations holds Parlor's schema as numbered SQL files, runs them, and makes the database roles that they speak of.
//
// It stands apart: only cmd, the tests and the measurements import it, and it imports nothing of ours. It knows no row of any account.
//
// Main path: InitRoles, once and as an administrator, makes the group roles (owner, app, platform), the login roles and the database.
// Up runs what has not run yet, as the owner's role, so that every object belongs to parlor_owner. Pending tells a service that starts
// what is missing; it needs the platform role alone.
//
// Sub-packages: pgcluster runs a private PostgreSQL; pgtest gives every test a fresh, migrated database of its own.
package migrations
