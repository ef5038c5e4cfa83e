package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/auth"
	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/tool"
)

func newToken(cfg *config.Config, std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, rotate, list and revoke the tokens of those who use the server over HTTP",
		Long:  "Make, rotate, list and revoke the tokens of those who use the server over HTTP, in the file of --tokens. `countersign help http` explains it.",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newTokenNew(cfg, std), newTokenRotate(cfg, std), newTokenList(cfg), newTokenRevoke(cfg, std))
	return cmd
}

// tokenWish has the flags for a new token.
type tokenWish struct {
	scopes, accounts []string
	policy, expires  string
}

func newTokenNew(cfg *config.Config, std streams) *cobra.Command {
	var wish tokenWish
	cmd := &cobra.Command{
		Use:   "new NAME --tokens FILE --scopes SCOPES",
		Short: "Make a token for somebody, and print it once",
		Long: "Make a token for somebody and add its hash to the file of --tokens, which is made where there is none. The token itself is printed once, on standard output, and kept nowhere. " +
			"A server that uses the file takes it at once. No scope approves: what needs a person is asked from one, whatever the scopes.",
		Example: "  countersign token new alice --tokens tokens.yaml --scopes read,write,spend --accounts gpcn --expires 90d",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path, err := tokensFile(cfg)
			if err != nil {
				return err
			}
			entry, err := wish.entry(args[0])
			if err != nil {
				return exit{exitUsage, err}
			}
			token, hash := auth.NewToken()
			entry.Hash = hash
			err = auth.AddToken(path, entry)
			if errors.Is(err, auth.ErrTokenExists) {
				return fmt.Errorf("token %s: %w; `countersign token rotate %s` gives it a new secret, and `token revoke` takes it back", entry.Name, err, entry.Name)
			}
			if err != nil {
				return fmt.Errorf("token %s: %w", entry.Name, err)
			}
			_, _ = fmt.Fprintln(std.out, token.Reveal()) //nolint:forbidigo // shown this once to whoever had it made
			_, _ = fmt.Fprintf(std.err, "Added %s to %s. The token is shown this once; clients send it as Authorization: Bearer TOKEN.\n", entry.Name, path)
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&wish.scopes, "scopes", nil, "what they may do, by commas: read, write, spend, destroy, and metrics for what scrapes /metrics")
	cmd.Flags().StringSliceVar(&wish.accounts, "accounts", nil, "accounts that they may use, by commas (default: all)")
	cmd.Flags().StringVar(&wish.policy, "own-policy", "", "file of rules that hold for them in place of the server's --policy")
	cmd.Flags().StringVar(&wish.expires, "expires", "", "when it ends: a day such as 2027-01-31, or how long from now as 12h or 90d (default: never)")
	return cmd
}

// tokensFile returns the path of the file of tokens.
func tokensFile(cfg *config.Config) (string, error) {
	if cfg.Tokens == "" {
		return "", exit{exitUsage, errors.New("say which file of tokens is meant: --tokens FILE, or the variable " + config.Variable("tokens"))}
	}
	return cfg.Tokens, nil
}

// scopeNamed parses a scope, with or without the part before its colon.
func scopeNamed(word string) (tool.Scope, error) {
	if strings.TrimPrefix(word, "server:") == "metrics" {
		return tool.ScopeMetrics, nil
	}
	return tool.ParseScope("cloud:" + strings.TrimPrefix(word, "cloud:"))
}

func (w tokenWish) entry(name string) (auth.Token, error) {
	t := auth.Token{Name: name}
	if err := auth.CheckName(name); err != nil {
		return t, fmt.Errorf("%q: %w", name, err)
	}
	if len(w.scopes) == 0 {
		return t, errors.New("say what the token may do: --scopes read,write,spend,destroy, or some of them")
	}
	var scopes []tool.Scope
	for _, word := range w.scopes {
		scope, err := scopeNamed(word)
		if err != nil {
			return t, fmt.Errorf("--scopes: %w", err)
		}
		scopes = append(scopes, scope)
	}
	t.Scopes = tool.NewScopes(scopes...)
	known := accountWords()
	for _, name := range w.accounts {
		if !slices.Contains(known, name) {
			return t, fmt.Errorf("--accounts: there is no account %q; there are %s", name, strings.Join(known, ", "))
		}
		t.Accounts = append(t.Accounts, cloud.AccountName(name))
	}
	var err error
	if w.policy != "" {
		if err := checkOwnRules(w.policy); err != nil {
			return t, err
		}
		if t.Policy, err = filepath.Abs(w.policy); err != nil {
			return t, err
		}
	}
	if w.expires != "" {
		if t.Expires, err = parseEnd(w.expires, time.Now()); err != nil {
			return t, fmt.Errorf("--expires: %w", err)
		}
	}
	return t, nil
}

// parseEnd parses a day, a time, or a duration from now.
func parseEnd(text string, now time.Time) (time.Time, error) {
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return future(at, now)
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return future(at, now)
	}
	long := text
	if days, is := strings.CutSuffix(text, "d"); is {
		var n int
		if _, err := fmt.Sscanf(days+";", "%d;", &n); err != nil || n > 10_000 {
			return time.Time{}, errors.New("a day such as 2027-01-31, or how long from now as 12h or 90d is expected")
		}
		long = fmt.Sprintf("%dh", 24*n)
	}
	d, err := time.ParseDuration(long)
	if err != nil {
		return time.Time{}, errors.New("a day such as 2027-01-31, or how long from now as 12h or 90d is expected")
	}
	return future(now.Add(d), now)
}

func future(at, now time.Time) (time.Time, error) {
	if !at.After(now) {
		return at, errors.New("that is over already")
	}
	return at, nil
}

// accountWords returns the possible names of accounts, whatever keys there are.
func accountWords() []string {
	var names []string
	for _, account := range bookAccounts() {
		names = append(names, string(account.Name))
	}
	return names
}

func newTokenList(cfg *config.Config) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the tokens with what they may do; the tokens themselves are nowhere",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := tokensFile(cfg)
			if err != nil {
				return err
			}
			file, err := auth.ReadFile(path, accountWords())
			if err != nil {
				return exit{exitUsage, err}
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			_, _ = fmt.Fprintln(table, "NAME\tSCOPES\tACCOUNTS\tPOLICY\tEXPIRES")
			var wrong []string
			for _, t := range file.Tokens {
				policy := policyText(t.Policy)
				if err := checkTokenRules(t); err != nil {
					policy, wrong = policy+" (WRONG)", append(wrong, fmt.Sprintf("countersign: %s is refused, for its policy cannot be used: %s\n", t.Name, err))
				}
				_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", t.Name, t.Scopes, accountsText(t.Accounts), policy, endText(t.Expires, time.Now()))
			}
			err = table.Flush()
			_, _ = fmt.Fprint(cmd.ErrOrStderr(), strings.Join(wrong, ""))
			return err
		},
	}
}

// checkTokenRules returns an error for a token whose own policy cannot be used.
func checkTokenRules(t auth.Token) error {
	if t.Policy == "" {
		return nil
	}
	return checkOwnRules(t.Policy)
}

func accountsText(names []cloud.AccountName) string {
	if names == nil {
		return "all"
	}
	var words []string
	for _, name := range names {
		words = append(words, string(name))
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ",")
}

func policyText(path string) string {
	if path == "" {
		return "the server's"
	}
	return path
}

func endText(at, now time.Time) string {
	switch {
	case at.IsZero():
		return "never"
	case !at.After(now):
		return "over since " + at.UTC().Format(time.DateOnly)
	}
	return at.UTC().Format(time.RFC3339)
}

func newTokenRevoke(cfg *config.Config, std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke NAME",
		Short: "Take a token back at once",
		Long:  "Take a token out of the file of --tokens. A server that uses the file lets nobody in with it from then on; what was asked and done with it stays on record.",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path, err := tokensFile(cfg)
			if err != nil {
				return err
			}
			if err := auth.RemoveToken(path, args[0]); err != nil {
				return noToken(args[0], path, err)
			}
			_, _ = fmt.Fprintf(std.err, "Revoked. Nobody gets in with the token of %[1]s any more.\n"+
				"Standing grants and open questions of %[1]s stay, and the next token of that name has them: `countersign grants list` and `countersign pending` show them, `grants revoke` and `deny` end them.\n", args[0])
			return nil
		},
	}
}

// noToken returns the error for a token that could not be changed.
func noToken(name, path string, err error) error {
	if errors.Is(err, auth.ErrNoToken) {
		err = fmt.Errorf("%w; `countersign token list` lists those of %s", err, path)
	}
	return exit{exitUsage, fmt.Errorf("token %s: %w", name, err)}
}

func newTokenRotate(cfg *config.Config, std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "rotate NAME",
		Short: "Make a new token in place of one, and print it once",
		Long: "Make a new token for a name that has one, with the same scopes, accounts, policy and end, and print it once, on standard output. " +
			"A server that uses the file of --tokens takes it at once, and the one before no more. Operations and grants belong to the name, so they stay.",
		Example: "  countersign token rotate alice --tokens tokens.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path, err := tokensFile(cfg)
			if err != nil {
				return err
			}
			token, hash := auth.NewToken()
			entry, err := auth.RotateToken(path, args[0], hash)
			if err != nil {
				return noToken(args[0], path, err)
			}
			_, _ = fmt.Fprintln(std.out, token.Reveal()) //nolint:forbidigo // shown this once to whoever had it made
			_, _ = fmt.Fprintf(std.err, "Rotated %s in %s: the token before is worth nothing from now on. The new one is shown this once; clients send it as Authorization: Bearer TOKEN.\n", entry.Name, path)
			if now := time.Now(); !entry.Expires.IsZero() && !entry.Expires.After(now) {
				_, _ = fmt.Fprintf(std.err, "It is %s, as the file says: change expires there.\n", endText(entry.Expires, now))
			}
			return nil
		},
	}
}
