// Package pgtest gives a test a fresh, migrated database on a real PostgreSQL, with login roles of its own.
//
// The first call in a test process starts a private cluster (package pgcluster) without durability and migrates a template; every database
// is a file copy of it. The cluster ends with the process, and what a killed one left on disk is removed by the next. With
// PARLOR_TEST_DATABASE_URL set to a superuser's URL that server is used instead.
//
// Tests may run in parallel: databases and login roles have names of their own. Group roles are cluster-wide and never altered here.
package pgtest
