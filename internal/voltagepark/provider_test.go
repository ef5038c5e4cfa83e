package voltagepark_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/rest"
	"countersign/internal/voltagepark"
)

func TestDescribe(t *testing.T) {
	client, err := voltagepark.NewClient(rest.Options{Account: "voltagepark", Credential: func(context.Context) (cloud.Secret, error) {
		return cloud.Secret{}, errors.New("VOLTAGEPARK_API_KEY is not set")
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := voltagepark.New("voltagepark", client)
	description := p.Describe()
	if p.Vendor() != "voltagepark" || description.BaseURL != "https://cloud-api.voltagepark.com/api/v1" {
		t.Errorf("%q at %q", p.Vendor(), description.BaseURL)
	}
	var gaps []string
	for _, gap := range description.Gaps {
		gaps = append(gaps, gap.What)
		if gap.Why == "" {
			t.Errorf("%s lacks a reason", gap.What)
		}
	}
	if text := strings.Join(gaps, " "); !strings.Contains(text, "rename_ssh_key") || !strings.Contains(text, "power_vm") || !strings.Contains(text, "create_vm") {
		t.Errorf("gaps %q", text)
	}
	// A missing key is an error only when a request needs it.
	if e := asCloudError(t, p.CheckKey(t.Context()), cloud.ErrUnauthorized); !strings.Contains(e.Message, "VOLTAGEPARK_API_KEY") {
		t.Errorf("message %q", e.Message)
	}
}

func TestBaseURLsThatAreRefused(t *testing.T) {
	for _, url := range []string{"http://example.com/api/v1", "https://key@example.com", "ftp://127.0.0.1"} {
		if _, err := voltagepark.NewClient(rest.Options{BaseURL: url}); err == nil {
			t.Errorf("%s is taken", url)
		}
	}
}

func TestAWrongKeyIsTold(t *testing.T) {
	h := newHouse(t)
	p := voltagepark.New("voltagepark", newClient(t, h.sandbox, "wrong-key"))
	if e := asCloudError(t, p.CheckKey(t.Context()), cloud.ErrUnauthorized); e.Status != 401 || strings.Contains(e.Error(), "wrong-key") {
		t.Errorf("%v", e)
	}
}

func TestPresetsAreFilteredByStock(t *testing.T) {
	h := newHouse(t)
	for available, want := range map[bool]int{true: 4, false: 1} {
		presets, err := h.client.ListPresets(t.Context(), voltagepark.PresetFilter{Available: &available})
		if err != nil || len(presets) != want {
			t.Errorf("available %t: %d presets, error %v", available, len(presets), err)
		}
	}
}
