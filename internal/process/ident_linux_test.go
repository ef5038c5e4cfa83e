package process_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/process"
)

func TestParentIsWhoStarted(t *testing.T) {
	me := process.Self()
	if me.PID != os.Getpid() || me.Started == 0 || me != process.Self() {
		t.Fatalf("self is %+v", me)
	}
	child := start(t, self(t), "parent")
	if want := text(me) + " true"; child.line != want {
		t.Errorf("the child's parent is %s, want %s", child.line, want)
	}
}

func TestDescendsFrom(t *testing.T) {
	me := process.Self()
	sibling := identOf(t, start(t, self(t), "who"))
	tests := []struct {
		name, role string
		ancestor   process.Ident
		want       string
	}{
		{"child", "trace", me, "true <nil>"},
		{"grandchild", "relay", me, "true <nil>"},
		{"the same number of another time", "relay", process.Ident{PID: me.PID, Started: me.Started + 1}, "false <nil>"},
		{"a sibling", "relay", sibling, "false <nil>"},
		{"number unknown", "trace", process.Ident{Started: me.Started}, "false trace parents: "},
		{"start unknown", "trace", process.Ident{PID: me.PID}, "false trace parents: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			child := start(t, self(t), test.role, ancestorVariable+"="+text(test.ancestor))
			if !strings.HasPrefix(child.line, test.want) {
				t.Errorf("got %q, want %q", child.line, test.want)
			}
		})
	}
	t.Run("itself", func(t *testing.T) {
		if found, err := process.DescendsFrom(me); !found || err != nil {
			t.Errorf("got %v, %v", found, err)
		}
	})
	t.Run("one of several", func(t *testing.T) {
		for _, tt := range []struct {
			ancestors []process.Ident
			want      bool
		}{{nil, false}, {[]process.Ident{sibling}, false}, {[]process.Ident{sibling, me}, true}} {
			if found, err := process.DescendsFrom(tt.ancestors...); found != tt.want || err != nil {
				t.Errorf("%+v: got %v, %v", tt.ancestors, found, err)
			}
		}
	})
	t.Run("its own child", func(t *testing.T) {
		child := identOf(t, start(t, self(t), "who"))
		if found, err := process.DescendsFrom(child); found || err != nil {
			t.Errorf("got %v, %v", found, err)
		}
	})
}

func TestDescendsFromUnderAnyCommandName(t *testing.T) {
	me := process.Self()
	for _, name := range []string{"a) R 1 (b c", "(", ")", "x y", "1 (2) S 3", "line\nend"} {
		t.Run(name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), name)
			if err := os.Symlink(self(t), program); err != nil {
				t.Fatal(err)
			}
			// The odd name is in the middle of the chain: relay runs under it.
			child := start(t, program, "relay", ancestorVariable+"="+text(me))
			if child.line != "true <nil>" {
				t.Errorf("got %q", child.line)
			}
		})
	}
}

func TestOrphanBelongsToItsParentNoMore(t *testing.T) {
	if child := start(t, self(t), "leave"); child.line != "false <nil>" {
		t.Errorf("got %q", child.line)
	}
}
