package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// question is one page of one account's inbox: what comes behind a random conversation.
type question struct {
	account tenants.AccountID
	user    tenants.UserID
	cursor  string // for Parlor
	at, id  string // the same point, for the servers without cursors
}

const questionCount = 400

// makeQuestions makes the questions, with a seed that is the same in every run. Cursors come from Parlor itself.
func makeQuestions(ctx context.Context, d *dataset, base string, o *ours) ([]question, error) {
	conn, err := pgx.Connect(ctx, d.cluster.AdminDSN(dbName))
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "select account_id, user_id from platform.memberships order by account_id")
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (q question, err error) {
		err = row.Scan(&q.account, &q.user)
		return q, err
	})
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // the same questions in every run
	questions := make([]question, questionCount)
	for i := range questions {
		q := all[random.IntN(len(all))]
		if err := q.begin(ctx, base, o, 1+random.IntN(100)); err != nil {
			return nil, err
		}
		questions[i] = q
	}
	return questions, nil
}

// begin asks for a first page of that length; its end is where the question begins.
func (q *question) begin(ctx context.Context, base string, o *ours, limit int) error {
	token, err := o.token(q.account, q.user)
	if err != nil {
		return err
	}
	p, err := fetch(ctx, parlorRequest(base, token, url.Values{"limit": {strconv.Itoa(limit)}}))
	if err != nil {
		return err
	}
	if p.NextCursor == nil {
		return fmt.Errorf("account %s has too few conversations", q.account)
	}
	last := p.Items[len(p.Items)-1]
	q.cursor, q.at, q.id = *p.NextCursor, last.LastMessage.SentAt.Format("2006-01-02T15:04:05.999999Z07:00"), last.ID
	return nil
}

func parlorRequest(base, token string, query url.Values) *http.Request {
	req, err := http.NewRequest(http.MethodGet, base+"/api/v1/ui/conversations?"+query.Encode(), http.NoBody) //nolint:noctx // measure adds it
	if err != nil {
		panic(err) // base is ours
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return req
}

func plainRequest(base string, q question) *http.Request {
	query := url.Values{"account": {q.account.String()}, "user": {q.user.String()}, "at": {q.at}, "id": {q.id}}
	req, err := http.NewRequest(http.MethodGet, base+"/?"+query.Encode(), http.NoBody) //nolint:noctx // measure adds it
	if err != nil {
		panic(err) // base is ours
	}
	return req
}

func fetch(ctx context.Context, req *http.Request) (page, error) {
	res, err := (&http.Client{Timeout: 10 * time.Second}).Do(req.WithContext(ctx))
	if err != nil {
		return page{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return page{}, err
	}
	if res.StatusCode != http.StatusOK {
		return page{}, fmt.Errorf("%s answered %s: %s", req.URL.Path, res.Status, body)
	}
	var p page
	return p, json.Unmarshal(body, &p)
}

// agree makes sure that all targets give the same full pages; otherwise they would not do the same work. A key is nobody who could have read
// something, so what a page says of unread messages may differ.
func agree(ctx context.Context, targets []target) error {
	for n := range 25 {
		want, err := fetch(ctx, targets[0].request(n))
		if err != nil {
			return fmt.Errorf("%s: %w", targets[0].name, err)
		}
		if len(want.Items) != pageSize {
			return fmt.Errorf("a page has %d rows, want %d", len(want.Items), pageSize)
		}
		for _, t := range targets[1:] {
			got, err := fetch(ctx, t.request(n))
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			if !slices.EqualFunc(got.Items, want.Items, sameButUnread) {
				return fmt.Errorf("%s and %s give different pages", t.name, targets[0].name)
			}
		}
	}
	return nil
}

func sameButUnread(a, b conversation) bool {
	a.Unread, b.Unread = 0, 0
	return reflect.DeepEqual(a, b)
}
