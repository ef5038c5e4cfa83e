package prompts

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"countersign/internal/prompt"
)

//go:embed *.md
var files embed.FS

// All parses every prompt, in the order of their names.
func All() ([]prompt.Prompt, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	all := make([]prompt.Prompt, 0, len(entries))
	for _, entry := range entries {
		raw, err := files.ReadFile(entry.Name())
		if err != nil {
			return nil, err
		}
		p, err := Parse(strings.TrimSuffix(entry.Name(), ".md"), string(raw))
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// Parse reads one file. Its front matter is a small part of YAML: "key: value" with
// plain values, and one list of arguments. A key that is unknown, missing,
// duplicate or never used is an error.
func Parse(name, file string) (prompt.Prompt, error) {
	p := prompt.Prompt{Name: name}
	rest, ok := strings.CutPrefix(file, "---\n")
	if !ok {
		return p, fmt.Errorf("prompt %s: line 1: the front matter begins with ---", name)
	}
	head, text, ok := strings.Cut(rest, "\n---\n")
	if !ok {
		return p, fmt.Errorf("prompt %s: the front matter has no end", name)
	}
	front := frontMatter{prompt: &p, given: map[string]bool{}}
	for i, line := range strings.Split(head, "\n") {
		if err := front.line(line); err != nil {
			return p, fmt.Errorf("prompt %s: line %d: %w", name, i+2, err)
		}
	}
	p.Text = strings.TrimSpace(text)
	if err := check(p); err != nil {
		return p, fmt.Errorf("prompt %s: %w", name, err)
	}
	return p, nil
}

// frontMatter parses the front matter line by line.
type frontMatter struct {
	prompt *prompt.Prompt
	// given has the keys seen so far, first of the prompt, then of each argument.
	given map[string]bool
	list  bool
}

func (f *frontMatter) line(line string) error {
	if line == "arguments:" && !f.list {
		f.list = true
		return nil
	}
	if !f.list {
		return f.set(line, func(key, value string) bool { return setPrompt(f.prompt, key, value) })
	}
	pair, first := strings.CutPrefix(line, "  - ")
	if first {
		f.prompt.Arguments = append(f.prompt.Arguments, prompt.Argument{})
		f.given = map[string]bool{}
	} else if pair, first = strings.CutPrefix(line, "    "); !first || len(f.prompt.Arguments) == 0 {
		return fmt.Errorf("%q is neither the beginning of an argument nor a part of one", line)
	}
	argument := &f.prompt.Arguments[len(f.prompt.Arguments)-1]
	return f.set(pair, func(key, value string) bool { return setArgument(argument, key, value) })
}

// set passes one pair on. It rejects a value that YAML would read as anything but
// this text.
func (f *frontMatter) set(pair string, set func(key, value string) bool) error {
	key, value, ok := strings.Cut(pair, ": ")
	switch {
	case !ok || value == "" || strings.TrimSpace(value) != value:
		return fmt.Errorf("%q is no key: value", pair)
	case strings.Contains(value, ": ") || strings.Contains(value, " #") || strings.HasSuffix(value, ":"),
		strings.ContainsRune("\"'`[]{}|>&*!%#@,?-:", rune(value[0])):
		return fmt.Errorf("%s: %q is no plain value", key, value)
	case f.given[key]:
		return fmt.Errorf("%s is given twice", key)
	case !set(key, value):
		return fmt.Errorf("%s: %q is not known here", key, value)
	}
	f.given[key] = true
	return nil
}

func setPrompt(p *prompt.Prompt, key, value string) bool {
	switch key {
	case "title":
		p.Title = value
	case "description":
		p.Description = value
	default:
		return false
	}
	return true
}

func setArgument(a *prompt.Argument, key, value string) bool {
	switch key {
	case "name":
		a.Name = value
	case "description":
		a.Description = value
	case "complete":
		a.Complete = prompt.Source(value)
		return slices.Contains(prompt.Sources(), a.Complete)
	case "required":
		a.Required = true
		return value == "true"
	case "otherwise":
		a.Otherwise = value
	default:
		return false
	}
	return true
}

var (
	promptName   = regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`)
	argumentName = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	placeholder  = regexp.MustCompile(`\{\{[^{}]*\}\}`)
)

// check rejects a prompt that lacks a required part.
func check(p prompt.Prompt) error {
	if !promptName.MatchString(p.Name) {
		return fmt.Errorf("the name is no verb_noun")
	}
	if p.Title == "" || !strings.HasSuffix(p.Description, ".") || p.Text == "" {
		return fmt.Errorf("a title, a description of whole sentences or the text is missing")
	}
	seen := map[string]bool{}
	for _, a := range p.Arguments {
		switch {
		case !argumentName.MatchString(a.Name) || seen[a.Name]:
			return fmt.Errorf("argument %q: the name is missing, is given twice or has other letters than a to z", a.Name)
		case !strings.HasSuffix(a.Description, "."):
			return fmt.Errorf("argument %s: the description is missing or no whole sentence", a.Name)
		case a.Complete == "":
			return fmt.Errorf("argument %s: what completes it is missing", a.Name)
		case a.Required == (a.Otherwise != ""):
			return fmt.Errorf("argument %s: either it is required or otherwise says what stands in its place", a.Name)
		case !strings.Contains(p.Text, prompt.Placeholder(a.Name)):
			return fmt.Errorf("argument %s: the text never uses it", a.Name)
		}
		seen[a.Name] = true
	}
	return checkText(p)
}

func checkText(p prompt.Prompt) error {
	for _, found := range placeholder.FindAllString(p.Text, -1) {
		if _, ok := p.Argument(strings.Trim(found, "{}")); !ok {
			return fmt.Errorf("%s in the text is no argument", found)
		}
	}
	if strings.ContainsAny(placeholder.ReplaceAllString(p.Text, ""), "{}") {
		return fmt.Errorf("a brace in the text belongs to no argument")
	}
	if strings.Count(p.Text, "`")%2 == 1 {
		return fmt.Errorf("a backtick in the text has no other half")
	}
	return nil
}
