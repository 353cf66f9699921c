package tenants

import (
	"errors"
	"reflect"
	"sync"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/logger"
)

// wall is the GORM wall. It takes the place of those callbacks of GORM that build and send SQL: scoping, building and
// sending are one step, so that no callback, hook or clause can slip in between. Its own state is a cache of verdicts
// about models; it is safe for concurrent use.
type wall struct {
	dialector gorm.Dialector
	models    models
	fragments fragments
	parts     sync.Map // structs smaller than a model, parsed
	queryCode uintptr  // the code of the query callback, to notice when another took its place
}

// The clauses that each kind of statement is built from. GORM lets a statement name its own; the wall sets these.
var (
	queryClauses  = []string{"SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "LIMIT", "FOR"}
	createClauses = []string{"INSERT", "VALUES", "ON CONFLICT", "RETURNING"}
	updateClauses = []string{"UPDATE", "SET", "FROM", "WHERE", "RETURNING"}
	deleteClauses = []string{"DELETE", "FROM", "WHERE", "RETURNING"}
)

func newWall() *wall {
	// Conn only keeps the driver from opening a pool of its own; it is pinned to no account, so nothing passes.
	return &wall{dialector: postgres.New(postgres.Config{Conn: &pinned{}})}
}

// open makes the handle that every scoped session derives from. It never logs: statements hold people's messages.
func (w *wall) open(now func() time.Time) (*gorm.DB, error) {
	db, err := gorm.Open(w.dialector, &gorm.Config{
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return now().UTC() },
	})
	if err != nil {
		return nil, err
	}
	return db, w.install(db)
}

func (w *wall) install(db *gorm.DB) error {
	config := &callbacks.Config{
		CreateClauses: createClauses, QueryClauses: queryClauses,
		UpdateClauses: updateClauses, DeleteClauses: deleteClauses,
	}
	query := w.query(callbacks.Query)
	w.queryCode = reflect.ValueOf(query).Pointer()
	cb := db.Callback()
	return errors.Join(
		cb.Query().Replace("gorm:query", query),
		cb.Row().Replace("gorm:row", w.row(callbacks.RowQuery)),
		cb.Create().Replace("gorm:create", w.create(callbacks.Create(config))),
		cb.Update().Replace("gorm:update", w.update(callbacks.Update(config))),
		cb.Delete().Replace("gorm:delete", w.remove(callbacks.Delete(config))),
		cb.Raw().Replace("gorm:raw", w.raw(callbacks.RawExec)),
	)
}
