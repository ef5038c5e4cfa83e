package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

func newSettle(cfg *config.Config, std streams) *cobra.Command {
	var unchecked bool
	cmd := &cobra.Command{
		Use:   "settle OPERATION made=ID ... | done | nothing",
		Short: "Say what came of an operation that nobody could find out about",
		Long: "Close an operation whose outcome stays unknown, after you have looked at the cloud yourself: made=ID, with the exact ID of what it made " +
			"(once for each), done for one that makes nothing, or nothing. The cloud is asked first, and an ID is looked up where the account is configured here. " +
			"It needs a real terminal of your own, as approving does. The agent's repeated call is given what you said.",
		Example: "  countersign settle op_… made=0b6b…\n  countersign settle op_… nothing",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return settle(cmd.Context(), cfg, std, args[0], args[1:], unchecked)
		},
	}
	cmd.Flags().BoolVar(&unchecked, "unchecked", false, "settle also what the cloud cannot be asked about here")
	return cmd
}

// settle closes an operation with the outcome that a person states.
func settle(ctx context.Context, cfg *config.Config, std streams, id string, words []string, unchecked bool) error {
	if _, err := existingState(cfg); err != nil {
		return err
	}
	a, err := newApp(ctx, cfg, std, appOptions{lookup: os.LookupEnv, quiet: true})
	if err != nil {
		return err
	}
	defer a.close()
	desk := a.desk(cfg)
	op, _, err := question(ctx, desk, id)
	if err != nil {
		return err
	}
	said, err := a.said(op, words)
	if err != nil {
		return exit{exitUsage, err}
	}
	person, err := personAt(ctx, std, desk)
	if err != nil {
		return err
	}
	op, looked, err := a.guard.Look(ctx, op)
	if err != nil {
		return refuse(err)
	}
	if op.State != store.Unknown {
		return tellState(std, op.ID, desk.StateOf(op))
	}
	said.Unclear = looked.Why
	checks, err := a.check(ctx, op, &said, looked)
	if err != nil {
		return err
	}
	q, err := desk.Question(ctx, op)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(std.err, "\n%s\n\n%s\n%s", q.Text, looked.Why, checks)
	if err := borneOut(said); err != nil && !unchecked {
		return err
	}
	q = guard.SettleQuestion(op, said)
	answer, err := askTerminal(ctx, std, q)
	if err != nil {
		return err
	}
	if !q.Consents(answer) {
		_, _ = fmt.Fprintln(std.err, "Not settled; it stays unknown.")
		return exit{code: exitRefused}
	}
	if err := person.prove(ctx, std, desk, op.ID); err != nil {
		return err
	}
	if err := desk.Settle(ctx, op, person.Approval, said); err != nil {
		return refuse(err)
	}
	_, _ = fmt.Fprintln(std.err, "Settled. The agent's repeated call is given what you said, once.")
	return nil
}

// borneOut returns why the cloud does not bear a statement out.
func borneOut(said guard.Said) error {
	switch {
	case len(said.Doubts) > 0:
		return exit{exitRefused, fmt.Errorf("that does not look like what it made: %s; look at the cloud again, and say --unchecked if you are sure", strings.Join(said.Doubts, ", and "))}
	case !said.Checked:
		return exit{exitRefused, errors.New("this could not be checked at the cloud; look there yourself, and say --unchecked if you are sure")}
	}
	return nil
}

// tellState reports that an operation has already been settled.
func tellState(std streams, id string, state store.State) error {
	_, _ = fmt.Fprintf(std.err, "Operation %s is %s; nothing is left to be settled.\n", id, state)
	if state == store.Done || state == store.Failed {
		return nil
	}
	return exit{code: exitRefused}
}

// said parses the outcome on the command line.
func (a *app) said(op store.Operation, words []string) (guard.Said, error) {
	kind, err := a.guard.MadeKind(op)
	if err != nil {
		return guard.Said{}, err
	}
	var said guard.Said
	for _, word := range words {
		id, isID := strings.CutPrefix(word, "made=")
		switch {
		case isID && id != "":
			said.Made = append(said.Made, tool.MadeID{Kind: kind, ID: id})
		case word == "done":
			said.Done = true
		case word == "nothing":
			said.Nothing = true
		default:
			return guard.Said{}, fmt.Errorf("%q is neither made=ID, nor done, nor nothing", word)
		}
	}
	return said, guard.Fits(op, said)
}

// check looks the IDs of a statement up at the cloud with the tool that reads their
// kind. It sets whether the cloud bears the statement out and what speaks against it,
// and returns a text for the person.
func (a *app) check(ctx context.Context, op store.Operation, said *guard.Said, looked guard.Looked) (text string, err error) {
	checked := true
	for _, made := range said.Made {
		row, seen, err := a.look(ctx, op, made)
		if err != nil {
			checked = false
			text += fmt.Sprintf("%s %s could not be checked: %s\n", made.Kind, made.ID, err)
			continue
		}
		text += fmt.Sprintf("%s %s is there: %s\n", made.Kind, made.ID, row)
		doubts, err := guard.Doubts(op, seen, looked.Possible)
		if err != nil {
			return "", err
		}
		for _, doubt := range doubts {
			said.Doubts = append(said.Doubts, fmt.Sprintf("of %s, %s", made.ID, doubt))
		}
	}
	said.Checked = checked && len(said.Doubts) == 0 && (looked.Asked || len(said.Made) > 0)
	return text, nil
}

// look reads one thing; the error says in plain words why it cannot be read.
func (a *app) look(ctx context.Context, op store.Operation, made tool.MadeID) (string, guard.Seen, error) {
	name, key := "get_"+made.Kind, made.Kind+"_id"
	if d := tool.Find(a.tools, name); d == nil || d.Input.TypeAt(key) != "string" {
		return "", guard.Seen{}, errors.New("no tool reads one by its ID here; is the account's key set in this terminal?")
	}
	arguments, err := json.Marshal(map[string]string{"account": op.Account, key: made.ID})
	if err != nil {
		return "", guard.Seen{}, err
	}
	reply, err := a.guard.Call(ctx, guard.Request{Tool: name, Arguments: arguments, Principal: localPrincipal})
	if err != nil {
		return "", guard.Seen{}, errors.New(tool.AsError(err).Message)
	}
	return outline(reply.Output, made)
}

// outline returns the fields of a tool's output by which a person recognizes a
// thing. It is an error if the ID is another one.
func outline(output any, made tool.MadeID) (string, guard.Seen, error) {
	seen := guard.Seen{Made: made}
	raw, err := json.Marshal(output)
	if err != nil {
		return "", seen, err
	}
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		return "", seen, err
	}
	if fields["id"] != made.ID {
		return "", seen, fmt.Errorf("the cloud answers with another one, %q", fields["id"])
	}
	texts := map[string]string{}
	var parts []string
	for _, key := range []string{"name", "power", "status", "created_at"} {
		if value, ok := fields[key].(string); ok && value != "" {
			texts[key] = value
			parts = append(parts, fmt.Sprintf("%s %q", strings.ReplaceAll(key, "_", " "), value))
		}
	}
	seen.Name = texts["name"]
	if text := texts["created_at"]; text != "" {
		if seen.CreatedAt, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return "", seen, fmt.Errorf("the cloud's time of creation cannot be read: %w", err)
		}
	}
	return strings.Join(parts, ", "), seen, nil
}

// settleCommand returns the command line by which a person settles an operation.
func settleCommand(cfg *config.Config, op store.Operation) (string, error) {
	makes, err := guard.Makes(op)
	outcome := "done"
	if makes {
		outcome = "made=ID"
	}
	return deskCommand(cfg, "settle") + " " + op.ID + " " + outcome + ", or nothing", err
}
