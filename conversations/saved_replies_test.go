package conversations_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/tenants"
)

func TestSavedRepliesOfAnAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mika, outsider := r.as(t, r.acme, tenants.NewUserID()), r.as(t, r.globex, tenants.NewUserID())
	hours, err := r.store.SaveReply(mika, conversations.SavedReply{Name: " Opening   hours ", Text: "Hi {first_name},\nfrom 9 to 5. \n"})
	if err != nil || hours.Name != "Opening hours" || hours.Text != "Hi {first_name},\nfrom 9 to 5." {
		t.Fatalf("saved %+v, %v", hours, err)
	}
	longest := strings.Repeat("é", conversations.MaxTextBytes/2)
	for name, want := range map[string]struct {
		reply conversations.SavedReply
		err   error
	}{
		"no name":          {conversations.SavedReply{Name: " ", Text: "x"}, conversations.ErrSavedReplyName},
		"too long a name":  {conversations.SavedReply{Name: strings.Repeat("n", 41), Text: "x"}, conversations.ErrSavedReplyName},
		"no text":          {conversations.SavedReply{Name: "a", Text: "\n"}, conversations.ErrSavedReplyText},
		"too long a text":  {conversations.SavedReply{Name: "a", Text: longest + "e"}, conversations.ErrSavedReplyText},
		"a zero":           {conversations.SavedReply{Name: "a", Text: "a\x00"}, conversations.ErrSavedReplyText},
		"the name is used": {conversations.SavedReply{Name: "opening HOURS", Text: "x"}, conversations.ErrSavedReplyTaken},
		"nobody's":         {conversations.SavedReply{ID: conversations.SavedReplyID{UUID: uuid.New()}, Name: "a", Text: "x"}, conversations.ErrNoSavedReply},
	} {
		if _, err := r.store.SaveReply(mika, want.reply); !errors.Is(err, want.err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.store.SaveReply(mika, conversations.SavedReply{Name: "An essay", Text: longest}); err != nil {
		t.Errorf("the longest: %v", err)
	}
	hours.Text = "From 10."
	if _, err := r.store.SaveReply(mika, hours); err != nil {
		t.Errorf("changed: %v", err)
	}
	if _, err := r.store.SaveReply(outsider, hours); !errors.Is(err, conversations.ErrNoSavedReply) {
		t.Errorf("another account changes it: %v", err)
	}
	if err := r.store.DeleteSavedReply(outsider, hours.ID); !errors.Is(err, conversations.ErrNoSavedReply) {
		t.Errorf("another account deletes it: %v", err)
	}
	all, err := r.store.SavedReplies(mika)
	if err != nil || len(all) != 2 || all[0].Name != "An essay" || all[1] != hours {
		t.Errorf("all = %+v, %v", all, err)
	}
	if err := r.store.DeleteSavedReply(mika, hours.ID); err != nil {
		t.Fatal(err)
	}
	r.db.Exec(t, `insert into tenant.saved_replies (account_id, saved_reply_id, name, name_key, text)
		select account_id, gen_random_uuid(), n, n, 'x' from tenant.saved_replies, generate_series(1, 199) n`)
	if _, err := r.store.SaveReply(mika, hours); !errors.Is(err, conversations.ErrNoSavedReply) {
		t.Errorf("after it was deleted: %v", err)
	}
	if _, err := r.store.SaveReply(mika, conversations.SavedReply{Name: "one more", Text: "x"}); !errors.Is(err, conversations.ErrTooManySavedReplies) {
		t.Errorf("the 201st: %v", err)
	}
}
