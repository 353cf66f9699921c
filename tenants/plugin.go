package tenants

import (
	"errors"
	"fmt"
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
	steps     uintptr  // where GORM keeps the steps of a query; registering a callback moves them
}

// GORM's names of the clauses that the wall works on.
const (
	clauseWhere      = "WHERE"
	clauseFrom       = "FROM"
	clauseOnConflict = "ON CONFLICT"
)

// The clauses that each kind of statement is built from. GORM lets a statement name its own; the wall sets these.
var (
	queryClauses  = []string{"SELECT", clauseFrom, clauseWhere, "GROUP BY", "ORDER BY", "LIMIT", "FOR"}
	createClauses = []string{"INSERT", "VALUES", clauseOnConflict, "RETURNING"}
	updateClauses = []string{"UPDATE", "SET", clauseFrom, clauseWhere, "RETURNING"}
	deleteClauses = []string{"DELETE", clauseFrom, clauseWhere, "RETURNING"}
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
	cb := db.Callback()
	err := errors.Join(
		cb.Query().Replace("gorm:query", w.query(callbacks.Query)),
		cb.Row().Replace("gorm:row", w.row(callbacks.RowQuery)),
		cb.Create().Replace("gorm:create", w.create(callbacks.Create(config))),
		cb.Update().Replace("gorm:update", w.update(callbacks.Update(config))),
		cb.Delete().Replace("gorm:delete", w.remove(callbacks.Delete(config))),
		cb.Raw().Replace("gorm:raw", w.raw(callbacks.RawExec)),
	)
	if w.steps = querySteps(db); w.steps == 0 {
		err = errors.Join(err, errGORMChanged)
	}
	return err
}

var errGORMChanged = errors.New("this version of GORM keeps its callbacks elsewhere: the wall cannot watch them")

// querySteps returns where GORM keeps the compiled steps of a query, 0 if it does not as far as we know.
func querySteps(db *gorm.DB) uintptr {
	steps := reflect.ValueOf(db.Callback().Query()).Elem().FieldByName("fns")
	if !steps.IsValid() || steps.Kind() != reflect.Slice {
		return 0
	}
	return steps.Pointer()
}

// intact refuses a handle that builds SQL in another way than ours. A callback after ours could rewrite a sub-query
// that has been built, for instance; so nothing passes any more once callbacks were registered or removed.
func (w *wall) intact(db *gorm.DB) error {
	if db.Dialector != w.dialector || len(db.ClauseBuilders) > 0 || querySteps(db) != w.steps {
		return fmt.Errorf("%w: the handle's dialect or callbacks were changed", ErrUnscopable)
	}
	return nil
}
