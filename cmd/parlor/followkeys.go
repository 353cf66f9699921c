package main

import (
	"context"
	"os"
	"strings"
	"time"

	"parlor/configs"
	"parlor/tenants"
)

// followKeys takes in the key ring's file whenever it changes, until ctx ends. A file that is not a good ring leaves the ring as it is, and is
// complained of once. Without a file there is nothing to follow.
func (h *house) followKeys(ctx context.Context) error {
	path := h.config.Sessions.KeysFile
	if path == "" {
		<-ctx.Done()
		return nil
	}
	ticker := time.NewTicker(ringPoll)
	defer ticker.Stop()
	taken, refused := h.config.Sessions.KeysText.Reveal(), ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		content, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		text := strings.TrimRight(string(content), "\r\n")
		if err == nil && text == taken {
			refused = ""
			continue
		}
		if err == nil {
			err = h.takeKeys(ctx, text)
		}
		switch {
		case err == nil:
			taken, refused = text, ""
		case refused == text+err.Error(): // seen twice: no file that is just being written
			h.log.ErrorContext(ctx, "keyring.refused", "error", err.Error(), "kept", h.ring.KIDs())
			refused = "told"
		case refused != "told":
			refused = text + err.Error()
		}
	}
}

// takeKeys puts the ring of the text in place and notes that in the installation's log.
func (h *house) takeKeys(ctx context.Context, text string) error {
	keys, err := configs.ParseSessionKeys(text)
	if err != nil {
		return err
	}
	before := h.ring.KIDs()
	if err := h.ring.Replace(ringKeys(keys), time.Now()); err != nil {
		return err
	}
	now := h.ring.KIDs()
	h.log.InfoContext(ctx, "keyring.changed", "kids", now, "before", before)
	err = h.platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		return tx.AuditPlatform(ctx, "", "keyring.changed", "", map[string]any{"kids": now, "before": before})
	})
	if err != nil {
		h.log.ErrorContext(ctx, "keyring.changed is not in the installation's log", "error", err.Error())
	}
	return nil
}
