package main

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/guard"
	"countersign/internal/store"
)

func TestExitKeepsItsError(t *testing.T) {
	locked := &guard.PINError{LockedUntil: time.Unix(1, 0)}
	err := fmt.Errorf("approve: %w", refuse(locked))
	var e exit
	if !errors.As(err, &e) || e.code != exitRefused || e.Error() != locked.Error() {
		t.Errorf("exit %+v", e)
	}
	var pin *guard.PINError
	if !errors.As(err, &pin) || pin != locked {
		t.Errorf("PIN error %+v", pin)
	}
	if !errors.Is(refuse(store.ErrConflict), store.ErrConflict) {
		t.Error("the conflict is lost")
	}
	if silent := (exit{code: exitUnknown}); silent.Error() != "" || errors.Unwrap(silent) != nil {
		t.Errorf("an exit without an error says %q", silent.Error())
	}
	if refuse(nil) != nil {
		t.Error("no error became an exit")
	}
}

// TestHelpShowsWhatACommandUses checks that the help of a command has no setting but those
// that it uses, that each command says which these are, and that the top has the topics.
func TestHelpShowsWhatACommandUses(t *testing.T) {
	t.Parallel()
	root := newRoot(streams{})
	var check func(cmd *cobra.Command)
	check = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			check(sub)
		}
		_, path, _ := strings.Cut(cmd.CommandPath(), " ")
		var out bytes.Buffer
		cmd.SetOut(&out)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		used, all := usedSettings(path)
		if cmd.Runnable() && !cmd.HasAvailableSubCommands() && len(used) == 0 && !all && !slices.Contains([]string{"help", "docs"}, path) {
			t.Errorf("%s: it is not said which settings it uses", path)
		}
		for _, name := range used {
			if root.PersistentFlags().Lookup(name) == nil {
				t.Errorf("%s: there is no setting %s", path, name)
			}
		}
		_, global, _ := strings.Cut(out.String(), "Global Flags:")
		for _, flag := range regexp.MustCompile(`(?m)^ +--([a-z-]+)`).FindAllStringSubmatch(global, -1) {
			if !all && !slices.Contains(used, flag[1]) {
				t.Errorf("%s shows --%s", path, flag[1])
			}
		}
		if path == "" && (!strings.Contains(out.String(), "Help topics, each by countersign help TOPIC: approvals, audit, ") || strings.Contains(out.String(), "--policy string")) {
			t.Errorf("at the top: %s", out.String())
		}
		if path == "serve" && !strings.Contains(out.String(), "--tls-key string") || path == "pending" && !strings.Contains(out.String(), "--state string") {
			t.Errorf("%s: %s", path, out.String())
		}
	}
	check(root)
}
