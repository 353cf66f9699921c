package simulator

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// journal is the state file: one JSON line for each thing that must survive a restart. Tokens need none, for they carry
// their own proof.
type journal struct {
	mu   sync.Mutex
	file *os.File // nil: memory only
}

// journalLine is one line; exactly one field is set.
type journalLine struct {
	SeededAt    *time.Time        `json:"seeded_at,omitempty"`
	Subscribed  *subscriptionLine `json:"subscribed,omitempty"`
	Message     *Message          `json:"message,omitempty"` // a new one, or a known one as it is now
	Old         *oldThreads       `json:"old,omitempty"`
	Customer    *Customer         `json:"customer,omitempty"`
	ClockOffset int64             `json:"clock_offset,omitempty"` // nanoseconds; the latest holds
}

type subscriptionLine struct {
	UserID string   `json:"user_id"`
	Fields []string `json:"fields"` // none: unsubscribed
}

// openJournal reads what is there, then appends. A last line that was cut off by a crash is ignored.
func openJournal(path string, replay func(journalLine)) (*journal, error) {
	if path == "" {
		return &journal{}, nil
	}
	if err := replayJournal(path, replay); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("open the simulator's state file: %w", err)
	}
	if _, err := file.WriteString("\n"); err != nil { // ends a cut-off line; an empty one means nothing
		return nil, fmt.Errorf("write the simulator's state file: %w", errors.Join(err, file.Close()))
	}
	return &journal{file: file}, nil
}

func replayJournal(path string, replay func(journalLine)) error {
	file, err := os.Open(path) //nolint:gosec // the operator names the file
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the simulator's state file: %w", err)
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 2*maxControlBytes)
	for lines.Scan() {
		var line journalLine
		if json.Unmarshal(lines.Bytes(), &line) == nil {
			replay(line)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the simulator's state file: %w", err)
	}
	return nil
}

func (j *journal) write(line journalLine) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("write the simulator's state file: %w", err)
	}
	if _, err := j.file.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write the simulator's state file: %w", err)
	}
	return nil
}

func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	file := j.file
	j.file = nil
	return file.Close()
}
