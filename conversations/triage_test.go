package conversations_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"parlor/conversations"
	"parlor/tenants"
)

// street is an account to which five customers have written, the fifth last, one a minute; and two of its people.
type street struct {
	*rig
	mika, noa context.Context
	noaID     tenants.UserID
	ids       []conversations.ID // of customers "1" to "5"
}

func newStreet(t *testing.T) *street {
	t.Helper()
	s := &street{rig: newRig(t), noaID: tenants.NewUserID()}
	s.mika, s.noa = s.as(t, s.acme, tenants.NewUserID()), s.as(t, s.acme, s.noaID)
	for n := range 5 {
		igsid := strconv.Itoa(n + 1)
		s.deliver(t, body(acmeUserID, said(acmeUserID, igsid, "mid."+igsid, "hello", noon.Add(time.Duration(n-10)*time.Minute))))
		s.ids = append(s.ids, s.conversationWith(t, igsid).ID)
	}
	return s
}

func (s *street) change(ctx context.Context, t *testing.T, c conversations.Change, customers ...int) []conversations.Conversation {
	t.Helper()
	ids := make([]conversations.ID, len(customers))
	for i, n := range customers {
		ids[i] = s.ids[n-1]
	}
	changed, err := s.store.Change(ctx, ids, c)
	if err != nil {
		t.Fatalf("change %+v: %v", c, err)
	}
	return changed
}

// lists names the customers of a list in its order.
func (s *street) lists(ctx context.Context, t *testing.T, q conversations.ListQuery) (customers []int) {
	t.Helper()
	q.Limit = 2 // so that every list has a cursor
	for {
		p, err := s.store.Conversations(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Items {
			customers = append(customers, slices.Index(s.ids, c.ID)+1)
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			return customers
		}
	}
}

func status(s conversations.Status) conversations.Change { return conversations.Change{Status: &s} }

func TestListsFollowWhatWasDecided(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	red, err := s.store.SaveLabel(s.mika, conversations.Label{Name: " Big   order ", Colour: "red"})
	if err != nil || red.Name != "Big order" {
		t.Fatalf("label = %+v, %v", red, err)
	}
	yes, nobody := true, tenants.UserID{}
	s.change(s.mika, t, status(conversations.StatusClosed), 1)
	s.change(s.mika, t, status(conversations.StatusSnoozed), 2)
	s.change(s.mika, t, conversations.Change{Assignee: &s.noaID, Label: []conversations.LabelID{red.ID}, Starred: &yes}, 3, 4)
	s.change(s.mika, t, conversations.Change{Assignee: &nobody, Unlabel: []conversations.LabelID{red.ID}}, 4)
	for name, want := range map[string]struct {
		q         conversations.ListQuery
		customers []int
	}{
		"all":           {conversations.ListQuery{}, []int{5, 4, 3, 2, 1}},
		"open":          {conversations.ListQuery{Status: conversations.StatusOpen}, []int{5, 4, 3}},
		"snoozed":       {conversations.ListQuery{Status: conversations.StatusSnoozed}, []int{2}},
		"closed":        {conversations.ListQuery{Status: conversations.StatusClosed}, []int{1}},
		"Noa's":         {conversations.ListQuery{Assignee: conversations.Assignee{User: s.noaID}}, []int{3}},
		"nobody's":      {conversations.ListQuery{Assignee: conversations.Assignee{Nobody: true}, Status: conversations.StatusOpen}, []int{5, 4}},
		"labelled":      {conversations.ListQuery{Label: red.ID}, []int{3}},
		"starred":       {conversations.ListQuery{Starred: true}, []int{4, 3}},
		"waiting first": {conversations.ListQuery{Sort: conversations.SortWaiting, Status: conversations.StatusOpen}, []int{3, 4, 5}},
		"closing first": {conversations.ListQuery{Sort: conversations.SortClosing}, []int{1, 2, 3, 4, 5}},
		"closing soon":  {conversations.ListQuery{Window: conversations.WindowClosing}, nil},
		"window open":   {conversations.ListQuery{Window: conversations.WindowIsOpen, Status: conversations.StatusClosed}, []int{1}},
		"window over":   {conversations.ListQuery{Window: conversations.WindowIsOver}, nil},
	} {
		if got := s.lists(s.mika, t, want.q); !slices.Equal(got, want.customers) {
			t.Errorf("%s: %v, want %v", name, got, want.customers)
		}
	}
	want := conversations.Counts{Inbox: 3, Unread: 3, Mine: 1, Unassigned: 2, Starred: 2, Snoozed: 1, Closed: 1}
	if got, err := s.store.Counts(s.noa); err != nil || got != want {
		t.Errorf("counts = %+v, %v, want %+v", got, err, want)
	}
	c, err := s.store.Conversation(s.mika, s.ids[2])
	if err != nil || c.Assignee != s.noaID || !c.Starred || !slices.Equal(c.Labels, []conversations.LabelID{red.ID}) || c.Status != conversations.StatusOpen {
		t.Errorf("conversation = %+v, %v", c, err)
	}
	if _, err := s.store.Conversations(s.mika, conversations.ListQuery{Cursor: cursorOf(t, s, conversations.SortWaiting), Limit: 1}); !errors.Is(err, conversations.ErrBadCursor) {
		t.Errorf("the cursor of another order: %v", err)
	}
}

func cursorOf(t *testing.T, s *street, by conversations.Sort) string {
	t.Helper()
	p, err := s.store.Conversations(s.mika, conversations.ListQuery{Sort: by, Limit: 1})
	if err != nil || p.Next == "" {
		t.Fatalf("page = %+v, %v", p, err)
	}
	return p.Next
}

// The hour before its end a window is worth hurrying for, as long as the customer waits.
func TestClosingSoonIsWhoWaits(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.deliver(t, body(acmeUserID, answered("2", "mid.answer", "yes", noon)))
	s.store = conversations.NewStore(s.tenants, func() time.Time { return noon.Add(21 * time.Hour) })
	if got := s.lists(s.mika, t, conversations.ListQuery{Window: conversations.WindowClosing, Sort: conversations.SortClosing}); !slices.Equal(got, []int{1, 3, 4, 5}) {
		t.Errorf("closing soon: %v", got)
	}
	if c, err := s.store.Counts(s.mika); err != nil || c.ClosingSoon != 4 {
		t.Errorf("counts = %+v, %v", c, err)
	}
	s.store = conversations.NewStore(s.tenants, func() time.Time { return noon.Add(25 * time.Hour) })
	if got := s.lists(s.mika, t, conversations.ListQuery{Window: conversations.WindowIsOver}); len(got) != 5 {
		t.Errorf("over: %v", got)
	}
}

func TestACustomersMessageOpensAgain(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.change(s.mika, t, status(conversations.StatusClosed), 1)
	snoozed := conversations.StatusSnoozed
	s.change(s.mika, t, conversations.Change{Status: &snoozed, SnoozedUntil: noon.Add(time.Hour)}, 2)
	s.change(s.mika, t, status(conversations.StatusClosed), 3)
	s.deliver(t, body(acmeUserID, said(acmeUserID, "1", "mid.again", "one more thing", noon), said(acmeUserID, "2", "mid.too", "hello?", noon),
		answered("3", "mid.bye", "bye", noon)))
	if got := s.lists(s.mika, t, conversations.ListQuery{Status: conversations.StatusOpen}); !slices.Equal(got, []int{1, 2, 5, 4}) && !slices.Equal(got, []int{2, 1, 5, 4}) {
		t.Errorf("open: %v", got)
	}
	if c := s.conversationWith(t, "2"); c.SnoozedUntil != nil {
		t.Errorf("still snoozed until %v", c.SnoozedUntil)
	}
	if c := s.conversationWith(t, "3"); c.Status != conversations.StatusClosed {
		t.Errorf("our own answer made it %s", c.Status)
	}
}

func TestUnreadMarkIsThePersonsOwn(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	yes, no := true, false
	unread := func(ctx context.Context) int64 {
		c, err := s.store.Conversation(ctx, s.ids[0])
		if err != nil {
			t.Fatal(err)
		}
		return c.Unread()
	}
	s.change(s.mika, t, conversations.Change{Unread: &no}, 1, 2)
	if got := []int64{unread(s.mika), unread(s.noa)}; !slices.Equal(got, []int64{0, 1}) {
		t.Errorf("read by Mika: %v", got)
	}
	s.change(s.mika, t, conversations.Change{Unread: &yes}, 1)
	if got := s.lists(s.mika, t, conversations.ListQuery{Unread: true}); !slices.Equal(got, []int{5, 4, 3, 1}) || unread(s.mika) != 1 {
		t.Errorf("marked unread: %v, %d", got, unread(s.mika))
	}
	if _, err := s.store.MarkRead(s.mika, s.ids[0], 1); err != nil || unread(s.mika) != 0 {
		t.Errorf("read again: %v, %d", err, unread(s.mika))
	}
	key := tenants.WithPrincipal(t.Context(), tenants.Principal{AccountID: s.acme, KeyID: "k"})
	if _, err := s.store.Change(key, s.ids[:1], conversations.Change{Unread: &yes}); !errors.Is(err, conversations.ErrNoReader) {
		t.Errorf("a key marks as unread: %v", err)
	}
}

func TestChangesThatAreNone(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	open, snoozed, odd, yes := conversations.StatusOpen, conversations.StatusSnoozed, conversations.Status("done"), true
	stranger := conversations.LabelID{UUID: uuid.New()}
	for name, c := range map[string]struct {
		change conversations.Change
		want   error
	}{
		"nothing":            {conversations.Change{}, conversations.ErrBadChange},
		"unknown status":     {conversations.Change{Status: &odd}, conversations.ErrBadChange},
		"open until":         {conversations.Change{Status: &open, SnoozedUntil: noon.Add(time.Hour)}, conversations.ErrBadChange},
		"until the past":     {conversations.Change{Status: &snoozed, SnoozedUntil: noon}, conversations.ErrSnoozeTime},
		"for two years":      {conversations.Change{Status: &snoozed, SnoozedUntil: noon.AddDate(2, 0, 0)}, conversations.ErrSnoozeTime},
		"a label on and off": {conversations.Change{Label: []conversations.LabelID{stranger}, Unlabel: []conversations.LabelID{stranger}}, conversations.ErrBadChange},
		"a label of nobody":  {conversations.Change{Label: []conversations.LabelID{stranger}, Starred: &yes}, conversations.ErrNoLabel},
	} {
		if _, err := s.store.Change(s.mika, s.ids, c.change); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if c := s.conversationWith(t, "1"); c.Starred {
		t.Error("half of a refused change was made")
	}
	outsider := s.as(t, s.globex, tenants.NewUserID())
	if changed, err := s.store.Change(outsider, s.ids, conversations.Change{Starred: &yes}); err != nil || len(changed) != 0 {
		t.Errorf("another account changed %v, %v", changed, err)
	}
	if c := s.conversationWith(t, "1"); c.Starred {
		t.Error("another account's change arrived")
	}
	if _, err := s.store.Change(s.mika, make([]conversations.ID, conversations.MaxBulk+1), conversations.Change{Starred: &yes}); !errors.Is(err, conversations.ErrTooManySets) {
		t.Errorf("101 at once: %v", err)
	}
}

func TestLabelsOfAnAccount(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	red, err := s.store.SaveLabel(s.mika, conversations.Label{Name: "Urgent", Colour: "red"})
	if err != nil {
		t.Fatal(err)
	}
	outsider := s.as(t, s.globex, tenants.NewUserID())
	for name, c := range map[string]struct {
		who   context.Context
		label conversations.Label
		want  error
	}{
		"taken":             {s.mika, conversations.Label{Name: "URGENT", Colour: "blue"}, conversations.ErrLabelTaken},
		"nameless":          {s.mika, conversations.Label{Name: " \t", Colour: "blue"}, conversations.ErrLabelName},
		"odd colour":        {s.mika, conversations.Label{Name: "x", Colour: "#f00"}, conversations.ErrLabelColour},
		"another account's": {outsider, conversations.Label{ID: red.ID, Name: "x", Colour: "red"}, conversations.ErrNoLabel},
	} {
		if _, err := s.store.SaveLabel(c.who, c.label); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	red.Name = "urgent" // its own name in other letters
	if _, err := s.store.SaveLabel(s.mika, red); err != nil {
		t.Error(err)
	}
	s.change(s.mika, t, conversations.Change{Label: []conversations.LabelID{red.ID}}, 1)
	if err := s.store.DeleteLabel(outsider, red.ID); !errors.Is(err, conversations.ErrNoLabel) {
		t.Errorf("another account deletes it: %v", err)
	}
	if err := s.store.DeleteLabel(s.mika, red.ID); err != nil {
		t.Fatal(err)
	}
	if labels, err := s.store.Labels(s.mika); err != nil || len(labels) != 0 {
		t.Errorf("labels = %v, %v", labels, err)
	}
	if c := s.conversationWith(t, "1"); len(c.Labels) != 0 {
		t.Errorf("the conversation has %v", c.Labels)
	}
}

// Twenty labels are what a conversation has at most, however they came on it; one that is named twice is one.
func TestAConversationHasTwentyLabelsAtMost(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	var labels []conversations.LabelID
	for n := range 22 {
		l, err := s.store.SaveLabel(s.mika, conversations.Label{Name: "label " + strconv.Itoa(n), Colour: "red"})
		if err != nil {
			t.Fatal(err)
		}
		labels = append(labels, l.ID)
	}
	s.change(s.mika, t, conversations.Change{Label: append(slices.Clone(labels[:11]), labels[:11]...)}, 1)
	s.change(s.mika, t, conversations.Change{Label: labels[:20]}, 1)
	if _, err := s.store.Change(s.mika, s.ids[:2], conversations.Change{Label: labels[20:21]}); !errors.Is(err, conversations.ErrTooManySets) {
		t.Errorf("one more: %v", err)
	}
	s.change(s.mika, t, conversations.Change{Label: labels[20:], Unlabel: labels[:2]}, 1)
	if a, b := s.conversationWith(t, "1"), s.conversationWith(t, "2"); len(a.Labels) != 20 || len(b.Labels) != 0 {
		t.Errorf("the one has %d labels, the other %d", len(a.Labels), len(b.Labels))
	}
}

// A snooze ends by itself; one that was put off does not end by the first job.
func TestASnoozeEnds(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	snoozed := conversations.StatusSnoozed
	s.change(s.mika, t, conversations.Change{Status: &snoozed, SnoozedUntil: noon.Add(time.Hour)}, 1, 2)
	s.change(s.mika, t, conversations.Change{Status: &snoozed, SnoozedUntil: noon.AddDate(0, 11, 0)}, 2)
	s.change(s.mika, t, status(conversations.StatusSnoozed), 3) // until they write
	s.work(t, noon.Add(2*time.Hour))
	if got := s.lists(s.mika, t, conversations.ListQuery{Status: conversations.StatusSnoozed}); !slices.Equal(got, []int{3, 2}) {
		t.Errorf("snoozed after two hours: %v", got)
	}
}

// The queue hands a job out by the database's clock. Where ours is behind, the snooze ends all the same: there is no second job.
func TestASnoozeEndsThoughOurClockIsBehind(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	snoozed, until := conversations.StatusSnoozed, noon.Add(time.Hour+1234567*time.Nanosecond)
	s.change(s.mika, t, conversations.Change{Status: &snoozed, SnoozedUntil: until}, 1)
	s.work(t, until.Add(-50*time.Millisecond))
	if c := s.conversationWith(t, "1"); c.Status != conversations.StatusOpen {
		t.Errorf("still %s until %v", c.Status, c.SnoozedUntil)
	}
}

// What is assigned to somebody who may not answer any more is nobody's, whatever took it from them.
func TestWorkOfWhoMayNotAnswerIsNobodys(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		end  func(s *street, ctx context.Context) error
		kept bool
	}{
		"removed": {func(s *street, ctx context.Context) error { return s.inTx(ctx, s.remove) }, false},
		"made a viewer": {func(s *street, ctx context.Context) error {
			return s.inTx(ctx, func(ctx context.Context, tx *tenants.PlatformTx) error {
				return tenants.NewMemberships(s.platform).SetRole(ctx, tx, s.acme, s.noaID, tenants.RoleViewer)
			})
		}, false},
		"shut out": {func(s *street, ctx context.Context) error {
			operator := tenants.NewUserID()
			if _, err := s.platform.Exec(ctx, "insert into platform.users (user_id, staff_role) values ($1, 'operator')", operator); err != nil {
				return err
			}
			ctx = tenants.WithPrincipal(ctx, tenants.Principal{UserID: operator, StaffRole: tenants.StaffOperator})
			return tenants.NewInstallation(s.platform).Disable(ctx, s.noaID, true, func(*tenants.PlatformTx) error { return nil })
		}, false},
		"removed while they were given work": {func(s *street, ctx context.Context) error {
			if err := s.inTx(ctx, s.remove); err != nil {
				return err
			}
			if _, err := s.platform.Exec(ctx, "delete from platform.river_job"); err != nil { // it has run, and found nothing
				return err
			}
			_, err := s.store.Change(s.mika, s.ids[:2], conversations.Change{Assignee: &s.noaID})
			return err
		}, false},
		"removed, and back before the job": {func(s *street, ctx context.Context) error {
			if err := s.inTx(ctx, s.remove); err != nil {
				return err
			}
			_, err := s.platform.Exec(ctx, "update platform.memberships set removed_at = null where user_id = $1", s.noaID)
			return err
		}, true},
		"in a suspended account": {func(s *street, ctx context.Context) error {
			return s.inTx(ctx, func(ctx context.Context, tx *tenants.PlatformTx) error {
				return errors.Join(tenants.NewAccounts(s.platform).SetStatus(ctx, tx, s.acme, tenants.AccountSuspended, ""),
					tx.Enqueue(ctx, tenants.MemberGoneArgs{AccountID: s.acme, UserID: s.noaID}, nil))
			})
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t)
			s.db.Exec(t, "insert into platform.users (user_id) values ($1)", s.noaID)
			s.db.Exec(t, "insert into platform.memberships (account_id, user_id, role) values ($1, $2, 'agent')", s.acme, s.noaID)
			s.change(s.mika, t, conversations.Change{Assignee: &s.noaID}, 1, 2)
			s.db.Exec(t, "delete from platform.river_job") // what the assignment itself has looked at
			if err := tc.end(s, t.Context()); err != nil {
				t.Fatal(err)
			}
			s.work(t, noon)
			got := s.lists(s.mika, t, conversations.ListQuery{Assignee: conversations.Assignee{User: s.noaID}})
			if kept := len(got) == 2; kept != tc.kept || !kept && len(got) > 0 {
				t.Errorf("still theirs: %v", got)
			}
		})
	}
}

func (s *street) inTx(ctx context.Context, do func(context.Context, *tenants.PlatformTx) error) error {
	return s.platform.InTx(ctx, func(tx *tenants.PlatformTx) error { return do(ctx, tx) })
}

func (s *street) remove(ctx context.Context, tx *tenants.PlatformTx) error {
	return tenants.NewMemberships(s.platform).Remove(ctx, tx, s.acme, s.noaID)
}

// work lets a waker do every job that waits, at that time.
func (s *street) work(t *testing.T, at time.Time) {
	t.Helper()
	workers := river.NewWorkers()
	if err := conversations.NewWaker(s.tenants, tenants.NewMembers(s.platform), func() time.Time { return at }).Register(workers); err != nil {
		t.Fatal(err)
	}
	client, err := s.platform.Jobs(&river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}}, Workers: workers, TestOnly: true,
		FetchCooldown: 5 * time.Millisecond, FetchPollInterval: 20 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.StopAndCancel(context.Background()) }()
	eventually(t, "the wakers have nothing to do", func() bool {
		var n int
		s.ask(t, &n, "select count(*) from platform.river_job where state <> 'completed' and scheduled_at <= now() and kind in ('wake_conversation', 'member_gone')")
		return n == 0
	})
}
