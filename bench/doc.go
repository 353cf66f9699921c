// Command bench measures Parlor against a bare server on the same machine, in the same run, and prints ratios.
//
// The machines are shared and noisy, so no figure here is an absolute one that a test asserts: every variant is asked the same
// questions in alternating rounds, each round gives one ratio against the baseline of that very round, and the median of the rounds is
// quoted. The first scenario is the inbox page: the 50 newest conversations before a random point, JSON included, over HTTP keep-alive.
//
//	bare   net/http + pgx, hand-written SQL, no walls
//	naive  net/http + GORM, hand-written WHERE, no walls
//	wall1  Parlor's own server with a database role that bypasses row-level security: the GORM wall alone
//	both   Parlor's own server as it ships: GORM wall and row-level security
//
// The second, keys, asks one server for the same pages by a session's token and by an API key. The third, password, compares a wrong password of
// a user who is there with one of a user who is not.
//
// It brings its own PostgreSQL (package pgcluster) and fills it once; the data is kept in the folder that -data names.
package main
