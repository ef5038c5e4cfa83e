package cloud_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
)

const someUUID = "123e4567-e89b-12d3-a456-426614174abc"

func TestIsUUID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		someUUID: true, strings.ToUpper(someUUID): true,
		"": false, "web-1": false, someUUID[1:]: false, someUUID + "0": false, someUUID + "\n": false,
		strings.ReplaceAll(someUUID, "-", ""): false, "123e4567ee89b-12d3-a456-426614174abc": false,
		"123e4567-e89b-12d3-a456-42661417400g": false, "123e4567-e89b-12d3-a456-42661417-000": false,
	} {
		if got := cloud.IsUUID(text); got != want {
			t.Errorf("IsUUID(%q) = %t", text, got)
		}
	}
}

// TestByUUID sends no request about an ID that is not a UUID.
func TestByUUID(t *testing.T) {
	t.Parallel()
	failed := errors.New("refused by the vendor")
	sent := 0
	request := func(id cloud.VMID) (string, error) {
		sent++
		return "about " + string(id), failed
	}
	if got, err := cloud.ByUUID("gpcn", "get VM", someUUID, request); got != "about "+someUUID || !errors.Is(err, failed) || sent != 1 {
		t.Errorf("%q, %v, %d requests", got, err, sent)
	}
	got, err := cloud.ByUUID("gpcn", "get VM", "web-1", request)
	e, ok := errors.AsType[*cloud.Error](err)
	if got != "" || !ok || sent != 1 {
		t.Fatalf("%q, %v, %d requests", got, err, sent)
	}
	if e.Kind != cloud.ErrUnknownID || e.Account != "gpcn" || e.Operation != "get VM" || e.Hint == "" {
		t.Errorf("%+v", e)
	}
}

// TestSameID accepts an answer about the very ID that was asked for. Another case
// is offered as a candidate and never accepted.
func TestSameID(t *testing.T) {
	t.Parallel()
	if err := cloud.SameID[cloud.VMID]("gpcn", "get VM", someUUID, someUUID); err != nil {
		t.Error(err)
	}
	for name, test := range map[string]struct {
		answered   cloud.VMID
		kind       cloud.ErrorKind
		candidates []cloud.Candidate
	}{
		"another case": {cloud.VMID(strings.ToUpper(someUUID)), cloud.ErrUnknownID, []cloud.Candidate{{ID: strings.ToUpper(someUUID)}}},
		"another ID":   {"00000000-e89b-12d3-a456-426614174abc", cloud.ErrUnavailable, nil},
		"no ID":        {"", cloud.ErrUnavailable, nil},
	} {
		e, ok := errors.AsType[*cloud.Error](cloud.SameID[cloud.VMID]("gpcn", "get VM", someUUID, test.answered))
		if !ok || e.Kind != test.kind || e.Account != "gpcn" || e.Operation != "get VM" || e.Hint == "" {
			t.Errorf("%s: %+v", name, e)
			continue
		}
		if diff := cmp.Diff(test.candidates, e.Candidates); diff != "" {
			t.Errorf("%s: candidates (-want +got):\n%s", name, diff)
		}
	}
}
