package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"
)

// mutation is one change that removes a guard.
type mutation struct {
	name string
	// reason says in words what is removed.
	reason string
	edits  []edit
}

// edit replaces one text by another.
type edit struct {
	file     string
	old, new []byte
}

// readMutations reads the mutations in dir whose names match the glob only; an
// empty one matches all.
func readMutations(dir, only string) ([]mutation, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, err
	}
	var all []mutation
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if matched, err := filepath.Match(only, name); err != nil || only != "" && !matched {
			continue
		}
		m, err := readMutation(name, file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, m)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no mutation %q in %s", only, dir)
	}
	return all, nil
}

func readMutation(name, file string) (mutation, error) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return mutation{}, err
	}
	m := mutation{name: name, reason: strings.TrimSpace(string(archive.Comment))}
	for i := 0; i < len(archive.Files); i += 2 {
		path, ok := strings.CutPrefix(archive.Files[i].Name, "old ")
		if !ok || i+1 == len(archive.Files) || archive.Files[i+1].Name != "new" {
			return mutation{}, fmt.Errorf("wants pairs of old FILE and new, has %q", archive.Files[i].Name)
		}
		m.edits = append(m.edits, edit{path, archive.Files[i].Data, archive.Files[i+1].Data})
	}
	if m.reason == "" || len(m.edits) == 0 {
		return mutation{}, fmt.Errorf("says neither what it takes away nor how")
	}
	return m, nil
}

// apply returns the changed files. It is an error if an old text does not occur
// exactly once: then the mutation has to be rewritten.
func (m mutation) apply() (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, e := range m.edits {
		source, ok := out[e.file]
		if !ok {
			var err error
			if source, err = os.ReadFile(e.file); err != nil {
				return nil, fmt.Errorf("mutation %s: %w", m.name, err)
			}
		}
		if n := bytes.Count(source, e.old); n != 1 || len(e.old) == 0 {
			return nil, fmt.Errorf("mutation %s: its old text stands %d times in %s, want once:\n%s", m.name, n, e.file, e.old)
		}
		out[e.file] = bytes.Replace(source, e.old, e.new, 1)
	}
	return out, nil
}
