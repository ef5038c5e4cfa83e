package hostup_test

import (
	"strings"
	"testing"

	"countersign/internal/cloud"
)

// A key is read from the list, whole and by its exact ID only.
func TestGetSSHKey(t *testing.T) {
	h := newWorld(t).provider
	page, err := h.ListSSHKeys(t.Context(), cloud.PageRequest{})
	if err != nil || len(page.Items) < 2 {
		t.Fatal(page, err)
	}
	for _, want := range page.Items {
		got, err := h.GetSSHKey(t.Context(), want.ID)
		if err != nil || got.Name != want.Name || got.Fingerprint != want.Fingerprint || !strings.Contains(got.PublicKey, " ") {
			t.Errorf("%s: %+v, %v", want.ID, got, err)
		}
	}
	for _, id := range []cloud.SSHKeyID{"ssh_00000000000000000000000000", cloud.SSHKeyID(page.Items[0].Name), cloud.SSHKeyID(strings.ToUpper(string(page.Items[0].ID)))} {
		if _, err := h.GetSSHKey(t.Context(), id); !cloud.IsKind(err, cloud.ErrUnknownID) {
			t.Errorf("%s: %v", id, err)
		}
	}
}
