package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"parlor/conversations"
	"parlor/conversations/media"
	"parlor/conversations/push"
	"parlor/instagram"
	"parlor/tenants"
)

// Bounds of the job workers. A job whose process was killed is taken up again after rescueAfter, not after River's hour; so no job may take
// longer than jobTime.
const (
	jobTime      = 30 * time.Second
	rescueAfter  = 40 * time.Second
	sendsAtOnce  = 8
	importsAt    = 4
	profilesAt   = 2
	pushesAtOnce = 4
	openingStore = 10 * time.Second
)

// keepFiles makes what serves media, with the blob store behind it when one is configured.
func (h *house) keepFiles() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), openingStore)
	defer cancel()
	if address := h.config.Media.BlobURL; address != "" {
		if h.bucket, err = media.OpenBucket(ctx, address); err != nil {
			return fmt.Errorf("PARLOR_BLOB_URL: %w", err)
		}
	}
	h.media, err = media.New(media.Options{
		DB: h.db, Platform: h.platform, Bucket: h.bucket, Key: h.config.SealingKey.Bytes(), PublicURL: h.config.HTTP.PublicURL,
		KeepDays: h.config.Media.KeepDays, ExtraHosts: h.config.Media.ExtraHosts, Refetch: h.refetch, Logger: h.log,
	})
	return err
}

// refetch asks Instagram for the attachments of a message again.
func (h *house) refetch(ctx context.Context, mid string) (list []instagram.Attachment, err error) {
	err = h.connections.Call(ctx, func(ctx context.Context, token instagram.Secret) error {
		m, err := h.client.StoredMessage(ctx, token, mid)
		list = m.Attachments
		return err
	})
	if instagram.FaultOf(err) == instagram.FaultPermanent {
		return nil, media.ErrExpired // older than the newest that Instagram gives, or taken back
	}
	return list, err
}

// takeMessages makes the way from a webhook to an open page, and the way back to the customer.
func (h *house) takeMessages() error {
	h.inbox = conversations.NewStore(h.db, nil)
	if h.config.Instagram.HumanAgent {
		h.inbox = h.inbox.WithHumanAgent()
	}
	h.live = conversations.NewLive(h.platform, h.log)
	if err := h.makeEraser(); err != nil {
		return err
	}
	if err := h.makePush(); err != nil {
		return err
	}
	h.ingest = conversations.NewIngest(conversations.IngestOptions{
		DB: h.db, Platform: h.platform, Accounts: h.accounts, News: h.push.News,
		UnreadableKeep: h.config.UnreadableKeep, RawKeep: h.config.RawKeep, Erased: h.eraser.ErasedAt, Logger: h.log,
	})
	h.replier = conversations.NewReplier(conversations.ReplierOptions{DB: h.db, Accounts: h.accounts, HumanAgent: h.config.Instagram.HumanAgent})
	return h.takeJobs()
}

// registrar is a worker of the queue.
type registrar interface {
	Register(workers *river.Workers) error
}

// takeJobs makes everything that the queue works on.
func (h *house) takeJobs() (err error) {
	importer := conversations.NewImporter(conversations.ImporterOptions{DB: h.db, Accounts: h.accounts, Erased: h.eraser.ErasedAt})
	tender := instagram.NewTender(h.connections, h.platform, h.log)
	watchdog := conversations.NewWatchdog(conversations.WatchdogOptions{
		DB: h.db, Platform: h.platform, Prove: h.connections.Prove, MinSilence: h.config.MinSilence, Logger: h.log,
	})
	chains := conversations.NewChains(h.db, h.platform, h.log)
	heads := &headsWorker{house: h}
	workers := river.NewWorkers()
	for _, r := range []registrar{
		conversations.NewApplier(h.db, h.log, nil).WithErased(h.eraser.ErasedAt).WithNews(h.push.News),
		conversations.PutAside{Platform: h.platform},
		conversations.NewReplySender(conversations.SenderOptions{
			DB: h.db, Gate: h.connections, Client: h.client, Importer: importer, UploadURL: h.uploadURL, Logger: h.log,
			HumanAgent: h.config.Instagram.HumanAgent,
		}),
		conversations.NewBackfiller(conversations.BackfillerOptions{
			DB: h.db, Gate: h.connections, Client: h.client, Importer: importer, Logger: h.log,
		}),
		conversations.NewProfiler(h.db, h.connections, h.client, h.log, nil),
		conversations.NewIndexer(h.db),
		conversations.NewWaker(h.db, tenants.NewMembers(h.platform), nil).WithGone(h.push.Left),
		tender, watchdog, chains, h.eraser, heads, h.push,
	} {
		if err := r.Register(workers); err != nil {
			return fmt.Errorf("job workers: %w", err)
		}
	}
	h.jobs, err = h.platform.Jobs(&river.Config{
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			river.QueueDefault:          {MaxWorkers: int(max(2, h.config.Database.MaxConns/2))},
			conversations.SendsQueue:    {MaxWorkers: sendsAtOnce},
			conversations.ImportsQueue:  {MaxWorkers: importsAt},
			conversations.ProfilesQueue: {MaxWorkers: profilesAt},
			push.Queue:                  {MaxWorkers: pushesAtOnce},
		},
		PeriodicJobs: append(tender.Periodic(), watchdog.Periodic(), chains.Periodic(), heads.periodic()),
		JobTimeout:   jobTime, RescueStuckJobsAfter: rescueAfter,
	})
	return err
}

// uploadURL gives the address under which Instagram fetches a file that is being sent.
func (h *house) uploadURL(account tenants.AccountID, upload uuid.UUID) string {
	return h.media.OutURL(account, upload)
}

// erasureLabel sets the eraser's key apart from everything else that is derived from the sealing key.
const erasureLabel = "parlor erasures v1"

func (h *house) makeEraser() error {
	key, err := hkdf.Key(sha256.New, h.config.SealingKey.Bytes(), nil, erasureLabel, sha256.Size)
	if err != nil {
		return fmt.Errorf("erasure key: %w", err)
	}
	h.eraser, err = conversations.NewEraser(conversations.EraserOptions{
		DB: h.db, Platform: h.platform, Accounts: h.accounts, Key: key,
		Disconnect: h.connections.Disconnect, RemoveFiles: h.media.RemoveAll, Logger: h.log,
	})
	return err
}

// makePush makes what tells devices, where the installation has a key for it. Without one h.push stays nil, which tells nobody.
func (h *house) makePush() (err error) {
	key := h.config.PushKey.Bytes()
	if len(key) == 0 {
		return nil
	}
	h.push, err = push.New(push.Options{
		DB: h.db, Members: tenants.NewMembers(h.platform), Stands: h.stands, Key: key, SealingKey: h.config.SealingKey.Bytes(),
		PublicURL: h.config.HTTP.PublicURL, Logger: h.log,
	})
	if err != nil {
		return fmt.Errorf("PARLOR_PUSH_KEY: %w", err)
	}
	return nil
}

// stands asks the sessions, which are made after this.
func (h *house) stands(ctx context.Context, id tenants.SessionID, user tenants.UserID) (bool, error) {
	return h.sessions.Stands(ctx, id, user)
}
