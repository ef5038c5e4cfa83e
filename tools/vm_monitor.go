package tools

import (
	"context"
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// monitoringTools is the toolset that reads the state and the data of one machine.
const monitoringTools = "monitoring"

// cutPage cuts the requested page out of all rows.
func cutPage[T any](all []T, page tool.Page) (rows []T, next string, err error) {
	cut, ok := cloud.CutPage(all, cloud.PageRequest{Limit: page.Size(), Cursor: page.Cursor})
	if !ok {
		return nil, "", errBadCursor()
	}
	return slices.Concat([]T{}, cut.Items), cut.Next, nil
}

func getVMStatus(env Env) *tool.Definition {
	return readVM(env, tool.Spec{
		Toolset:     monitoringTools,
		Name:        "get_vm_status",
		Title:       "Get VM status",
		Description: "Read what a machine does at this moment: uptime, CPU, memory, storage and traffic in use, its contract, and whether its end is scheduled.",
	}, func(ctx context.Context, c cloud.VMStatusReader, vm cloud.VM, _ vmRef) (cloud.VMStatus, error) {
		return c.VMStatus(ctx, vm)
	})
}

type listVMDisksOutput struct {
	VMID       cloud.VMID     `json:"vm_id" jsonschema_description:"The machine."`
	Disks      []cloud.VMDisk `json:"disks" jsonschema_description:"Disks."`
	NextCursor string         `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
}

func listVMDisks(env Env) *tool.Definition {
	return readVM(env, tool.Spec{
		Toolset:     monitoringTools,
		Name:        "list_vm_disks",
		Title:       "List disks of a VM",
		Description: "List the disks of one machine, with how full each is, what was read and written, and whether it can be taken off or grow now.",
	}, func(ctx context.Context, c cloud.VMDiskLister, vm cloud.VM, in vmPageRef) (listVMDisksOutput, error) {
		all, err := c.ListVMDisks(ctx, vm.ID)
		if err != nil {
			return listVMDisksOutput{}, err
		}
		rows, next, err := cutPage(all, in.Page)
		return listVMDisksOutput{vm.ID, rows, next}, err
	})
}

type getVMNetworkOutput struct {
	VMID       cloud.VMID          `json:"vm_id" jsonschema_description:"The machine."`
	Cards      []cloud.NetworkCard `json:"cards" jsonschema_description:"Network cards."`
	NextCursor string              `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
}

func getVMNetwork(env Env) *tool.Definition {
	return readVM(env, tool.Spec{
		Toolset:     monitoringTools,
		Name:        "get_vm_network",
		Title:       "Get network of a VM",
		Description: "List the network cards of one machine with their addresses, exact IDs, VLAN and firewall.",
	}, func(ctx context.Context, c cloud.VMNetworkReader, vm cloud.VM, in vmPageRef) (getVMNetworkOutput, error) {
		all, err := c.VMNetwork(ctx, vm.ID)
		if err != nil {
			return getVMNetworkOutput{}, err
		}
		rows, next, err := cutPage(all, in.Page)
		return getVMNetworkOutput{vm.ID, rows, next}, err
	})
}

type listVMSSHKeysOutput struct {
	VMID       cloud.VMID       `json:"vm_id" jsonschema_description:"The machine."`
	SSHKeys    []cloud.VMSSHKey `json:"ssh_keys" jsonschema_description:"Public keys."`
	NextCursor string           `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
	Meaning    string           `json:"meaning" jsonschema_description:"What it means that a key stands here: not that it is installed."`
}

func listVMSSHKeys(env Env) *tool.Definition {
	return readVM(env, tool.Spec{
		Toolset:     monitoringTools,
		Name:        "list_vm_ssh_keys",
		Title:       "List SSH keys of a VM",
		Description: "List the public SSH keys that a cloud shows for one machine, with when each was used last. At HostUp they are the account's, not a reading of the machine.",
	}, func(ctx context.Context, c cloud.VMSSHKeyLister, vm cloud.VM, in vmPageRef) (listVMSSHKeysOutput, error) {
		all, meaning, err := c.ListVMSSHKeys(ctx, vm.ID)
		if err != nil {
			return listVMSSHKeysOutput{}, err
		}
		rows, next, err := cutPage(all, in.Page)
		return listVMSSHKeysOutput{vm.ID, rows, next, meaning}, err
	})
}

type listVMDeletionsInput struct {
	Account cloud.AccountName `json:"account,omitempty" jsonschema_description:"Only this account."`
	tool.Page
}

type listVMDeletionsOutput struct {
	Deletions  []cloud.ScheduledDeletion `json:"deletions" jsonschema_description:"What is to end, has ended or was kept."`
	NextCursor string                    `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
	Failures   []tool.Failure            `json:"failures,omitempty" jsonschema_description:"Accounts that could not be read."`
}

func listVMDeletions(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.VMDeletionLister](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "list_vm_deletions",
		Title:       "List scheduled deletions",
		Description: "List what of the accounts is to end and when, and whether cancel_vm_deletion takes it back.",
		Toolset:     monitoringTools,
		Schema:      anyAccount(accounts),
	}, func(ctx context.Context, in listVMDeletionsInput) (listVMDeletionsOutput, error) {
		got, err := gather(ctx, accounts, in.Account, in.Page,
			func(ctx context.Context, a cloud.Capable[cloud.VMDeletionLister], page cloud.PageRequest) (cloud.Page[cloud.ScheduledDeletion], []string, error) {
				all, err := a.Cloud.ListDeletions(ctx)
				if err != nil {
					return cloud.Page[cloud.ScheduledDeletion]{}, nil, err
				}
				p, ok := cloud.CutPage(all, page)
				if !ok {
					return p, nil, errBadCursor()
				}
				return p, nil, nil
			})
		return listVMDeletionsOutput{got.rows, got.next, got.failures}, err
	})
}
