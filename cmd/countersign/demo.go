package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/internal/mcpserver/mcpclient"
)

// readingTime is how long the person of the demonstration reads a question. An
// answer within a second would be rejected as too fast.
const readingTime = 1200 * time.Millisecond

func newDemo(cfg *config.Config, std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Play one whole story on the sandbox, over real MCP, and print every step",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo(cmd.Context(), cfg, std.out)
		},
	}
}

func demo(ctx context.Context, cfg *config.Config, out io.Writer) error {
	if _, err := readOperator(cfg); err != nil {
		return err
	}
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the own binary: %w", err)
	}
	state, err := os.MkdirTemp("", "countersign-demo-")
	if err != nil {
		return fmt.Errorf("make a state folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(state) }()

	// The story is played under the standard rules, over stdin and stdout, and anchored nowhere.
	args := []string{"serve", "--sandbox", "--state", state, "--log-level", "error", "--policy=", "--audit-anchor=", "--tokens=", "--oauth-issuer=", "--oauth-audience="}
	if cfg.Prices != "" {
		args = append(args, "--prices", cfg.Prices)
	}
	s := &story{ctx: ctx, out: out}
	s.say("Starting the server as any MCP host does: countersign serve --sandbox")
	s.client, err = mcpclient.Start(ctx, mcpclient.Options{
		Command: binary,
		Args:    args,
		Stderr:  out,
		Form:    s.person,
	})
	if err != nil {
		return err
	}
	if err := s.tell(); err != nil {
		return errors.Join(err, s.client.Close())
	}
	if err := s.client.Close(); err != nil {
		return err
	}
	cfg.State, cfg.AuditAnchor = state, ""
	if err := s.audit(cfg); err != nil {
		return err
	}
	s.say("\nThat was the whole line. To use it, paste one of these:")
	_, err = fmt.Fprint(out, pasteable(binary))
	return err
}

// story plays one session of an agent that calls tools and a person who answers.
type story struct {
	ctx    context.Context //nolint:containedctx // one story, one context
	out    io.Writer
	client *mcpclient.Client
	typed  string // the name that the person will type when asked
}

func (s *story) say(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format+"\n", args...) }

// person reads a question and answers it.
func (s *story) person(ctx context.Context, f mcpclient.Form) (mcpclient.Answer, error) {
	s.say("\n  ---- a person is asked ----")
	for line := range strings.Lines(f.Message) {
		s.say("  | %s", strings.TrimRight(line, "\n"))
	}
	select {
	case <-time.After(readingTime):
	case <-ctx.Done():
		return mcpclient.Answer{}, ctx.Err()
	}
	if f.Field != "" {
		s.say("  %s\n  ---- the person types %q and accepts ----\n", f.Label, s.typed)
		return mcpclient.Answer{Action: "accept", Typed: s.typed}, nil
	}
	s.say("  ---- the person accepts ----\n")
	return mcpclient.Answer{Action: "accept"}, nil
}

// call calls a tool and reads its output.
func call1[Out any](s *story, name string, arguments any) (Out, error) {
	var out Out
	raw, err := json.Marshal(arguments)
	if err != nil {
		return out, err
	}
	s.say("agent> %s %s", name, raw)
	result, err := s.client.Call(s.ctx, name, raw)
	if err != nil {
		return out, fmt.Errorf("%s: %w", name, err)
	}
	if result.IsError {
		return out, fmt.Errorf("%s: %s", name, strings.Join(result.Text, " "))
	}
	return out, json.Unmarshal(result.Structured, &out)
}
