package conversations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"parlor/instagram"
	"parlor/tenants"
)

// Bounds of one attempt. sendWithin is checked before the call goes out: a process that was held up for longer must not send what another one
// may be settling by then.
const (
	sendWithin   = 15 * time.Second
	recordWithin = 10 * time.Second
	waitLongest  = 30 * time.Minute // of a reply that Instagram asks to send later
)

// Gate is an account's way to Instagram; *instagram.Connections has it.
type Gate interface {
	// Call makes one call under the account's lease.
	Call(ctx context.Context, do func(ctx context.Context, token instagram.Secret) error) error
	// Send makes one call without it: replies do not count into the limit of the others.
	Send(ctx context.Context, do func(ctx context.Context, token instagram.Secret) error) error
}

// SenderOptions holds what a ReplySender works with; all but Logger and Now are required.
type SenderOptions struct {
	DB       *tenants.DB
	Gate     Gate
	Client   *instagram.Client
	Importer *Importer
	// HumanAgent: the installation's app may answer with the human-agent tag, where an account's owner has confirmed it.
	HumanAgent bool
	// UploadURL gives the address under which Instagram fetches an upload.
	UploadURL func(account tenants.AccountID, upload uuid.UUID) string
	// Looks are the pauses before each look for a reply that got no answer; after the last one it stays unknown. Default: 45 seconds in all.
	Looks []time.Duration
	// ReadWithin is how long a look may wait for its turn at Instagram and for the answer: what is found must be written down in the same job.
	// Default: 8 seconds.
	ReadWithin time.Duration
	Logger     *slog.Logger
	Now        func() time.Time
}

// ReplySender sends replies, each attempt once. It is River's worker for SendArgs, safe for concurrent use, also by several processes.
type ReplySender struct {
	river.WorkerDefaults[SendArgs]
	o SenderOptions
}

// NewReplySender fills in what has a default.
func NewReplySender(o SenderOptions) *ReplySender {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.ReadWithin <= 0 {
		o.ReadWithin = 8 * time.Second
	}
	if len(o.Looks) == 0 {
		o.Looks = looks
	}
	return &ReplySender{o: o}
}

// Register adds the sender to the workers of a queue.
func (s *ReplySender) Register(workers *river.Workers) error {
	return river.AddWorkerSafely(workers, s)
}

// NextRetry keeps retries close: what fails here waits for the database.
func (s *ReplySender) NextRetry(job *river.Job[SendArgs]) time.Time {
	return s.o.Now().Add(min(time.Duration(job.Attempt)*time.Second, 10*time.Second))
}

// Work moves one attempt on: a queued one is sent; one that was left in sending, by whatever ended its process, is settled.
func (s *ReplySender) Work(ctx context.Context, job *river.Job[SendArgs]) error {
	ctx = tenants.WithAccount(ctx, job.Args.AccountID)
	a, out, err := s.claim(ctx, job.Args.AttemptID)
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return nil // erased meanwhile
	case err != nil:
		return fmt.Errorf("claim attempt %s: %w", job.Args.AttemptID, err)
	case out != nil:
		return s.send(ctx, a, *out)
	case a.State == AttemptSettling:
		return s.look(ctx, a)
	}
	return nil
}

// claim locks the attempt's conversation and decides what is to be done. A message comes back when it is to be sent: then the attempt stands
// in sending, committed, before a byte goes out.
func (s *ReplySender) claim(ctx context.Context, id uuid.UUID) (a attemptRow, out *instagram.Outgoing, err error) {
	err = s.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		if a, err = attemptOf(tx, id); err != nil {
			return err
		}
		c, err := lockedConversation(tx, a.ConversationID)
		if err != nil {
			return err
		}
		if a, err = attemptOf(tx, id); err != nil { // as it is now, under the lock
			return err
		}
		switch a.State {
		case AttemptQueued:
			out, err = s.begin(ctx, tx, c, &a)
			return err
		case AttemptSending:
			return s.begunByTheDead(ctx, tx, &a)
		}
		return nil
	})
	return a, out, err
}

// begin marks the attempt as under way, unless the window has closed or its file has gone while it waited.
func (s *ReplySender) begin(ctx context.Context, tx *tenants.Tx, c conversationRow, a *attemptRow) (*instagram.Outgoing, error) {
	m, err := messageOf(tx, a.MessageID)
	if err != nil {
		return nil, err
	}
	if found, err := s.alreadySent(ctx, tx, *a, m); err != nil || found {
		a.State = AttemptSent
		return nil, err
	}
	now := s.o.Now().UTC()
	sender := SenderHuman
	if m.SentByKey != nil {
		sender = SenderMachine
	}
	tag := m.HumanAgent
	if tag { // the owner may have taken it back since it was written
		if tag, err = tagAllowed(tx, s.o.HumanAgent); err != nil {
			return nil, err
		}
	}
	w := WindowAt(now, lastAct(c.LastInboundAt, c.WindowOpenedBy), sender, tag)
	if w.State == WindowClosed {
		return nil, s.failed(ctx, tx, *a, m, faultWindow, nil)
	}
	to, err := igsidOf(tx, c.ParticipantID)
	if err != nil {
		return nil, err
	}
	out, err := s.outgoing(tx, m, to, w.State == WindowHumanAgent)
	if errors.Is(err, ErrNoUpload) { // it would wait for ever, and all behind it
		return nil, s.failed(ctx, tx, *a, m, faultNoFile, nil)
	}
	if err != nil {
		return nil, err
	}
	a.State, a.StartedAt = AttemptSending, &now
	if err := mark(tx, *a, map[string]any{"state": a.State, "started_at": now}); err != nil {
		return nil, err
	}
	if err := show(ctx, tx, m, map[string]any{"state": StateSending, "fault": ""}); err != nil {
		return nil, err
	}
	return out, nil
}

// alreadySent binds a reply that is tried again to the trace of any try before, if one has come meanwhile: the last of them may have failed,
// and an older one may be what the customer has.
func (s *ReplySender) alreadySent(ctx context.Context, tx *tenants.Tx, a attemptRow, m messageRow) (bool, error) {
	if m.MID != nil {
		return true, s.superseded(ctx, tx, a)
	}
	var before []attemptRow
	err := tx.DB().Where("message_id = ? and seq < ? and state = ? and started_at is not null", m.MessageID, a.Seq, AttemptUnknown).
		Order("seq desc").Find(&before).Error
	if err != nil {
		return false, err
	}
	for _, b := range before {
		trace, err := traceOf(tx, m, b)
		if err != nil {
			return false, err
		}
		if trace != nil {
			return true, errors.Join(settleWith(ctx, tx, m, a, *trace, s.o.Now()), passOn(ctx, tx, a.ConversationID))
		}
	}
	return false, nil
}

func (s *ReplySender) outgoing(tx *tenants.Tx, m messageRow, to string, tag bool) (*instagram.Outgoing, error) {
	out := &instagram.Outgoing{To: to, HumanAgent: tag}
	if m.UploadID == nil {
		out.Text = text(m.Text)
		return out, nil
	}
	u, err := uploadOf(tx, *m.UploadID)
	if err != nil {
		return nil, err
	}
	out.Attachment = &instagram.OutgoingAttachment{Type: u.Kind, URL: s.o.UploadURL(tx.AccountID(), u.UploadID)}
	return out, nil
}

func igsidOf(tx *tenants.Tx, participantID uuid.UUID) (string, error) {
	var p participantRow
	err := tx.DB().Select("igsid").Where("participant_id = ?", participantID).Take(&p).Error
	return p.IGSID, err
}

// send makes the one call of an attempt and writes down what came of it, even when this process was told to stop meanwhile.
func (s *ReplySender) send(ctx context.Context, a attemptRow, out instagram.Outgoing) error {
	bounded, cancel := context.WithDeadline(ctx, a.StartedAt.Add(sendWithin))
	defer cancel()
	var did call
	did.fault = s.o.Gate.Send(bounded, func(ctx context.Context, token instagram.Secret) (err error) {
		did.made = true
		did.mid, err = s.o.Client.Send(ctx, token, out)
		return err
	})
	return s.persist(ctx, func(ctx context.Context) error { return s.record(ctx, a, did) })
}

// call is what came of the one call of an attempt.
type call struct {
	made  bool // something may have gone out
	mid   string
	fault error
}

// persist repeats what must be written down, for a while, also past the end of ctx. What cannot be written is settled later: the attempt
// still stands in sending.
func (s *ReplySender) persist(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		err := do(ctx)
		if err == nil || isSnooze(err) || hopeless(err) || errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

func isSnooze(err error) bool {
	_, is := errors.AsType[*river.JobSnoozeError](err)
	return is
}

// record writes down what came of the call.
func (s *ReplySender) record(ctx context.Context, a attemptRow, did call) error {
	switch did.verdict() {
	case wasSent:
		return s.o.DB.InTenant(ctx, func(tx *tenants.Tx) error { return s.sent(ctx, tx, a, did.mid) })
	case sendLater:
		return s.later(ctx, a, did.fault)
	case wasRefused:
		s.o.Logger.InfoContext(ctx, "reply refused", "account_id", a.AccountID.String(), "message_id", a.MessageID.String(), "error", did.fault.Error())
		return s.o.DB.InTenant(ctx, func(tx *tenants.Tx) error { return s.refused(ctx, tx, a, did.fault) })
	}
	s.o.Logger.WarnContext(ctx, "reply without an answer", "account_id", a.AccountID.String(), "message_id", a.MessageID.String(), "error", did.fault.Error())
	return s.unsure(ctx, a)
}

func (s *ReplySender) refused(ctx context.Context, tx *tenants.Tx, a attemptRow, fault error) error {
	m, now, err := lockOpen(tx, a)
	if err != nil || !now.open() {
		return err
	}
	return s.failed(ctx, tx, a, m, ReplyFault(instagram.ReplyFault(fault)), fault)
}

// failed closes an attempt that Instagram did not take, and shows what was hidden for its sake.
func (s *ReplySender) failed(ctx context.Context, tx *tenants.Tx, a attemptRow, m messageRow, why ReplyFault, cause error) error {
	changes := map[string]any{"state": AttemptFailed, "fault": why, "settled_at": s.o.Now().UTC()}
	if api, ok := errors.AsType[*instagram.APIError](cause); ok {
		changes["code"], changes["subcode"] = api.Code, api.Subcode
	}
	if err := mark(tx, a, changes); err != nil {
		return err
	}
	if err := show(ctx, tx, m, map[string]any{"state": StateFailed, "fault": why}); err != nil {
		return err
	}
	return errors.Join(unshadow(ctx, tx, m, s.o.Now()), passOn(ctx, tx, a.ConversationID))
}

// later puts an attempt that surely was not taken back into the queue, for a while.
func (s *ReplySender) later(ctx context.Context, a attemptRow, fault error) error {
	wait := 5 * time.Second
	if api, ok := errors.AsType[*instagram.APIError](fault); ok && api.RetryAfter > 0 {
		wait = api.RetryAfter
	}
	err := s.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		m, now, err := lockOpen(tx, a)
		switch {
		case isSnooze(err): // it is put back already: the answer to that commit was lost
			return nil
		case err != nil:
			return err
		case !now.open():
			wait = 0
			return nil
		}
		if s.o.Now().Add(wait).Sub(a.CreatedAt) > waitLongest {
			wait = 0
			return s.failed(ctx, tx, a, m, ReplyFault(instagram.ReplyFault(fault)), fault)
		}
		if err := mark(tx, a, map[string]any{"state": AttemptQueued}); err != nil {
			return err
		}
		if err := show(ctx, tx, m, map[string]any{"state": StateQueued}); err != nil {
			return err
		}
		return unshadow(ctx, tx, m, s.o.Now()) // Instagram took nothing, so what is hidden is somebody else's
	})
	if err != nil || wait == 0 {
		return err
	}
	return river.JobSnooze(wait)
}

// lockReply locks the conversation of an attempt and returns the attempt's message.
func lockReply(tx *tenants.Tx, a attemptRow) (messageRow, error) {
	if _, err := lockedConversation(tx, a.ConversationID); err != nil {
		return messageRow{}, err
	}
	return messageOf(tx, a.MessageID)
}

// lockOpen locks the conversation of an attempt and returns the attempt's message and the attempt as it is now. A process that was asleep for
// long may come back with the answer to one that another has settled meanwhile, and a person may have sent anew. One that stands in the queue,
// for somebody knew that nothing had gone out, needs the job that asks: that job comes back, for no other would send it.
func lockOpen(tx *tenants.Tx, a attemptRow) (m messageRow, now attemptRow, err error) {
	if m, err = lockReply(tx, a); err != nil {
		return m, now, err
	}
	if now, err = attemptOf(tx, a.AttemptID); err == nil && now.State == AttemptQueued {
		err = river.JobSnooze(time.Second)
	}
	return m, now, err
}

// open reports whether the attempt's call has been begun and its end is not known.
func (a attemptRow) open() bool { return a.State == AttemptSending || a.State == AttemptSettling }

// verdict is what an answer says about whether the customer has the message.
type verdict int

const (
	wasSent    verdict = iota
	wasRefused         // surely not sent, and the same again is refused again
	sendLater          // surely not sent
	notSure            // nobody knows
)

// verdict decides by what is known for sure. Instagram offers no idempotency key: a time-out, a broken answer and a fault on its side may
// each have sent the message. Source: Instagram messaging API, read 2026-11-22.
func (c call) verdict() verdict {
	switch {
	case c.fault == nil:
		return wasSent
	case errors.Is(c.fault, instagram.ErrNotConnected), errors.Is(c.fault, instagram.ErrNoConnection):
		return wasRefused
	case !c.made:
		return sendLater // our own database, or the time: nothing has gone out
	}
	if dial, ok := errors.AsType[*net.OpError](c.fault); ok && dial.Op == "dial" {
		return sendLater
	}
	if brokeDown(c.fault) {
		return notSure
	}
	switch instagram.FaultOf(c.fault) {
	case instagram.FaultRate:
		return sendLater
	case instagram.FaultTransient, instagram.FaultNone:
		return notSure
	}
	return wasRefused
}

// brokeDown reports a fault on Instagram's own side, which may have sent the message all the same. Whether it calls that passing says only whether
// to repeat the call, and nothing repeats this one by itself.
func brokeDown(fault error) bool {
	api, is := errors.AsType[*instagram.APIError](fault)
	if !is || instagram.FaultOf(fault) != instagram.FaultPermanent {
		return false
	}
	return api.HTTPStatus >= 500 || slices.Contains([]int{1, 2, -1, -2}, api.Code)
}
