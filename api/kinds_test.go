package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// kindCase is one file of e2e/testdata/kinds: see the README there.
type kindCase struct {
	About        string            `json:"about"`
	Customer     string            `json:"customer"` // igsid; empty: no conversation comes of it
	DOM          []json.RawMessage `json:"dom"`      // for the test in a browser
	Events       []string          `json:"events"`
	Conversation json.RawMessage   `json:"conversation"`
	Messages     json.RawMessage   `json:"messages"`
}

// TestEveryKind delivers every shape of every kind, signed, and compares what the API shows afterwards.
func TestEveryKind(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../e2e/testdata/kinds/*.webhooks")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	k := kinds{stack: s, reader: p.client, account: p.accountID(), admin: s.database.Admin(t)}
	for _, file := range files { // one after the other: the ledger tells which events are new
		t.Run(strings.TrimSuffix(filepath.Base(file), ".webhooks"), func(t *testing.T) { k.run(t, file) })
	}
}

// kinds delivers cases to one account.
type kinds struct {
	*stack
	reader  *client
	account tenants.AccountID
	last    uuid.UUID // delivery before this case
	admin   *pgx.Conn // past both walls
}

func (k *kinds) run(t *testing.T, file string) {
	bodies := string(must(os.ReadFile(file))(t))
	golden := strings.TrimSuffix(file, ".webhooks") + ".json"
	before := must(os.ReadFile(golden))(t)
	var c kindCase
	if err := json.Unmarshal(before, &c); err != nil {
		t.Fatal(err)
	}
	for text := range strings.SplitSeq(strings.TrimSuffix(bodies, "\n"), "\n\n") {
		if a := k.do("POST", webhooks, signed(text)...); a.status != 200 {
			t.Fatalf("delivery is answered with %d: %s", a.status, a.body)
		}
		eventually(t, "the delivery is split and applied", k.settled)
	}
	c.Events = k.events(t)
	c.Conversation, c.Messages = nil, nil
	if id := k.conversation(c.Customer); id != "" {
		c.Conversation = json.RawMessage(k.reader.do("GET", inboxPath+"/"+id).body)
		c.Messages = json.RawMessage(k.reader.do("GET", inboxPath+"/"+id+"/messages").body)
	} else if c.Customer != "" {
		t.Error("there is no conversation")
	}
	after := c.text(t)
	if *update {
		if err := os.WriteFile(golden, after, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(after, before) {
		t.Errorf("%s\ngot\n%s\nwant\n%s", c.About, after, before)
	}
}

// settled reports whether nothing is under way.
func (k *kinds) settled() bool {
	var open int
	err := k.admin.QueryRow(k.t.Context(), `select (select count(*) from platform.deliveries where state = 'received') +
		(select count(*) from tenant.ingest_events where outcome = 'pending')`).Scan(&open)
	return err == nil && open == 0
}

// events are the new lines of the ledger: kind, outcome, reason.
func (k *kinds) events(t *testing.T) []string {
	t.Helper()
	rows := must(k.admin.Query(t.Context(), `select delivery_id, kind, outcome, reason from tenant.ingest_events
		where account_id = $1 and delivery_id > $2 order by delivery_id, item_no`, k.account, k.last))(t)
	defer rows.Close()
	lines := []string{}
	for rows.Next() {
		var kind, outcome, reason string
		if err := rows.Scan(&k.last, &kind, &outcome, &reason); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", kind, outcome, reason)))
	}
	return lines
}

// conversation is the id of the conversation with a customer; empty when there is none.
func (k *kinds) conversation(igsid string) (id string) {
	_ = k.admin.QueryRow(k.t.Context(), `select conversation_id::text from tenant.conversations join tenant.participants
		using (account_id, participant_id) where account_id = $1 and igsid = $2`, k.account, igsid).Scan(&id)
	return id
}

var (
	anID       = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	aMediaPath = regexp.MustCompile(`"media_url": "[^"]*"`)
)

// text is the case as it is written down: ids numbered in the order in which they appear, tickets left out.
func (c kindCase) text(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(c); err != nil {
		t.Fatal(err)
	}
	numbers := map[string]string{}
	numbered := anID.ReplaceAllFunc(out.Bytes(), func(id []byte) []byte {
		if numbers[string(id)] == "" {
			numbers[string(id)] = fmt.Sprintf("id %d", len(numbers)+1)
		}
		return []byte(numbers[string(id)])
	})
	return aMediaPath.ReplaceAll(numbered, []byte(`"media_url": "…"`))
}
