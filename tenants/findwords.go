package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// WordsEntry is an entry of tenant.search_words: the id of a message or of a participant, and its time.
type WordsEntry struct {
	ID uuid.UUID
	At time.Time
}

// FindWords returns the entries of the account whose words match, the newest first, most of them at most and never more than 200; before, unless
// nil, is the last one of the page before. query is a tsquery in PostgreSQL's text form.
//
// It is the one read past row security, which would keep the index from being used: by tenant.find_words, a function that limits itself to the
// account that this transaction has entered and returns ids alone. Texts are read by them through both walls.
func (tx *Tx) FindWords(ctx context.Context, query string, before *WordsEntry, most int) (found []WordsEntry, err error) {
	var at *time.Time
	var id *uuid.UUID
	if before != nil {
		at, id = &before.At, &before.ID
	}
	err = tx.beside(ctx, func() error {
		rows, err := tx.pg.Query(ctx, "select entry_id, at from tenant.find_words($1, $2, $3, $4)", query, at, id, most)
		if err != nil {
			return err
		}
		found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[WordsEntry])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find words: %w", err)
	}
	return found, nil
}
