package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"parlor/configs"
	"parlor/tenants"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Check that the accounts' logs are whole: no line changed, none missing, no tail cut."`
}

type auditVerifyCommand struct {
	Account   string `help:"Only this account: its id, or its Instagram user id."`
	Heads     string `help:"A log of the service (JSON lines): the heads that it wrote down daily are compared, too."`
	Unchained int64  `help:"How many lines at the beginning of a log may be from before there was a chain; more are a finding." default:"0"`
}

// Run checks and prints one line for each account. It ends with an error when a log is not whole.
func (c auditVerifyCommand) Run(p *process) error {
	database, err := configs.DatabaseFromEnv(p.environ, "DATABASE_URL", "PLATFORM_DATABASE_URL")
	if err != nil {
		return err
	}
	key, err := configs.AuditKeyFromEnv(p.environ)
	if err != nil {
		return err
	}
	anchors, err := c.anchors()
	if err != nil {
		return err
	}
	options := tenants.Options{MaxConns: 2, AuditKey: key.Bytes()}
	db, err := tenants.Open(p.ctx, database.App.Reveal(), options)
	if err != nil {
		return fmt.Errorf("PARLOR_DATABASE_URL: %w", err)
	}
	defer db.Close()
	platform, err := tenants.OpenPlatform(p.ctx, database.Platform.Reveal(), options)
	if err != nil {
		return fmt.Errorf("PARLOR_PLATFORM_DATABASE_URL: %w", err)
	}
	defer platform.Close()
	store := tenants.NewAccounts(platform)
	accounts, err := c.accounts(p, store)
	if err != nil {
		return err
	}
	whole, err := c.verify(p, db, store, accounts, anchors)
	if err != nil {
		return err
	}
	if c.Account == "" {
		missing, err := c.missing(p, store, accounts, anchors)
		if err != nil {
			return err
		}
		whole = whole && !missing
	}
	if !whole {
		return errSaid
	}
	return nil
}

func (c auditVerifyCommand) verify(p *process, db *tenants.DB, store *tenants.Accounts, accounts []tenants.Account, anchors []tenants.AuditHead) (whole bool, err error) {
	peopled, err := store.WithMembers(p.ctx)
	if err != nil {
		return false, err
	}
	whole = true
	for _, a := range accounts {
		connected := a.Status != tenants.AccountConnecting && a.Status != tenants.AccountSuspended
		report, err := db.VerifyAudit(tenants.WithAccount(p.ctx, a.ID), tenants.AuditExpected{
			Heads: anchors, Unchained: c.Unchained, Begun: connected || peopled[a.ID],
		})
		if err != nil {
			return false, err
		}
		p.printf("%s @%s: %s\n", a.ID, a.Username, verdict(report))
		for _, finding := range report.Findings {
			p.printf("  %s\n", finding)
		}
		whole = whole && report.OK()
	}
	return whole, nil
}

// missing tells of heads whose account is not there, and was not deleted either: a log is not whole by being out of sight.
func (auditVerifyCommand) missing(p *process, store *tenants.Accounts, accounts []tenants.Account, anchors []tenants.AuditHead) (found bool, err error) {
	seen := map[tenants.AccountID]bool{}
	for _, a := range accounts {
		seen[a.ID] = true
	}
	for _, head := range anchors {
		if seen[head.AccountID] {
			continue
		}
		seen[head.AccountID] = true
		_, _, err := store.Tombstone(p.ctx, head.AccountID)
		if err == nil {
			continue
		}
		if !errors.Is(err, tenants.ErrNotFound) {
			return false, err
		}
		p.printf("%s: NOT THERE\n  its head was logged, but there is no such account, and none was deleted\n", head.AccountID)
		found = true
	}
	return found, nil
}

func verdict(r tenants.AuditReport) string {
	text := fmt.Sprintf("%d lines, whole", r.Lines)
	if !r.OK() {
		text = fmt.Sprintf("%d lines, NOT WHOLE", r.Lines)
	}
	if r.Unchained > 0 {
		text += fmt.Sprintf(" (the first %d have no MAC, as lines from before there was a chain, and cannot be checked)", r.Unchained)
	}
	return text
}

func (c auditVerifyCommand) accounts(p *process, store *tenants.Accounts) ([]tenants.Account, error) {
	if c.Account != "" {
		found, err := findAccount(p.ctx, store, c.Account)
		return []tenants.Account{found}, err
	}
	return store.All(p.ctx)
}

// anchors reads the heads out of a log. What is no line of ours is passed over, for logs are mixed.
func (c auditVerifyCommand) anchors() ([]tenants.AuditHead, error) {
	if c.Heads == "" {
		return nil, nil
	}
	file, err := os.Open(c.Heads)
	if err != nil {
		return nil, fmt.Errorf("read the heads: %w", err)
	}
	defer func() { _ = file.Close() }()
	var heads []tenants.AuditHead
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadBytes('\n')
		if head, ok := readHead(line); ok {
			heads = append(heads, head)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read the heads: %w", err)
		}
	}
	if len(heads) == 0 {
		return nil, errors.New("the log that --heads names holds no head (lines with the message " + headMessage + ", in JSON)")
	}
	return heads, nil
}

func readHead(line []byte) (tenants.AuditHead, bool) {
	var l struct {
		Msg       string `json:"msg"`
		AccountID string `json:"account_id"`
		Seq       int64  `json:"seq"`
		MAC       string `json:"mac"`
	}
	if json.Unmarshal(line, &l) != nil || l.Msg != headMessage {
		return tenants.AuditHead{}, false
	}
	id, idErr := tenants.ParseAccountID(l.AccountID)
	mac, macErr := hex.DecodeString(l.MAC)
	return tenants.AuditHead{AccountID: id, Seq: l.Seq, MAC: mac}, idErr == nil && macErr == nil && l.Seq > 0
}
