package gpcn_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
	"countersign/internal/sshkey"
)

// publicLine is a key that the sandbox does not begin with.
const publicLine = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIERXJ8IRogag/UsHS7g5zRxp7285UZ69HYSnDJ9BEPQN ops@example.com"

func TestAddAndDeleteSSHKey(t *testing.T) {
	w := newTenant(t)
	id, err := w.AddSSHKey(t.Context(), "alice", publicLine)
	if err != nil {
		t.Fatal(err)
	}
	key, err := w.GetSSHKey(t.Context(), id)
	if err != nil || key.Name != "alice" || key.PublicKey != publicLine || key.Fingerprint != sshkey.Fingerprint(publicLine) || key.Type != "ED25519" || key.UpdatedAt == nil {
		t.Fatalf("%+v, %v", key, err)
	}
	consequences, err := w.PlanSSHKeyDeletion(t.Context(), id)
	if err != nil || strings.Contains(strings.Join(consequences, " "), "on record") {
		t.Errorf("%q, %v", consequences, err)
	}
	if err := w.DeleteSSHKey(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := w.GetSSHKey(t.Context(), id); !cloud.IsKind(err, cloud.ErrUnknownID) {
		t.Errorf("a key that is deleted: %v", err)
	}
	if err := w.DeleteSSHKey(t.Context(), id); !cloud.IsKind(err, cloud.ErrUnknownID) {
		t.Errorf("deleted twice: %v", err)
	}
}

// Machines of both kinds name their key; the plan lists all of them, sorted.
func TestUsersOfAKeyAreNamed(t *testing.T) {
	w := newTenant(t)
	key := w.key(t, "ops-laptop")
	consequences, err := w.PlanSSHKeyDeletion(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	told := consequences[len(consequences)-1]
	for _, vm := range w.vms(t) {
		if !strings.Contains(told, string(vm.ID)) {
			t.Errorf("%s (%s) is not named in %q", vm.ID, vm.Name, told)
		}
	}
	again, err := w.PlanSSHKeyDeletion(t.Context(), key)
	if err != nil || fmt.Sprint(again) != fmt.Sprint(consequences) {
		t.Errorf("a second reading differs: %q, %v", again, err)
	}
	e := cloudError(t, w.DeleteSSHKey(t.Context(), key))
	if e.Kind != cloud.ErrBlocked || e.Status != http.StatusConflict {
		t.Errorf("%+v", e)
	}
	for n := range 100 {
		w.house.sandbox.PutVM(fmt.Sprintf("more-%d", n))
	}
	many, err := w.PlanSSHKeyDeletion(t.Context(), key)
	if err != nil || !strings.Contains(many[len(many)-1], "Only the first 100 machines") {
		t.Errorf("more than are read: %q, %v", many, err)
	}
	without := w.as(t, sandbox.NoGPUKey)
	if _, err := without.PlanSSHKeyDeletion(t.Context(), key); err != nil {
		t.Errorf("a tenant without GPUs: %v", err)
	}
}

// A pair is made of any algorithm that is listed; its private half prints nowhere.
func TestGenerateSSHKey(t *testing.T) {
	w := newTenant(t)
	offered, err := w.ListSSHKeyAlgorithms(t.Context())
	if err != nil || len(offered) != 4 {
		t.Fatal(offered, err)
	}
	for i, algorithm := range offered {
		pair, err := w.GenerateSSHKey(t.Context(), fmt.Sprintf("robot-%d", i), algorithm.Code, cloud.NewSecret("correct horse"))
		if err != nil {
			t.Fatal(err)
		}
		private := pair.PrivateKey.Reveal()
		if !strings.HasPrefix(private, "-----BEGIN OPENSSH PRIVATE KEY-----\n") || !strings.HasSuffix(private, " KEY-----\n") {
			t.Errorf("%s: no private key", algorithm.Code)
		}
		raw, err := json.Marshal(gpcn.CreatedSSHKey{ID: pair.ID, PrivateKey: pair.PrivateKey})
		if err != nil || strings.Contains(string(raw)+fmt.Sprintf("%v %+v %#v", pair, pair, pair), "BEGIN") {
			t.Error("the private key prints")
		}
		if key, err := w.GetSSHKey(t.Context(), pair.ID); err != nil || key.Name != fmt.Sprintf("robot-%d", i) || key.Fingerprint == "" {
			t.Errorf("%+v, %v", key, err)
		}
	}
}

// A private key without a line break at its end gets one. A response without an ID is
// ambiguous.
func TestAnswersToAGenerate(t *testing.T) {
	at := func(body string) *gpcn.Provider {
		return gpcn.New("gpcn", answering(t, http.StatusCreated, body))
	}
	pair, err := at(`{"success":true,"data":{"id":"k","privateKey":"-----END-----"}}`).GenerateSSHKey(t.Context(), "x", "ed25519", cloud.Secret{})
	if err != nil || pair.PrivateKey.Reveal() != "-----END-----\n" {
		t.Errorf("%v, %v", pair.ID, err)
	}
	for _, none := range []string{`{"id":"k"}`, `{"id":"k","privateKey":null}`, `{"id":"k","privateKey":{"pem":"x"}}`} {
		pair, err := at(`{"success":true,"data":`+none+`}`).GenerateSSHKey(t.Context(), "x", "ed25519", cloud.Secret{})
		if err != nil || pair.ID != "k" || !pair.PrivateKey.IsZero() {
			t.Errorf("%s: %+v, %v", none, pair, err)
		}
	}
	_, err = at(`{"success":true,"data":{"privateKey":"hunter2hunter2"}}`).GenerateSSHKey(t.Context(), "x", "ed25519", cloud.Secret{})
	if e := cloudError(t, err); !e.Ambiguous || strings.Contains(fmt.Sprintf("%+v", e), "hunter2") {
		t.Errorf("%+v", e)
	}
}

// Every status that the operations answer, and no secret in any of their errors.
func TestRefusedKeys(t *testing.T) {
	const passphrase = "correct horse"
	long := strings.Repeat("ä", gpcn.MaxSSHKeyName+1)
	admin := newTenant(t)
	for name, c := range map[string]struct {
		do   func(tenant) error
		as   string
		kind cloud.ErrorKind
	}{
		"a wrong key":               {func(w tenant) error { _, err := w.AddSSHKey(t.Context(), "x", publicLine); return err }, sandbox.WrongKey, cloud.ErrUnauthorized},
		"a role that reads":         {func(w tenant) error { _, err := w.AddSSHKey(t.Context(), "x", publicLine); return err }, sandbox.ReadOnlyKey, cloud.ErrForbidden},
		"deleting without the role": {func(w tenant) error { return w.DeleteSSHKey(t.Context(), w.key(t, "ci-runner")) }, sandbox.ReadOnlyKey, cloud.ErrForbidden},
		"a long name":               {func(w tenant) error { _, err := w.AddSSHKey(t.Context(), long, publicLine); return err }, "", cloud.ErrInvalid},
		"no public key":             {func(w tenant) error { _, err := w.AddSSHKey(t.Context(), "x", "ssh-ed25519 AAAA"); return err }, "", cloud.ErrInvalid},
		"no algorithm": {func(w tenant) error {
			_, err := w.GenerateSSHKey(t.Context(), "x", "dsa", cloud.NewSecret(passphrase))
			return err
		}, "", cloud.ErrInvalid},
		"a name as an ID":             {func(w tenant) error { return w.DeleteSSHKey(t.Context(), "ops-laptop") }, "", cloud.ErrUnknownID},
		"an ID of nothing":            {func(w tenant) error { return w.DeleteSSHKey(t.Context(), documentedID) }, "", cloud.ErrUnknownID},
		"algorithms with a wrong key": {func(w tenant) error { _, err := w.ListSSHKeyAlgorithms(t.Context()); return err }, sandbox.WrongKey, cloud.ErrUnauthorized},
	} {
		w := admin
		if c.as != "" {
			w = admin.as(t, c.as)
		}
		e := cloudError(t, c.do(w))
		if e.Kind != c.kind || e.Ambiguous || strings.Contains(fmt.Sprintf("%+v", e), passphrase) {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if got := len(admin.house.sandbox.SSHKeys()); got != 2 {
		t.Errorf("%d keys after nothing but refusals", got)
	}
}
