package secretfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/secretfile"
	"countersign/internal/tool"
)

func kubeconfig(id string) tool.SecretName {
	return tool.NewSecretName("kubeconfig", "voltagepark", id, ".yaml")
}

func TestAFileIsThisUsersAlone(t *testing.T) {
	state := t.TempDir()
	files := secretfile.In(state)
	name := kubeconfig("123e4567-e89b-12d3-a456-426614174000")
	before, err := files.Look(name)
	if err != nil || before.Exists() || before.Path != filepath.Join(state, "secrets", "kubeconfig.voltagepark.123e4567-e89b-12d3-a456-426614174000.yaml") {
		t.Fatalf("%+v, %v", before, err)
	}
	if _, err := os.Stat(filepath.Join(state, "secrets")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("looking made the folder: %v", err)
	}
	path, err := files.Write(name, cloud.NewSecret("s3cret"), false)
	if err != nil || path != before.Path {
		t.Fatalf("%q, %v", path, err)
	}
	if raw, err := os.ReadFile(path); err != nil || string(raw) != "s3cret" {
		t.Errorf("holds %q, %v", raw, err)
	}
	after, err := files.Look(name)
	if err != nil || !after.Exists() {
		t.Errorf("%+v, %v", after, err)
	}
	if runtime.GOOS != "windows" {
		for at, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
			if info, err := os.Stat(at); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", at, info.Mode(), err)
			}
		}
	}
}

func TestAFolderThatWasLoosenedIsClosed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing here")
	}
	state := t.TempDir()
	dir := filepath.Join(state, "secrets")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := secretfile.In(state).Write(kubeconfig("a"), cloud.NewSecret("x"), false); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestNothingIsWrittenOverUnasked(t *testing.T) {
	files := secretfile.In(t.TempDir())
	path, err := files.Write(kubeconfig("a"), cloud.NewSecret("old"), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := files.Write(kubeconfig("a"), cloud.NewSecret("new"), false); !errors.Is(err, tool.ErrSecretFileExists) {
		t.Errorf("written over: %v", err)
	}
	if raw, _ := os.ReadFile(path); string(raw) != "old" {
		t.Errorf("holds %q", raw)
	}
	if _, err := files.Write(kubeconfig("a"), cloud.NewSecret("new"), true); err != nil {
		t.Fatal(err)
	}
	if raw, _ := os.ReadFile(path); string(raw) != "new" {
		t.Errorf("holds %q", raw)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("something was left behind: %v, %v", entries, err)
	}
}

func TestNamesThatCouldLeadElsewhere(t *testing.T) {
	for _, id := range []string{"", ".", "..", "../../etc/passwd", "a/b", `a\b`, "a b", "a\x00b", "a\nb", "a:b", ".hidden", strings.Repeat("a", 300)} {
		state := t.TempDir()
		files := secretfile.In(state)
		if _, err := files.Look(kubeconfig(id)); err == nil {
			t.Errorf("%q was looked for", id)
		}
		_, err := files.Write(kubeconfig(id), cloud.NewSecret("s3cret"), true)
		if e := tool.AsError(err); err == nil || e.Code != tool.CodeNotPossible || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", id, err)
		}
		if entries, _ := os.ReadDir(state); len(entries) > 0 {
			t.Errorf("%q: %v", id, entries)
		}
	}
}

func TestNoTwoThingsShareAFile(t *testing.T) {
	names := map[string]bool{}
	for _, name := range []tool.SecretName{
		tool.NewSecretName("kubeconfig", "a", "b-c", ".yaml"), tool.NewSecretName("kubeconfig", "a-b", "c", ".yaml"),
		tool.NewSecretName("kubeconfig", "a", "b.c", ".yaml"), tool.NewSecretName("kubeconfig-a", "b", "c", ".yaml"),
	} {
		file, ok := name.FileName()
		if !ok || names[file] {
			t.Errorf("%q, %t", file, ok)
		}
		names[file] = true
	}
	if file, ok := tool.NewSecretName("kubeconfig", "a.b", "c", ".yaml").FileName(); ok && names[file] {
		t.Errorf("an account with a dot shares %q", file)
	}
}

func TestALinkIsNotLookedThrough(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("making links needs a right there")
	}
	state := t.TempDir()
	files := secretfile.In(state)
	path, err := files.Write(kubeconfig("a"), cloud.NewSecret("x"), false)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(state, "elsewhere")
	if err := errors.Join(os.Remove(path), os.WriteFile(elsewhere, []byte("mine"), 0o600), os.Symlink(elsewhere, path)); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Look(kubeconfig("a")); err == nil {
		t.Error("a link passed for a file")
	}
	if _, err := files.Write(kubeconfig("a"), cloud.NewSecret("new"), true); err != nil {
		t.Fatal(err)
	}
	if raw, _ := os.ReadFile(elsewhere); string(raw) != "mine" {
		t.Errorf("written through the link: %q", raw)
	}
}
