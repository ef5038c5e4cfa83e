package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"countersign/internal/auth"
	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/policy"
	"countersign/internal/tool"
)

func newPolicy(cfg *config.Config, std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Show the rules, explain what they say to a call, and test them",
		Long:  "Show the rules that hold, explain what they say to a call, and test them against a table of your own. `countersign help policy` tells how to write them.",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPolicyShow(cfg), newPolicyExplain(cfg, std), newPolicyTest(cfg))
	return cmd
}

func newPolicyShow(cfg *config.Config) *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Show the rules that hold, in order, with what is protected and the caps",
		Long: "Show the rules that hold, in order, with what is protected and the caps. What is hardly meant is noted on standard error: rules that are never reached, two of one name, " +
			"and with --tokens principals that the file of tokens does not have.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			files, err := readOperator(cfg)
			if err != nil {
				return err
			}
			file := cfg.Policy
			if file == "" {
				file = "none"
			}
			if _, err = fmt.Fprintf(cmd.OutOrStdout(), "file        %s\n%s", file, files.rules.Text()); err != nil {
				return err
			}
			return printNotes(cfg, cmd.ErrOrStderr())
		},
	}
}

// printNotes prints what is hardly meant in the policy file, for the person who wrote it.
func printNotes(cfg *config.Config, w io.Writer) error {
	if cfg.Policy == "" {
		return nil
	}
	file, err := policyFile(cfg.Policy)
	if err != nil {
		return exit{exitUsage, err}
	}
	var principals []string
	if cfg.Tokens != "" {
		tokens, err := auth.ReadFile(cfg.Tokens, accountWords())
		if err != nil {
			return exit{exitUsage, err}
		}
		principals = []string{localPrincipal}
		for _, t := range tokens.Tokens {
			principals = append(principals, t.Name)
		}
	}
	for _, note := range file.Notes(principals) {
		_, _ = fmt.Fprintln(w, "countersign: note: "+note)
	}
	return nil
}

func newPolicyExplain(cfg *config.Config, std streams) *cobra.Command {
	principal := localPrincipal
	cmd := &cobra.Command{
		Use:   "explain TOOL [key=value ... | JSON]",
		Short: "Tell what the rules say to a call, without making it",
		Long: "Plan a call for real, by reading the clouds that it is about, and tell which rule decides about it and why. " +
			"No operation is stored and nothing but reads is sent. With --principal it is the call of somebody else; where --tokens has a token of that name, with its accounts and its own rules.",
		Example: "  countersign policy explain power_vm account=voltagepark vm_id=… action=stop",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return explain(cmd.Context(), cfg, std, principal, args)
		},
	}
	cmd.Flags().StringVar(&principal, "principal", localPrincipal, "whose call it is: the name of a token, or the subject of an issuer as operations have it")
	return cmd
}

// explain explains the call of a principal; args are the tool and its arguments.
func explain(ctx context.Context, cfg *config.Config, std streams, principal string, args []string) error {
	name, args := args[0], args[1:]
	a, err := newApp(ctx, cfg, std, appOptions{lookup: os.LookupEnv, quiet: true})
	if err != nil {
		return err
	}
	defer a.close()
	realm, err := a.realmNamed(principal)
	if err != nil {
		return exit{exitUsage, err}
	}
	called := tool.Find(realm.tools, name)
	if called == nil {
		return exit{exitUsage, a.noTool(name)}
	}
	arguments, err := callArguments(called.Input, args)
	if err != nil {
		return exit{exitUsage, err}
	}
	e, err := realm.guard.Explain(ctx, guard.Request{Tool: name, Arguments: arguments, Principal: principal})
	if err != nil {
		return printFailure(std, err)
	}
	printExplanation(std.out, name, e)
	return nil
}

// printExplanation prints first which rule decides, and then the facts that it
// used.
func printExplanation(w io.Writer, name string, e guard.Explanation) {
	row := func(title, format string, args ...any) {
		_, _ = fmt.Fprintf(w, "%-11s %s\n", title, fmt.Sprintf(format, args...))
	}
	row("outcome", "%s", e.Verdict.Outcome)
	row("decided by", "%s", e.Verdict.Rule)
	row("reason", "%s", e.Verdict.Reason)
	if e.OverCap != nil {
		row("caps", "refused: %s", e.OverCap.Message)
	}
	row("call", "%s (%s) on %s: %s", name, e.Noun, e.Plan.Account, e.Plan.Summary)
	effects := effectWords(e.Plan.Effects)
	if len(e.Plan.Effects) > len(e.Planned) {
		effects += " (the last because rules go by what it changes)"
	}
	row("effects", "%s", effects)
	if e.Plan.Action != "" {
		row("action", "%s%s", e.Plan.Action, map[bool]string{true: ", which nothing here undoes"}[e.Plan.Final])
	}
	row("adds", "%s", addsWords(e.Plan))
	for _, t := range e.Plan.Targets {
		row("thing", "%s", targetWords(t))
	}
	for _, made := range e.Plan.MadeNames {
		row("makes", "%q", cloud.CleanText(made))
	}
	for _, place := range []struct{ title, id string }{{"location", e.Plan.Location}, {"offer", e.Plan.Offer}} {
		if place.id != "" {
			row(place.title, "%s", place.id)
		}
	}
	for _, fact := range e.Plan.Budget {
		row("budget", "%s: %s", fact.Label, fact.Value)
	}
	if e.Plan.Nothing != "" {
		row("but", "%s", e.Plan.Nothing)
	}
}

func effectWords(effects []tool.Effect) string {
	var all []string
	for _, e := range effects {
		all = append(all, e.String())
	}
	return strings.Join(all, ", ")
}

// addsWords describes the figures that rules about cost use.
func addsWords(p tool.Plan) string {
	adds := policy.Adds(p)
	switch {
	case adds == nil:
		return "an amount per hour that is not known"
	case adds.Currency == "":
		return "nothing to the bill"
	}
	return adds.String() + " per hour"
}

func targetWords(t tool.Target) string {
	text := fmt.Sprintf("%s %s %q", t.Kind, t.ID, t.Name)
	for _, former := range t.FormerNames {
		text += fmt.Sprintf(", formerly %q", former)
	}
	if len(t.Tags) > 0 {
		text += fmt.Sprintf(", tags %q", t.Tags)
	}
	return text
}

func newPolicyTest(cfg *config.Config) *cobra.Command {
	return &cobra.Command{
		Use:   "test CASES.txtar",
		Short: "Hold the rules against a table of calls and the outcomes that they should have",
		Long: "Judge each call of a table and say whether it has the outcome that the table wants; exit code 1 where one has not. " +
			"The table may bring its own policy, as policy.yaml; else the one of --policy is tested. No cloud is needed.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return testPolicy(cfg, cmd.OutOrStdout(), args[0])
		},
	}
}

func testPolicy(cfg *config.Config, w io.Writer, path string) error {
	known, err := knownWords()
	if err != nil {
		return err
	}
	cases, err := policy.ReadCases(path, func(name string) string {
		if i := slices.Index(known.Tools, name); i >= 0 {
			return known.Nouns[i]
		}
		return ""
	})
	if err != nil {
		return exit{exitUsage, err}
	}
	files, err := readOperator(cfg)
	if err != nil {
		return err
	}
	rules := files.rules
	if cases.Policy != nil {
		if err := cases.Policy.Check(known); err != nil {
			return exit{exitUsage, err}
		}
		rules = cases.Policy.Rules
	}
	failed := 0
	for _, c := range cases.All {
		v, ok := c.Run(rules)
		if ok {
			_, _ = fmt.Fprintf(w, "ok    %s: %s by %s\n", c.Name, v.Outcome, v.Rule)
			continue
		}
		failed++
		_, _ = fmt.Fprintf(w, "FAIL  %s: want %s, got %s by %s: %s\n", c.Name, strings.Join(slices.DeleteFunc([]string{string(c.Want), c.Rule}, func(s string) bool { return s == "" }), " by "), v.Outcome, v.Rule, v.Reason)
	}
	if failed > 0 {
		return exit{exitFailed, fmt.Errorf("%d of %d cases came out otherwise than the table wants", failed, len(cases.All))}
	}
	return nil
}
