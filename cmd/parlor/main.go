// Command parlor is the whole service and its tools: `parlor serve` runs it, `parlor demo` tries it, the rest set it up
// and look after it. It is wiring: what a command does lives in the packages it calls.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// The exit codes: scripts may rely on them.
const (
	exitOK    = 0
	exitError = 1 // the command was understood and did not succeed
	exitUsage = 2 // the command line was not understood
)

// commands is the command line.
type commands struct {
	Serve          serveCommand          `cmd:"" help:"Run the service. Settings come from the environment: configs/parlor.example.env."`
	Demo           demoCommand           `cmd:"" help:"Run a whole installation on this machine, with a simulated Instagram."`
	DB             dbCommand             `cmd:"" name:"db" help:"Set up the database's roles."`
	Migrate        migrateCommand        `cmd:"" help:"Bring the schema up to date, or show where it is."`
	Key            keyCommand            `cmd:"" help:"API keys of an account."`
	Keyring        keyringCommand        `cmd:"" help:"The keys that sign session tokens."`
	Audit          auditCommand          `cmd:"" help:"The accounts' logs."`
	Secrets        secretsCommand        `cmd:"" help:"Make the secrets of an installation, as files."`
	Simulator      simulatorCommand      `cmd:"" help:"Run the simulated Instagram alone."`
	ProveIsolation proveIsolationCommand `cmd:"" help:"Check the walls between accounts on the configured database."`
	Openapi        openapiCommand        `cmd:"" help:"Print the OpenAPI description of the HTTP interface."`
	BreakGlass     breakGlassCommand     `cmd:"" help:"Make a link that lets an operator in once, for the day on which no other door opens."`
	Doctor         doctorCommand         `cmd:"" help:"Check the configuration, the database, the addresses and whether the next step of the roll-out is safe."`
	Healthcheck    healthcheckCommand    `cmd:"" help:"Ask the running service on this machine whether it is ready; for containers."`
	Version        versionCommand        `cmd:"" help:"Print the version."`
}

// process is what a command may touch of the world around it.
type process struct {
	ctx     context.Context
	stdout  io.Writer
	stderr  io.Writer
	environ []string
}

// printf writes to standard output; a closed pipe is the reader's business.
func (p *process) printf(format string, args ...any) { _, _ = fmt.Fprintf(p.stdout, format, args...) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Environ()))
}

// exited carries the code with which kong wants to end, after --help.
type exited int

// run is main without the process: it parses args, runs the command until it is done or ctx ends, and returns the exit
// code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, environ []string) (code int) {
	defer func() {
		switch ended := recover().(type) {
		case nil:
		case exited:
			code = int(ended)
		default:
			panic(ended)
		}
	}()
	var c commands
	parser, err := kong.New(&c, kong.Name("parlor"), kong.Description("A self-hosted inbox for Instagram direct messages."),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { panic(exited(code)) }), kong.UsageOnError())
	if err != nil {
		return report(stderr, err, exitUsage)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		return report(stderr, err, exitUsage)
	}
	err = command.Run(&process{ctx: ctx, stdout: stdout, stderr: stderr, environ: environ})
	if err != nil && !errors.Is(err, errSaid) {
		return report(stderr, err, exitError)
	}
	if err != nil {
		return exitError
	}
	return exitOK
}

// errSaid ends a command with exitError whose output has said already why.
var errSaid = errors.New("said already")

func report(stderr io.Writer, err error, code int) int {
	_, _ = fmt.Fprintf(stderr, "parlor: %v\n", err)
	return code
}
