//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// output collects what a process says, while a test reads it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// process is a running child. It ends with the test at the latest.
type process struct {
	name    string
	command *exec.Cmd
	said    output
	ended   chan struct{} // closed when it has ended
	code    int           // its exit code, then; -1 after a signal
}

// launch starts a program without waiting for anything. Nothing of the tests' own environment reaches it but PATH.
func launch(t *testing.T, environ []string, program string, args ...string) *process {
	t.Helper()
	p := &process{name: program, command: exec.Command(program, args...), ended: make(chan struct{})}
	p.command.Env = append([]string{"PATH=" + os.Getenv("PATH")}, environ...)
	p.command.Stdout, p.command.Stderr = &p.said, &p.said
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.command.Start(); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	go func() {
		_ = p.command.Wait()
		p.code = p.command.ProcessState.ExitCode()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.end()
		if t.Failed() {
			t.Logf("%s %s said:\n%s", program, strings.Join(args, " "), tail(p.said.String(), 60))
		}
	})
	return p
}

// kill is kill -9, and returns when the process is gone. A process that has ended already stays as it is.
func (p *process) kill() {
	_ = p.command.Process.Kill()
	<-p.ended
}

// end stops the process however it can: with SIGTERM, so that nothing of it stays behind, else with SIGKILL.
func (p *process) end() {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(15 * time.Second):
		p.kill()
	}
}

// stopBound is longer than any shutdown time that these tests set.
const stopBound = 15 * time.Second

// terminate asks the process to stop and returns its exit code.
func (p *process) terminate(t *testing.T) int {
	t.Helper()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("SIGTERM to %s: %v", p.name, err)
	}
	select {
	case <-p.ended:
		return p.code
	case <-time.After(stopBound):
		t.Fatalf("%s did not stop within %s of SIGTERM", p.name, stopBound)
		return 0
	}
}

// mustRun fails the test when the process has ended before it was told to.
func (p *process) mustRun(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
		t.Fatalf("%s ended by itself with code %d", p.name, p.code)
	default:
	}
}

// parlor runs a command of the binary to its end and returns what it printed.
func parlor(t *testing.T, environ []string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, binary, args...)
	command.Env = environ
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("parlor %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(stdout.String())
}

// eventually polls until the condition holds, and returns how long that took.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !holds() {
		if time.Since(began) > within {
			t.Fatalf("not within %s: %s", within, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(began)
}

// tail returns the last lines of a text.
func tail(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
