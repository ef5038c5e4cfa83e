package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"countersign/internal/config"
	"countersign/internal/help"
)

// usedSettings returns the settings that a command uses; all is true for the one that uses
// all. Every command takes every setting, so that an environment serves all of them, but
// its help shows what changes something.
func usedSettings(path string) (settings []string, all bool) {
	state := []string{"state", "sandbox", "audit-anchor"}
	rules := []string{"policy", "prices", "read-only"}
	calls := slices.Concat(state, rules, []string{
		"sandbox-seed", "toolsets", "marks", "ask-ttl", "use-ttl", "form-min-seconds", "timeout", "retries", "settle-grace", "max-pending", "log-level", "log-format",
	})
	command, rest, _ := strings.Cut(path, " ")
	switch command {
	case "serve":
		return nil, true
	case "call", "settle":
		return calls, false
	case "approve":
		return append(state, "use-ttl"), false
	case "pending", "show", "deny", "approver", "grants", "audit":
		return state, false
	case "token":
		return []string{"tokens"}, false
	case "tools":
		return append(rules, "sandbox", "toolsets"), false
	case "demo":
		return []string{"prices"}, false
	case "sandbox":
		return []string{"sandbox-seed"}, false
	}
	switch {
	case command == "policy" && rest == "explain":
		return append(calls, "tokens"), false
	case command == "policy" && rest == "show":
		return append(rules, "tokens"), false
	case command == "policy" && rest == "test":
		return rules, false
	}
	return nil, false
}

// hideUnused hides the settings that a command does not use from its help. A command that
// only groups others shows none.
func hideUnused(cmd *cobra.Command) {
	_, path, _ := strings.Cut(cmd.CommandPath(), " ")
	used, all := usedSettings(path)
	if cmd.HasAvailableSubCommands() {
		used = nil
	}
	settings := pflag.NewFlagSet("settings", pflag.ContinueOnError)
	(&config.Config{}).Bind(settings)
	settings.VisitAll(func(setting *pflag.Flag) {
		if f := cmd.Root().PersistentFlags().Lookup(setting.Name); f != nil {
			f.Hidden = !all && !slices.Contains(used, f.Name)
		}
	})
}

// helpOf prints the help of a command with the settings that it uses.
func helpOf(root *cobra.Command) {
	show := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		hideUnused(cmd)
		show(cmd, args)
	})
	root.Long = root.Short + ".\n\n" +
		"Help topics, each by countersign help TOPIC: " + strings.Join(help.Topics(), ", ") + ".\n" +
		"Settings: countersign serve --help shows all of them; each has an environment variable, " + config.Variable("policy") + " for --policy."
}
