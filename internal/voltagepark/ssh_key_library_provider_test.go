package voltagepark_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/sshkey"
)

func TestAddAndDeleteSSHKey(t *testing.T) {
	h := newHouse(t)
	id, err := h.AddSSHKey(t.Context(), "Alice laptop 2", public)
	if err != nil {
		t.Fatal(err)
	}
	key, err := h.GetSSHKey(t.Context(), id)
	if err != nil || key.Name != "Alice laptop 2" || key.PublicKey != public || key.Fingerprint != sshkey.Fingerprint(public) || key.Type != "ssh-ed25519" {
		t.Fatalf("%+v, %v", key, err)
	}
	if err := h.DeleteSSHKey(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	_, err = h.GetSSHKey(t.Context(), id)
	asCloudError(t, err, cloud.ErrUnknownID)
	asCloudError(t, h.DeleteSSHKey(t.Context(), id), cloud.ErrUnknownID)
	consequences, err := h.PlanSSHKeyDeletion(t.Context(), id)
	if err != nil || !strings.Contains(strings.Join(consequences, " "), "takes no access away") {
		t.Errorf("%q, %v", consequences, err)
	}
}

// Names that break the page's rules are not sent; the vendor's errors keep their kinds.
func TestRefusedSSHKeys(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{"", "ab", strings.Repeat("a", 65), "a_b", "ä ö ü", "a\nb", "a\u200bb"} {
		_, err := h.AddSSHKey(t.Context(), name, public)
		asCloudError(t, err, cloud.ErrInvalid)
	}
	if h.writes() != 0 {
		t.Errorf("%d writes", h.writes())
	}
	for what, c := range map[string]struct{ name, line string }{
		"a name that is taken": {"build-server", public},
		"no public key":        {"fine", "ssh-ed25519 AAAA"},
	} {
		_, err := h.AddSSHKey(t.Context(), c.name, c.line)
		if e := asCloudError(t, err, cloud.ErrInvalid); e.Status != http.StatusUnprocessableEntity || e.Ambiguous {
			t.Errorf("%s: %+v", what, e)
		}
	}
	asCloudError(t, h.DeleteSSHKey(t.Context(), "build-server"), cloud.ErrUnknownID)
	asCloudError(t, h.DeleteSSHKey(t.Context(), documentedID), cloud.ErrUnknownID)
	p := answering(t, http.StatusCreated, `{"name":"x"}`)
	_, err := p.AddSSHKey(t.Context(), "fine", public)
	if e := asCloudError(t, err, cloud.ErrUnavailable); !e.Ambiguous {
		t.Errorf("an answer without an ID: %+v", e)
	}
	for _, status := range []int{401, 422, 429, 500} {
		p := answering(t, status, `{"detail":"no"}`)
		if err := p.DeleteSSHKey(t.Context(), documentedID); err == nil {
			t.Errorf("%d is taken for a success", status)
		}
		if _, err := p.AddSSHKey(t.Context(), "fine", public); cloud.IsAmbiguous(err) != (status >= 500) {
			t.Errorf("%d: %v", status, err)
		}
	}
}
