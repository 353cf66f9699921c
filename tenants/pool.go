package tenants

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync"

	"gorm.io/gorm"
)

// pinned is the ConnPool that a scoped handle runs on: one account, one connection. It sends only the statement that
// the wall has just built and stamped, so that raw pool access, removed callbacks and unknown paths through GORM send
// nothing. It implements gorm.TxCommitter, so that nested transactions become savepoints, but not the interfaces by
// which GORM would begin a transaction, reach the pool beneath or prepare statements of its own.
type pinned struct {
	account AccountID
	conn    *sql.Conn       // nil in Read, which sends what was built by itself
	over    context.Context // done when the transaction ends

	mu      sync.Mutex
	ended   bool
	failed  error  // set once: the transaction must not commit
	refused error  // what the wall said about a sub-query; GORM loses it
	built   *stamp // the last statement that the wall let through
}

// stamp marks one statement as built by the wall. It is good for one send of exactly that text on that pool.
type stamp struct {
	pool *pinned
	stmt *gorm.Statement
	used bool
}

type stampKey struct{}

func newPinned(over context.Context, account AccountID, conn *sql.Conn) *pinned {
	return &pinned{account: account, conn: conn, over: over}
}

// context returns the transaction's own context: over, marked as such.
func (p *pinned) context() context.Context { return context.WithValue(p.over, pinnedKey{}, p) }

// bind returns a session of g whose every statement goes to p. Session has copied the Config, so g keeps its own.
func (p *pinned) bind(g *gorm.DB, s *gorm.Session) *gorm.DB {
	tx := g.Session(s)
	tx.Statement.ConnPool = p
	tx.ConnPool = p
	return tx
}

// stamped returns the statement's context with a stamp for it.
func (p *pinned) stamped(st *gorm.Statement) context.Context {
	return context.WithValue(st.Context, stampKey{}, &stamp{pool: p, stmt: st})
}

// end makes every later use of the pool ErrTxEnded.
func (p *pinned) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
}

// fail makes the transaction unfit to commit: something that it relies on, such as a savepoint, did not happen.
func (p *pinned) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil {
		p.failed = err
	}
}

// broken returns why the transaction must not commit, or nil.
func (p *pinned) broken() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}

// usable reports whether the transaction still runs and ctx belongs to its account.
func (p *pinned) usable(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return ErrTxEnded
	}
	if p.failed != nil {
		return p.failed
	}
	account, ok := AccountFrom(ctx)
	if !ok {
		return ErrNoAccount
	}
	if account != p.account {
		return ErrAccountChanged
	}
	return nil
}

// refuse remembers why a sub-query was refused, for the statement around it; nil forgets.
func (p *pinned) refuse(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused = err
}

// seal remembers the statement that the wall has built; nil forgets.
func (p *pinned) seal(s *stamp) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.built = s
}

// admit decides whether query may be sent: it must be the text of the stamped statement in ctx, not sent before.
func (p *pinned) admit(ctx context.Context, query string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := ctx.Value(stampKey{}).(*stamp)
	switch {
	case p.ended:
		return ErrTxEnded
	case p.failed != nil:
		return p.failed
	case p.refused != nil:
		return p.refused
	case !ok || s.used || s.pool != p || p.conn == nil || s.stmt.SQL.String() != query:
		return ErrNotStamped
	}
	s.used = true
	return nil
}

// admitBuilt is admit for Read: the statement must be the one that the wall built last, and no part of it refused.
func (p *pinned) admitBuilt(stmt *gorm.Statement) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.refused != nil:
		return p.refused
	case p.built == nil || p.built.used || p.built.stmt != stmt || stmt.ConnPool != gorm.ConnPool(p):
		return ErrNotStamped
	}
	p.built.used = true
	return nil
}

// ExecContext sends a stamped statement.
func (p *pinned) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := p.admit(ctx, query); err != nil {
		return nil, err
	}
	return p.conn.ExecContext(ctx, query, args...)
}

// QueryContext sends a stamped statement. Rows that nobody closes are closed when the transaction ends.
func (p *pinned) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := p.admit(ctx, query); err != nil {
		return nil, err
	}
	return p.conn.QueryContext(p.bounded(ctx), query, args...)
}

// QueryRowContext sends a stamped statement; a refusal comes out of the row's Scan.
func (p *pinned) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if err := p.admit(ctx, query); err != nil {
		return failedRow(err)
	}
	return p.conn.QueryRowContext(p.bounded(ctx), query, args...)
}

type pinnedKey struct{}

// bounded returns ctx, ending no later than the transaction does: by itself when it comes from the transaction's own.
func (p *pinned) bounded(ctx context.Context) context.Context {
	if ctx.Value(pinnedKey{}) == p {
		return ctx
	}
	ctx, cancel := context.WithCancel(ctx)
	context.AfterFunc(p.over, cancel)
	return ctx
}

// PrepareContext refuses: pgx keeps prepared statements by itself.
func (p *pinned) PrepareContext(context.Context, string) (*sql.Stmt, error) {
	return nil, fmt.Errorf("%w: PrepareStmt", ErrNotStamped)
}

// Commit refuses: InTenant commits.
func (p *pinned) Commit() error { return fmt.Errorf("%w: Commit is InTenant's", ErrUnscopable) }

// Rollback refuses: returning an error from the function given to InTenant rolls back.
func (p *pinned) Rollback() error { return fmt.Errorf("%w: Rollback is InTenant's", ErrUnscopable) }

// failedRow returns a row whose Scan answers err. Only database/sql can make one, hence the database that never connects.
func failedRow(err error) *sql.Row {
	db := sql.OpenDB(refusal{err})
	defer func() { _ = db.Close() }()
	return db.QueryRowContext(context.Background(), "")
}

// refusal is a driver.Connector that fails with err.
type refusal struct{ err error }

// Connect fails.
func (r refusal) Connect(context.Context) (driver.Conn, error) { return nil, r.err }

// Driver returns r itself, which opens nothing.
func (r refusal) Driver() driver.Driver { return r }

// Open fails.
func (r refusal) Open(string) (driver.Conn, error) { return nil, r.err }
