package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"countersign/internal/config"
)

// streams are the process's standard streams; tests replace them.
type streams struct {
	in  *os.File
	out io.Writer
	err io.Writer
}

// Exit codes, the same for every subcommand; `countersign help exit-codes`
// explains them.
const (
	exitOK       = 0
	exitFailed   = 1 // the cloud or the system failed
	exitUsage    = 2 // invalid arguments
	exitApproval = 3 // a person has to approve first
	exitRefused  = 4 // a person or the rules refused
	exitUnknown  = 5 // still running, or the response was lost
)

// exit is an error with an exit code. Its text is printed, unless err is nil.
type exit struct {
	code int
	err  error
}

// Error implements error.
func (e exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// Unwrap returns the error that led to this exit.
func (e exit) Unwrap() error { return e.err }

// refuse makes err an exit with exitRefused; nil stays nil.
func refuse(err error) error {
	if err == nil {
		return nil
	}
	return exit{exitRefused, err}
}

func execute(ctx context.Context, args []string, std streams) int {
	root := newRoot(std)
	root.SetArgs(args)
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	// An error before the command begins is a usage error.
	begin, began := root.PersistentPreRunE, false
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		began = true
		return begin(cmd, args)
	}
	err := root.ExecuteContext(ctx)
	var e exit
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		if text := e.Error(); text != "" {
			_, _ = fmt.Fprintln(std.err, "countersign: "+text)
		}
		return e.code
	}
	_, _ = fmt.Fprintln(std.err, "countersign: "+err.Error())
	if !began {
		return exitUsage
	}
	return exitFailed
}

func newRoot(std streams) *cobra.Command {
	cfg := &config.Config{}
	root := &cobra.Command{
		Use:           "countersign",
		Short:         "An MCP server that hands cloud accounts to AI agents behind a person's countersignature",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := config.CheckEnvironment(cmd.Flags(), os.Environ()); err != nil {
				return exit{exitUsage, err}
			}
			if err := config.ApplyEnvironment(cmd.Flags(), os.LookupEnv); err != nil {
				return exit{exitUsage, err}
			}
			if err := cfg.Check(); err != nil {
				return exit{exitUsage, err}
			}
			return nil
		},
	}
	cfg.Bind(root.PersistentFlags())
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return exit{exitUsage, config.ValueError("", err)} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		newServe(cfg, std), newCall(cfg, std), newTools(cfg), newSandbox(cfg),
		newPending(cfg), newShow(cfg), newApprove(cfg, std), newDeny(cfg, std),
		newSettle(cfg, std), newApprover(cfg, std), newGrants(cfg, std), newToken(cfg, std),
		newAudit(cfg, std), newPolicy(cfg, std), newDemo(cfg, std), newDocs(),
	)
	root.SetHelpCommand(newHelp())
	helpOf(root)
	for _, sub := range root.Commands() {
		plainArguments(sub)
	}
	return root
}

// version returns the version from the build information.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "dev"
	}
	return info.Main.Version
}
