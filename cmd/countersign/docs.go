package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/secretfile"
	"countersign/internal/telemetry"
	"countersign/internal/tool"
	"countersign/prompts"
	"countersign/tools"
)

// newDocs returns the command that writes the generated parts of the README and of
// the manual. It is for contributors and hidden from users.
func newDocs() *cobra.Command {
	var check bool
	var root string
	cmd := &cobra.Command{
		Use:    "docs",
		Short:  "Write the generated parts of the README and of the manual",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, file := range generatedFiles() {
				if err := writeGenerated(cmd.Context(), root, file, check); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "only fail when a file is stale")
	cmd.Flags().StringVar(&root, "root", ".", "the project's folder")
	return cmd
}

// generatedFile is a file of the project with generated parts.
type generatedFile struct {
	path  string
	parts []generatedPart
}

// generatedPart is the text between the two markers of one name.
type generatedPart struct {
	name string
	make func(context.Context) (string, error)
}

func generatedFiles() []generatedFile {
	plain := func(text func() string) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return text(), nil }
	}
	return []generatedFile{
		{"README.md", []generatedPart{
			{"tools", toolsTable}, {"toolsets", toolsetsTable}, {"prompts", func(context.Context) (string, error) { return promptsTable() }},
			{"settings", plain(settingsTable)}, {"credentials", plain(credentialsTable)},
		}},
		{"internal/help/monitoring.md", []generatedPart{{"metrics", plain(metricsTable)}}},
		{"internal/help/operations.md", []generatedPart{{"states", plain(statesTable)}, {"steps", plain(stepsDrawing)}}},
	}
}

// writeGenerated updates a file. With check it returns an error instead if the file
// is stale.
func writeGenerated(ctx context.Context, root string, file generatedFile, check bool) error {
	path := filepath.Join(root, filepath.FromSlash(file.path))
	old, err := os.ReadFile(path) //nolint:gosec // a file of the project
	if err != nil {
		return err
	}
	text, err := withParts(ctx, string(old), file.parts)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", file.path, err)
	case text == string(old):
		return nil
	case check:
		return exit{exitFailed, fmt.Errorf("%s is stale: run `make docs`", file.path)}
	}
	return os.WriteFile(path, []byte(text), 0o644) //nolint:gosec // a file of the project
}

// withParts replaces the text between the markers.
func withParts(ctx context.Context, text string, parts []generatedPart) (string, error) {
	for _, part := range parts {
		body, err := part.make(ctx)
		if err != nil {
			return "", err
		}
		begin, end := "<!-- "+part.name+": generated -->\n", "<!-- "+part.name+": end -->"
		before, rest, ok := strings.Cut(text, begin)
		if !ok {
			return "", fmt.Errorf("marker %q is missing", begin)
		}
		_, after, ok := strings.Cut(rest, end)
		if !ok {
			return "", fmt.Errorf("marker %q is missing", end)
		}
		text = before + begin + body + end + after
	}
	return text, nil
}

func toolsTable(ctx context.Context) (string, error) {
	all, err := catalogue(ctx, &config.Config{}, everyKey)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("| tool | worst effect | clouds | what it does |\n| --- | --- | --- | --- |\n")
	for _, d := range all {
		if d.Toolset != tool.DefaultToolset {
			continue
		}
		clouds, err := servedBy(ctx, d.Name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", d.Name, d.Effect, clouds, firstSentence(d.Description))
	}
	return b.String(), nil
}

func promptsTable() (string, error) {
	all, err := prompts.All()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("| prompt | arguments | what for |\n| --- | --- | --- |\n")
	for _, p := range all {
		var arguments []string
		for _, a := range p.Arguments {
			text := "`" + a.Name + "`"
			if a.Required {
				text += " (required)"
			}
			arguments = append(arguments, text)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", p.Name, strings.Join(arguments, ", "), p.Description)
	}
	return b.String(), nil
}

// toolsetsTable lists the toolsets besides the default one, with their tools.
func toolsetsTable(ctx context.Context) (string, error) {
	all, err := catalogue(ctx, &config.Config{}, everyKey)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("| toolset | what for | tools |\n| --- | --- | --- |\n")
	for _, set := range tools.Toolsets()[1:] {
		var names []string
		for _, d := range all {
			if d.Toolset == set.Name {
				names = append(names, "`"+d.Name+"`")
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", set.Name, set.About, strings.Join(names, ", "))
	}
	return b.String(), nil
}

// servedBy returns the clouds whose accounts serve a tool, separated by commas.
func servedBy(ctx context.Context, name string) (string, error) {
	var served []string
	for _, entry := range clouds() {
		only, err := catalogue(ctx, &config.Config{}, func(v string) (string, bool) {
			return sandboxKey, v == entry.prefix+"_API_KEY"
		})
		if err != nil {
			return "", err
		}
		if tool.Find(only, name) != nil {
			served = append(served, string(entry.vendor))
		}
	}
	if len(served) == len(clouds()) {
		return "all", nil
	}
	return strings.Join(served, ", "), nil
}

func firstSentence(s string) string {
	if i := strings.Index(s, ". "); i >= 0 {
		return s[:i+1]
	}
	return s
}

// everyKey configures every cloud.
func everyKey(v string) (string, bool) { return sandboxKey, strings.HasSuffix(v, "_API_KEY") }

// catalogue returns the tools for the clouds that an environment configures. It
// opens no state and uses no network.
func catalogue(_ context.Context, cfg *config.Config, lookup func(string) (string, bool)) ([]*tool.Definition, error) {
	if cfg.Sandbox {
		lookup = everyKey
	}
	files, err := readOperator(cfg)
	if err != nil {
		return nil, err
	}
	accounts, missing, err := connect(cfg, files.books, lookup)
	if err != nil {
		return nil, err
	}
	return catalogueOf(accounts, missing), nil
}

func catalogueOf(accounts cloud.Accounts, missing []tools.Unconfigured) []*tool.Definition {
	return tools.All(tools.Env{Accounts: accounts, Unconfigured: missing, Operations: guard.New(guard.Options{}), Grants: guard.New(guard.Options{}), CallersConfirm: true, Files: secretfile.In("")})
}

func settingsTable() string {
	var b strings.Builder
	b.WriteString("| flag | variable | default | meaning |\n| --- | --- | --- | --- |\n")
	fs := pflag.NewFlagSet("settings", pflag.ContinueOnError)
	fs.SortFlags = false
	(&config.Config{}).Bind(fs)
	fs.VisitAll(func(f *pflag.Flag) {
		value := f.DefValue
		if value == "" {
			value = "–"
		}
		fmt.Fprintf(&b, "| `--%s` | `%s` | %s | %s |\n", f.Name, config.Variable(f.Name), value, f.Usage)
	})
	return b.String()
}

func credentialsTable() string {
	var b strings.Builder
	b.WriteString("| cloud | key | base URL |\n| --- | --- | --- |\n")
	for _, entry := range clouds() {
		variables := config.NewCredential(entry.prefix+"_API_KEY", func(string) (string, bool) { return "", false }).Variables()
		fmt.Fprintf(&b, "| %s | `%s` | `%s_BASE_URL` (default %s) |\n", entry.vendor, strings.Join(variables, "`, `"), entry.prefix, entry.baseURL)
	}
	return b.String()
}

// metricsTable returns the table of metrics for the manual.
func metricsTable() string {
	var b strings.Builder
	b.WriteString("| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n")
	for _, m := range telemetry.Table() {
		labels := "–"
		if len(m.Labels) > 0 {
			labels = "`" + strings.Join(m.Labels, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.Name, m.Type, labels, m.Help)
	}
	return b.String()
}
