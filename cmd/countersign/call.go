package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/schema"
	"countersign/internal/spelling"
	"countersign/internal/tool"
)

func newCall(cfg *config.Config, std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "call TOOL [key=value ... | JSON]",
		Short: "Carry out one tool call in this process and print its result",
		Long: "Carry out one tool call. Arguments are key=value (block.key=value within a block, a list is key=[\"a\",\"b\"]) or one JSON object. " +
			"What needs approval is asked here if this is a terminal that does not run under an MCP client.",
		Example: "  countersign call list_offers account=voltagepark --sandbox\n  countersign call create_vm --sandbox '{\"account\":\"voltagepark\",\"voltagepark_vm\":{…}}'",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return call(cmd.Context(), cfg, std, args[0], args[1:])
		},
	}
}

func call(ctx context.Context, cfg *config.Config, std streams, name string, args []string) error {
	a, err := newApp(ctx, cfg, std, appOptions{lookup: os.LookupEnv, quiet: true})
	if err != nil {
		return err
	}
	defer a.close()
	called := tool.Find(a.tools, name)
	if called == nil {
		return exit{exitUsage, a.noTool(name)}
	}
	arguments, err := callArguments(called.Input, args)
	if err != nil {
		return exit{exitUsage, err}
	}
	request := guard.Request{Tool: name, Arguments: arguments, Principal: localPrincipal}
	if term.IsTerminal(int(std.in.Fd())) {
		request.Person = guard.Approval{By: userName(), Road: guard.RoadTerminal, Terminal: terminalName(std.in)}
		request.Form = func(ctx context.Context, q guard.Question) (guard.Answer, error) {
			return askHere(ctx, std, a.desk(cfg), q)
		}
	}
	reply, err := a.guard.Call(ctx, request)
	if err != nil {
		return printFailure(std, err)
	}
	return a.printReply(ctx, std, reply)
}

// noTool returns the error for an unknown tool, with the reason and what to do.
func (a *app) noTool(name string) error {
	if len(a.accounts) == 0 {
		return fmt.Errorf("there is no tool %q, for no cloud is configured: set a key, which `countersign call list_accounts` names, or give --sandbox", name)
	}
	return noSuchTool(name, a.tools)
}

// noSuchTool returns the error for a name that none of these tools has.
func noSuchTool(name string, there []*tool.Definition) error {
	var names []string
	for _, d := range there {
		names = append(names, d.Name)
	}
	meant := ""
	if near := spelling.Nearest(name, names); near != "" {
		meant = "did you mean " + near + "? "
	}
	return fmt.Errorf("there is no tool %q for the configured clouds; %s`countersign tools` lists them", name, meant)
}

func (a *app) printReply(ctx context.Context, std streams, reply guard.Reply) error {
	if err := printJSON(std.out, reply.Output); err != nil {
		return err
	}
	if reply.Text != "" {
		_, _ = fmt.Fprintln(std.err, "\n"+reply.Text)
	}
	if reply.Deliver != "" {
		// The result was printed, whatever has ended the call meanwhile.
		if err := a.guard.Delivered(context.WithoutCancel(ctx), reply.Deliver); err != nil {
			a.log.Warn().Err(err).Msg("delivery could not be noted")
		}
	}
	outcome, ok := reply.Output.(tool.Outcome)
	switch {
	case !ok || outcome.Status == tool.StatusDone:
		return nil
	case outcome.Status == tool.StatusApprovalRequired:
		return exit{code: exitApproval}
	}
	return exit{code: exitUnknown}
}

func printFailure(std streams, err error) error {
	e := tool.AsError(err)
	if printErr := printJSON(std.out, e); printErr != nil {
		return printErr
	}
	switch e.Code {
	case tool.CodeInvalidArguments, tool.CodeUnknownAccount, tool.CodeUnknownOperation:
		return exit{code: exitUsage}
	case tool.CodeDenied, tool.CodeForbidden:
		return exit{code: exitRefused}
	case tool.CodeUnsettled:
		return exit{code: exitUnknown}
	case tool.CodeInternal:
		return exit{exitFailed, err}
	}
	return exit{code: exitFailed}
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// callArguments converts the command line to JSON arguments. Types are taken from
// the schema of the tool, so that limit=5 is a number and name=5 is a text.
func callArguments(s *schema.Schema, args []string) (json.RawMessage, error) {
	if len(args) == 1 && strings.HasPrefix(strings.TrimSpace(args[0]), "{") {
		return json.RawMessage(args[0]), nil
	}
	root := map[string]any{}
	for _, arg := range args {
		key, value, ok := strings.Cut(arg, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("argument %q is neither key=value nor the only, JSON one", arg)
		}
		if err := setArgument(root, s, strings.Split(key, "."), value); err != nil {
			return nil, err
		}
	}
	return json.Marshal(root)
}

func setArgument(root map[string]any, s *schema.Schema, path []string, value string) error {
	at := root
	for _, part := range path[:len(path)-1] {
		next, ok := at[part].(map[string]any)
		if !ok {
			if _, taken := at[part]; taken {
				return fmt.Errorf("%s is given twice", part)
			}
			next = map[string]any{}
			at[part] = next
		}
		at = next
	}
	last := path[len(path)-1]
	if _, taken := at[last]; taken {
		return fmt.Errorf("%s is given twice", strings.Join(path, "."))
	}
	at[last] = typed(s.TypeAt(path...), value)
	return nil
}

// typed converts a value to its schema's type. A value that does not fit stays a
// text, and validation reports it.
func typed(kind, value string) any {
	switch kind {
	case "integer", "number":
		if _, err := strconv.ParseFloat(value, 64); err == nil {
			return json.Number(value)
		}
	case "boolean":
		if b, err := strconv.ParseBool(value); err == nil {
			return b
		}
	case "array", "object":
		if json.Valid([]byte(value)) {
			return json.RawMessage(value)
		}
	}
	return value
}

// askHere asks the person at this terminal to approve a call, if there is one.
func askHere(ctx context.Context, std streams, desk guard.Desk, q guard.Question) (guard.Answer, error) {
	person, err := personAt(ctx, std, desk)
	if err != nil {
		return guard.Answer{}, guard.Unanswered("It is not asked here: " + err.Error() + ".")
	}
	answer, err := askTerminal(ctx, std, q)
	if err != nil || !q.Consents(answer) {
		return answer, err
	}
	if err := person.prove(ctx, std, desk, q.Operation); err != nil {
		return guard.Answer{}, guard.Unanswered("It was not approved here: " + err.Error() + ".")
	}
	answer.Proof = person.Proof
	return answer, nil
}

// askTerminal asks a question on this terminal.
func askTerminal(ctx context.Context, std streams, q guard.Question) (guard.Answer, error) {
	_, _ = fmt.Fprintf(std.err, "\n%s\n\n", q.Text)
	prompt := "Approve? Type yes to go on: "
	if q.Typed != "" {
		prompt = q.TypedLabel + " "
	}
	_, _ = fmt.Fprint(std.err, prompt)
	line, err := readTerminal(ctx, std.in)
	if err != nil {
		return guard.Answer{}, err
	}
	switch {
	case line == "" || q.Typed == "" && !strings.EqualFold(line, "yes"):
		return guard.Answer{Action: guard.Decline}, nil
	case q.Typed == "":
		return guard.Answer{Action: guard.Accept}, nil
	}
	return guard.Answer{Action: guard.Accept, Typed: line}, nil
}

func readTerminal(ctx context.Context, in *os.File) (string, error) {
	type answer struct {
		line string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(in).ReadString('\n')
		got <- answer{strings.TrimSpace(line), err}
	}()
	select {
	case a := <-got:
		if a.err != nil && !errors.Is(a.err, io.EOF) {
			return "", a.err
		}
		return a.line, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
