package conversations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"parlor/instagram"
	"parlor/tenants"
)

// ProfilesQueue is the queue of the jobs that look customers up.
const ProfilesQueue = "profiles"

// How long a profile, and a look-up that gave nothing, are good for. A picture's address dies after some days anyway, and look-ups are what
// uses up an app's quota first. Source: user profile API, read 2026-11-22.
const (
	profileGood   = 7 * 24 * time.Hour
	profileBad    = 24 * time.Hour
	profileAsking = time.Hour // a job is on its way
	profileYields = 20 * time.Second
)

// ProfileArgs names the customer whom a job looks up.
type ProfileArgs struct {
	AccountID     tenants.AccountID `json:"account_id"`
	ParticipantID uuid.UUID         `json:"participant_id"`
}

// Kind is the job's name in the queue.
func (ProfileArgs) Kind() string { return "fetch_profile" }

// InsertOpts names the queue. After a few tries the next message of the customer asks again.
func (ProfileArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: ProfilesQueue, MaxAttempts: 4, Priority: 4}
}

// Profiler looks customers up, aside: no message waits for it. It is River's worker for ProfileArgs, safe for concurrent use.
type Profiler struct {
	river.WorkerDefaults[ProfileArgs]
	db     *tenants.DB
	gate   Gate
	client *instagram.Client
	log    *slog.Logger
	now    func() time.Time
}

// NewProfiler takes what it works with; log and now may be nil.
func NewProfiler(db *tenants.DB, gate Gate, client *instagram.Client, log *slog.Logger, now func() time.Time) *Profiler {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if now == nil {
		now = time.Now
	}
	return &Profiler{db: db, gate: gate, client: client, log: log, now: now}
}

// Register adds the profiler to the workers of a queue.
func (p *Profiler) Register(workers *river.Workers) error { return river.AddWorkerSafely(workers, p) }

// askProfile leaves a look-up to a job when the customer's profile is due, in the transaction that learned of them.
func askProfile(ctx context.Context, tx *tenants.Tx, who participantRow, now time.Time) error {
	if who.ProfileDueAt.After(now) {
		return nil
	}
	asked := tx.DB().Model(&participantRow{}).Where("participant_id = ? and profile_due_at <= ?", who.ParticipantID, now).
		Update("profile_due_at", now.Add(profileAsking))
	if asked.Error != nil || asked.RowsAffected == 0 {
		return asked.Error
	}
	return tx.Enqueue(ctx, ProfileArgs{AccountID: tx.AccountID(), ParticipantID: who.ParticipantID}, nil)
}

// Work looks one customer up.
func (p *Profiler) Work(ctx context.Context, job *river.Job[ProfileArgs]) error {
	ctx = tenants.WithAccount(ctx, job.Args.AccountID)
	var who participantRow
	err := p.db.Read(ctx, &who, func(db *gorm.DB) *gorm.DB { return db.Where("participant_id = ?", job.Args.ParticipantID) })
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil // erased meanwhile
	}
	if err != nil {
		return fmt.Errorf("load participant: %w", err)
	}
	importing, err := p.importing(ctx)
	if err != nil {
		return err
	}
	if importing { // the account's calls are few: messages come before portraits
		return river.JobSnooze(profileYields)
	}
	var profile instagram.CustomerProfile
	err = p.gate.Call(ctx, func(ctx context.Context, token instagram.Secret) (err error) {
		profile, err = p.client.Customer(ctx, token, who.IGSID)
		return err
	})
	if resting, ok := errors.AsType[*instagram.RestError](err); ok {
		return river.JobSnooze(resting.For)
	}
	now := p.now().UTC()
	switch fault := instagram.FaultOf(err); {
	case err == nil:
		return p.keep(ctx, who, profileChanges(profile, now))
	case fault == instagram.FaultRate:
		return river.JobSnooze(5 * time.Minute)
	case fault == instagram.FaultRecipient, fault == instagram.FaultPermanent, fault == instagram.FaultPermission:
		return p.keep(ctx, who, map[string]any{"profile_fault": string(fault), "profile_due_at": now.Add(profileBad)})
	case errors.Is(err, instagram.ErrNotConnected), errors.Is(err, instagram.ErrNoConnection), fault == instagram.FaultReconnect:
		return p.keep(ctx, who, map[string]any{"profile_due_at": now}) // the next message asks again
	}
	return err
}

// importing reports whether an import is under way in the account.
func (p *Profiler) importing(ctx context.Context) (bool, error) {
	var row backfillRow
	err := p.db.Read(ctx, &row, func(db *gorm.DB) *gorm.DB { return db.Select("backfill_id").Where("state = ?", BackfillRunning) })
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask for an import: %w", err)
	}
	return true, nil
}

func (p *Profiler) keep(ctx context.Context, who participantRow, changes map[string]any) error {
	err := p.db.InTenant(ctx, func(tx *tenants.Tx) error {
		err := tx.DB().Model(&participantRow{}).Where("participant_id = ?", who.ParticipantID).Updates(changes).Error
		if err != nil || changes["profile_fetched_at"] == nil {
			return err
		}
		if err := renamed(tx, who.ParticipantID); err != nil {
			return err
		}
		var c conversationRow
		err = tx.DB().Select("conversation_id").Where("participant_id = ?", who.ParticipantID).Take(&c).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveConversation, ConversationID: c.ConversationID})
	})
	if err != nil {
		return fmt.Errorf("keep a profile: %w", err)
	}
	return nil
}

// profileChanges keeps a name that is known when Instagram gives none: it may leave any part out.
func profileChanges(p instagram.CustomerProfile, now time.Time) map[string]any {
	changes := map[string]any{
		"profile_fetched_at": now, "profile_fault": "", "profile_due_at": now.Add(profileGood),
		"verified": p.Verified, "follower_count": p.Followers, "follows_account": p.FollowsAccount, "followed_by_account": p.FollowedByAccount,
	}
	for column, value := range map[string]string{"name": p.Name, "username": p.Username, "profile_picture_url": p.PictureURL} {
		if value != "" {
			changes[column] = value
		}
	}
	return changes
}
