package tools_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
	"countersign/tools"
)

const (
	aliceKey         = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIERXJ8IRogag/UsHS7g5zRxp7285UZ69HYSnDJ9BEPQN ops@example.com"
	aliceFingerprint = "SHA256:ix6za6p6Ekcgw0pW4XdX2obpRW8UxnMTjRkCp7SUaMc"
)

// keyring is a cloud in memory that adds, generates and deletes keys.
type keyring struct {
	*acme
	private cloud.Secret // the generated private key
}

func (*keyring) NewSSHKeyOpens() []string { return []string{"A door."} }

func (k *keyring) AddSSHKey(_ context.Context, name, line string) (cloud.SSHKeyID, error) {
	k.writes = append(k.writes, "add "+name+" "+line)
	return "new", k.refuse
}

func (*keyring) ListSSHKeyAlgorithms(context.Context) ([]cloud.SSHKeyAlgorithm, error) {
	return []cloud.SSHKeyAlgorithm{{Code: "ed25519", Name: "ED25519"}}, nil
}

func (k *keyring) GenerateSSHKey(_ context.Context, name, algorithm string, _ cloud.Secret) (cloud.GeneratedSSHKey, error) {
	k.writes = append(k.writes, "generate "+name+" "+algorithm)
	return cloud.GeneratedSSHKey{ID: "new", PrivateKey: k.private}, k.refuse
}

func (k *keyring) PlanSSHKeyDeletion(context.Context, cloud.SSHKeyID) ([]string, error) {
	return []string{"Machines keep it."}, k.refuse
}

func (k *keyring) DeleteSSHKey(_ context.Context, id cloud.SSHKeyID) error {
	k.writes = append(k.writes, "delete "+string(id))
	return nil
}

// drawer keeps secrets in memory.
type drawer struct {
	files map[string]cloud.Secret
	// fails has the error of the nth write, counted from 0.
	fails map[int]error
	n     int
}

func (d *drawer) Look(name tool.SecretName) (tool.SecretFile, error) {
	file, _ := name.FileName()
	out := tool.SecretFile{Path: "/state/" + file}
	if _, there := d.files[file]; there {
		out.SavedAt = time.Unix(1, 0)
	}
	return out, nil
}

func (d *drawer) Write(name tool.SecretName, content cloud.Secret, replace bool) (string, error) {
	file, ok := name.FileName()
	if !ok {
		return "", fmt.Errorf("no name for a file: %q", file)
	}
	d.n++
	if err := d.fails[d.n-1]; err != nil {
		return "", err
	}
	if _, there := d.files[file]; there && !replace {
		return "", tool.ErrSecretFileExists
	}
	if d.files == nil {
		d.files = map[string]cloud.Secret{}
	}
	d.files[file] = content
	return "/state/" + file, nil
}

// keyTool returns a tool on a keyring, and a call of it.
func keyTool(t *testing.T, k *keyring, files tool.SecretFiles, name, arguments string) (*tool.Definition, *tool.Call) {
	t.Helper()
	all := tools.All(tools.Env{Accounts: cloud.Accounts{{Name: "acme", Provider: k}}, Files: files})
	i := slices.IndexFunc(all, func(d *tool.Definition) bool { return d.Name == name })
	if i < 0 {
		t.Fatalf("no tool %s", name)
	}
	call, err := all[i].Decode([]byte(arguments))
	if err != nil {
		t.Fatal(err)
	}
	return all[i], call
}

// TestSettleKeys checks how adding and generating a key are settled after a lost
// response.
func TestSettleKeys(t *testing.T) {
	t.Parallel()
	sent := time.Date(2026, 5, 19, 14, 0, 0, 0, time.UTC)
	old, fresh := sent.Add(-time.Hour), sent.Add(time.Second)
	other := cloud.SSHKey{ID: "1", Name: "bob", Fingerprint: "SHA256:other"}
	const (
		add      = `{"account":"acme","name":"alice","public_key":"` + aliceKey + `"}`
		generate = `{"account":"acme","name":"alice","algorithm":"ed25519"}`
		remove   = `{"account":"acme","ssh_key_id":"1"}`
	)
	for name, c := range map[string]struct {
		tool, arguments string
		then            []cloud.SSHKey
		want            tool.Finding
	}{
		"added":                         {"add_ssh_key", add, []cloud.SSHKey{other, {ID: "2", Name: "alice", Fingerprint: aliceFingerprint}}, tool.FoundDone},
		"added under another name":      {"add_ssh_key", add, []cloud.SSHKey{{ID: "2", Name: "else", Fingerprint: aliceFingerprint}}, tool.FoundUnclear},
		"added under both names":        {"add_ssh_key", add, []cloud.SSHKey{{ID: "3", Name: "else", Fingerprint: aliceFingerprint}, {ID: "2", Name: "alice", Fingerprint: aliceFingerprint}}, tool.FoundDone},
		"added by another call":         {"add_ssh_key", add, []cloud.SSHKey{{ID: "9", Name: "else", Fingerprint: aliceFingerprint}}, tool.FoundNothing},
		"added, no fingerprint shown":   {"add_ssh_key", add, []cloud.SSHKey{{ID: "2", Name: "alice"}}, tool.FoundUnclear},
		"added, beside a namesake":      {"add_ssh_key", add, []cloud.SSHKey{{ID: "3", Name: "alice"}, {ID: "2", Name: "alice", Fingerprint: aliceFingerprint}}, tool.FoundDone},
		"another key of that name":      {"add_ssh_key", add, []cloud.SSHKey{{ID: "2", Name: "alice", Fingerprint: "SHA256:other"}}, tool.FoundNothing},
		"not added":                     {"add_ssh_key", add, []cloud.SSHKey{other}, tool.FoundNothing},
		"generated":                     {"generate_ssh_key", generate, []cloud.SSHKey{{ID: "2", Name: "alice", CreatedAt: &fresh}}, tool.FoundDone},
		"generated, no time shown":      {"generate_ssh_key", generate, []cloud.SSHKey{{ID: "2", Name: "alice"}}, tool.FoundUnclear},
		"generated, beside a namesake":  {"generate_ssh_key", generate, []cloud.SSHKey{{ID: "2", Name: "alice", CreatedAt: &fresh}, {ID: "3", Name: "alice", CreatedAt: &fresh}}, tool.FoundUnclear},
		"generated, one is another's":   {"generate_ssh_key", generate, []cloud.SSHKey{{ID: "2", Name: "alice", CreatedAt: &fresh}, {ID: "9", Name: "alice", CreatedAt: &fresh}}, tool.FoundDone},
		"an old key of that name":       {"generate_ssh_key", generate, []cloud.SSHKey{{ID: "2", Name: "alice", CreatedAt: &old}}, tool.FoundNothing},
		"not generated":                 {"generate_ssh_key", generate, []cloud.SSHKey{other}, tool.FoundNothing},
		"deleted":                       {"delete_ssh_key", remove, nil, tool.FoundDone},
		"not deleted":                   {"delete_ssh_key", remove, []cloud.SSHKey{other}, tool.FoundNothing},
		"deleted, another has its name": {"delete_ssh_key", remove, []cloud.SSHKey{{ID: "3", Name: "bob"}}, tool.FoundDone},
	} {
		k := &keyring{acme: &acme{name: "acme", keys: []cloud.SSHKey{other}}}
		d, call := keyTool(t, k, &drawer{}, c.tool, c.arguments)
		plan, err := call.Plan(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		k.keys = c.then
		got, err := d.Settle(t.Context(), tool.Intent{Operation: "op_1", Plan: plan, SentAt: sent, Others: []string{"9"}})
		if err != nil || got.Finding != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if got.Finding == tool.FoundDone && c.tool == "generate_ssh_key" && !strings.Contains(got.Made.Summary, "Delete SSH key 2") {
			t.Errorf("%s: %s", name, got.Made.Summary)
		}
		k.listErr = errAway
		if _, err := d.Settle(t.Context(), tool.Intent{Plan: plan, SentAt: sent}); !errors.Is(err, errAway) {
			t.Errorf("%s, the list fails: %v", name, err)
		}
	}
}

// TestGeneratedKeyIsSavedOrReportedLost checks that a received private key is saved
// or reported as lost with what to do, and that nothing is sent if no file can be
// written.
func TestGeneratedKeyIsSavedOrReportedLost(t *testing.T) {
	t.Parallel()
	const private = "hunter2hunter2"
	full := errors.New("no space left in /secret/place")
	for name, c := range map[string]struct {
		private string
		refuse  error
		fails   map[int]error
		says    string // of the error; "" where it is done
		sent    bool
		file    string
	}{
		"saved":           {private, nil, nil, "", true, private},
		"no file":         {private, nil, map[int]error{0: full}, "Nothing was sent", false, ""},
		"full meanwhile":  {private, nil, map[int]error{1: full}, "its private key is lost", true, "holds no private key"},
		"no private key":  {"", nil, nil, "nobody has it", true, "holds no private key"},
		"the cloud's no":  {private, &cloud.Error{Kind: cloud.ErrForbidden, Message: "no"}, nil, "no", true, "holds no private key"},
		"a file is there": {private, nil, map[int]error{0: tool.ErrSecretFileExists}, "Nothing was sent", false, ""},
	} {
		k := &keyring{acme: &acme{name: "acme", refuse: c.refuse}, private: cloud.NewSecret(c.private)}
		files := &drawer{fails: c.fails}
		_, call := keyTool(t, k, files, "generate_ssh_key", `{"account":"acme","name":"alice","algorithm":"ed25519"}`)
		plan, err := call.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		made, err := call.Execute(t.Context(), tool.Run{Operation: "op_1", Plan: plan})
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(tool.AsError(err).Message+tool.AsError(err).VendorMessage, c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if text := fmt.Sprintf("%+v %+v", made, tool.AsError(err)); strings.Contains(text, private) || strings.Contains(text, "/secret/place") {
			t.Errorf("%s: too much is told: %s", name, text)
		}
		if (len(k.writes) > 0) != c.sent || !strings.Contains(files.files["ssh-key.acme.op_1.pem"].Reveal(), c.file) {
			t.Errorf("%s: sent %v, file %q", name, k.writes, files.files["ssh-key.acme.op_1.pem"].Reveal())
		}
		if err == nil && (len(made.IDs) != 2 || made.IDs[1].ID != "/state/ssh-key.acme.op_1.pem") {
			t.Errorf("%s: %+v", name, made)
		}
	}
}

// TestWithoutAFolder checks that tools which write secrets do not exist without a
// place for them.
func TestWithoutAFolder(t *testing.T) {
	t.Parallel()
	for _, d := range tools.All(tools.Env{Accounts: cloud.Accounts{{Name: "acme", Provider: &keyring{acme: &acme{name: "acme"}}}}}) {
		if d.Name == "generate_ssh_key" {
			t.Error("there is no place for the private key")
		}
	}
}
