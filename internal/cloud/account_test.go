package cloud_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
)

// bare is a cloud without any capability.
type bare struct{ vendor cloud.Vendor }

func (b bare) Vendor() cloud.Vendor         { return b.vendor }
func (bare) Describe() cloud.Description    { return cloud.Description{} }
func (bare) CheckKey(context.Context) error { return nil }

// keyed is a cloud that has SSH keys.
type keyed struct{ bare }

func (keyed) ListSSHKeys(context.Context, cloud.PageRequest) (cloud.Page[cloud.SSHKey], error) {
	return cloud.Page[cloud.SSHKey]{Items: []cloud.SSHKey{{ID: "k"}}}, nil
}

func TestHaving(t *testing.T) {
	accounts := cloud.Accounts{
		{Name: "second", Provider: keyed{bare{"mill"}}},
		{Name: "nothing", Provider: bare{"shop"}},
		{Name: "first", Provider: keyed{bare{"shop"}}},
	}
	type row struct {
		Account cloud.AccountName
		Vendor  cloud.Vendor
	}
	var got []row
	for _, c := range cloud.Having[cloud.SSHKeyLister](accounts) {
		got = append(got, row{c.Account, c.Vendor})
		page, err := c.Cloud.ListSSHKeys(t.Context(), cloud.PageRequest{})
		if err != nil || len(page.Items) != 1 {
			t.Errorf("%s lists %+v, error %v", c.Account, page, err)
		}
	}
	// They are in the order of the configuration.
	if diff := cmp.Diff([]row{{"second", "mill"}, {"first", "shop"}}, got); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	if able := cloud.Having[cloud.SSHKeyRenamer](accounts); len(able) != 0 {
		t.Errorf("renames by %+v, and nobody can", able)
	}
	if able := cloud.Having[cloud.SSHKeyLister](nil); len(able) != 0 {
		t.Errorf("accounts out of nothing: %+v", able)
	}
}
