package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// simulator is the package of the simulation test.
const simulator = "./cmd/countersign"

// found matches the output of a seed that violates an invariant.
var found = regexp.MustCompile(`seed (\d+) breaks (\[[^\]]*\])`)

// run tries all mutations and reports those that the simulator does not find.
func run(ctx context.Context, dir, only string, seeds int) error {
	all, err := readMutations(dir, only)
	if err != nil {
		return err
	}
	for _, m := range all { // check all of them before the first build
		if _, err := m.apply(); err != nil {
			return err
		}
	}
	began, missed := time.Now(), 0
	for _, m := range all {
		verdict, ok, err := m.try(ctx, seeds)
		if err != nil {
			return fmt.Errorf("mutation %s: %w", m.name, err)
		}
		if !ok {
			missed++
		}
		_, _ = fmt.Fprintf(os.Stdout, "%-24s %s\n", m.name, verdict)
	}
	_, _ = fmt.Fprintf(os.Stdout, "%d mutations in %s\n", len(all), time.Since(began).Round(time.Second))
	if missed > 0 {
		return fmt.Errorf("%d of %d guards can be taken away and %d seeds do not notice", missed, len(all), seeds)
	}
	return nil
}

// try builds the simulator with the mutation and plays seeds until one finds it.
func (m mutation) try(ctx context.Context, seeds int) (verdict string, ok bool, err error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return "", false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	overlay, err := m.overlay(dir)
	if err != nil {
		return "", false, err
	}
	began, program := time.Now(), filepath.Join(dir, "simulator.test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", overlay, "-o", program, simulator) //nolint:gosec // our own compiler
	if out, err := build.CombinedOutput(); err != nil {
		return "", false, fmt.Errorf("it does not compile: %w\n%s", err, out)
	}
	built := time.Since(began).Round(100 * time.Millisecond)
	began = time.Now()
	play := exec.CommandContext(ctx, program, "-test.run", "^TestSimulate$", "-seeds", strconv.Itoa(seeds)) //nolint:gosec // what was just built
	play.Dir = simulator
	out, err := play.CombinedOutput()
	if err == nil {
		return fmt.Sprintf("NOT FOUND by %d seeds: %s", seeds, m.reason), false, nil
	}
	match := found.FindSubmatch(out)
	if match == nil {
		return "", false, fmt.Errorf("the simulator ends otherwise than by an invariant: %w\n%s", err, out[max(0, len(out)-4000):])
	}
	return fmt.Sprintf("found by seed %s: %s (built in %s, played for %s)", match[1], match[2], built, time.Since(began).Round(100*time.Millisecond)), true, nil
}

// overlay writes the changed files to dir, and the overlay file for the compiler.
func (m mutation) overlay(dir string) (string, error) {
	files, err := m.apply()
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for path, source := range files {
		real, err := filepath.Abs(path)
		if err != nil {
			return "", err
		}
		replace[real] = filepath.Join(dir, strconv.Itoa(len(replace))+".go")
		if err := os.WriteFile(replace[real], source, 0o600); err != nil {
			return "", err
		}
	}
	raw, err := json.Marshal(struct{ Replace map[string]string }{replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, raw, 0o600)
}
