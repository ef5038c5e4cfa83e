package tools_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
)

// clerk is a cloud that looks machines up itself and returns a few too many.
type clerk struct {
	landlord
	asked []cloud.VMFilter
}

func (c *clerk) FindVMs(ctx context.Context, filter cloud.VMFilter, page cloud.PageRequest) (cloud.Page[cloud.VM], error) {
	c.asked = append(c.asked, filter)
	return c.ListVMs(ctx, page)
}

// TestFindVMs looks machines up by name and address in two clouds, one of which
// can do so itself.
func TestFindVMs(t *testing.T) {
	t.Parallel()
	vm := func(id, name, ip string) cloud.VM {
		return cloud.VM{ID: cloud.VMID(id), Name: name, PublicIP: ip}
	}
	var crowd []cloud.VM
	for i := range 300 {
		crowd = append(crowd, vm(fmt.Sprint("crowd-", i), "crowd", ""))
	}
	tests := []struct {
		name, arguments string
		want            []string
		asked           cloud.VMFilter
	}{
		{"a name, in any case", `{"name":"WEB"}`, []string{"a-1", "a-2", "b-1"}, cloud.VMFilter{Name: "WEB"}},
		{"part of a name", `{"name":"we"}`, nil, cloud.VMFilter{Name: "we"}},
		{"an address", `{"public_ip":"192.0.2.7"}`, []string{"a-2"}, cloud.VMFilter{PublicIP: "192.0.2.7"}},
		{"part of an address", `{"public_ip":"192.0.2"}`, nil, cloud.VMFilter{PublicIP: "192.0.2"}},
		{"both", `{"name":"web","public_ip":"192.0.2.9"}`, []string{"b-1"}, cloud.VMFilter{Name: "web", PublicIP: "192.0.2.9"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lists := &landlord{acme: acme{vms: append(crowd, vm("a-1", "web", ""), vm("a-2", "Web", "192.0.2.7"))}}
			finds := &clerk{landlord: landlord{acme: acme{vms: []cloud.VM{vm("b-1", "web", "192.0.2.9"), vm("b-2", "web-2", "192.0.2.90")}}}}
			var got struct {
				VMs []struct {
					ID string `json:"id"`
				} `json:"vms"`
			}
			if err := read(t, having(lists, finds), "list_vms", tt.arguments, &got); err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, row := range got.VMs {
				ids = append(ids, row.ID)
			}
			if diff := cmp.Diff(tt.want, ids); diff != "" {
				t.Errorf("machines (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]cloud.VMFilter{tt.asked}, finds.asked); diff != "" {
				t.Errorf("asked of the cloud (-want +got):\n%s", diff)
			}
		})
	}
}
