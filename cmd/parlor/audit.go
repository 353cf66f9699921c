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
	Account string `help:"Only this account: its id, or its Instagram user id."`
	Heads   string `help:"A log of the service (JSON lines): the heads that it wrote down daily are compared, too."`
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
	accounts, err := c.accounts(p, platform)
	if err != nil {
		return err
	}
	return c.verify(p, db, accounts, anchors)
}

func (c auditVerifyCommand) verify(p *process, db *tenants.DB, accounts []tenants.Account, anchors []tenants.AuditHead) error {
	whole := true
	for _, a := range accounts {
		report, err := db.VerifyAudit(tenants.WithAccount(p.ctx, a.ID), anchors...)
		if err != nil {
			return err
		}
		p.printf("%s @%s: %s\n", a.ID, a.Username, verdict(report))
		for _, finding := range report.Findings {
			p.printf("  %s\n", finding)
		}
		whole = whole && report.OK()
	}
	if !whole {
		return errSaid
	}
	return nil
}

func verdict(r tenants.AuditReport) string {
	text := fmt.Sprintf("%d lines, whole", r.Lines)
	if !r.OK() {
		text = fmt.Sprintf("%d lines, NOT WHOLE", r.Lines)
	}
	if r.Unchained > 0 {
		text += fmt.Sprintf(" (the first %d are from before there was a chain, and cannot be checked)", r.Unchained)
	}
	return text
}

func (c auditVerifyCommand) accounts(p *process, platform *tenants.Platform) ([]tenants.Account, error) {
	if c.Account != "" {
		found, err := findAccount(p.ctx, tenants.NewAccounts(platform), c.Account)
		return []tenants.Account{found}, err
	}
	return tenants.NewAccounts(platform).All(p.ctx)
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
