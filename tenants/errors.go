package tenants

import "errors"

// The refusals of the GORM wall. Each wraps into the error that InTenant and Read return; test with errors.Is.
var (
	// ErrNoAccount: the context carries no account. Nothing was sent.
	ErrNoAccount = errors.New("no account in the context")
	// ErrAccountChanged: the statement's context names another account than the transaction it runs in.
	ErrAccountChanged = errors.New("context names another account than the transaction")
	// ErrForeignAccount: a row to be written names, or an upsert met, a row of another account.
	ErrForeignAccount = errors.New("row belongs to another account")
	// ErrMovesAccount: the statement would change account_id.
	ErrMovesAccount = errors.New("account_id cannot be changed")
	// ErrUnscopable: a table, clause, join or expression that the wall cannot limit to one account.
	ErrUnscopable = errors.New("statement cannot be limited to one account")
	// ErrRawSQL: Raw, Exec or a sub-query with raw SQL.
	ErrRawSQL = errors.New("raw SQL is refused inside an account")
	// ErrFragment: a piece of SQL text (Where, Order, Select …) that the wall does not let through.
	ErrFragment = errors.New("SQL fragment refused")
	// ErrNotStamped: a statement reached the pool without passing the wall. Nothing was sent.
	ErrNotStamped = errors.New("statement did not pass the wall")
	// ErrTxEnded: a Tx, or its DB, was used after the function given to InTenant had returned. Nothing was sent.
	ErrTxEnded = errors.New("transaction has ended")
	// ErrBadDSN: a database URL cannot be read. Its text is not repeated, for it may hold a password.
	ErrBadDSN = errors.New("database URL cannot be read")
)

// What the stores of this package answer.
var (
	// ErrNotFound: no such account, user or membership; also one that is not the caller's.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the row exists already, or changed meanwhile.
	ErrConflict = errors.New("conflict")
)
