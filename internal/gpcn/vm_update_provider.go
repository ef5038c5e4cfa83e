package gpcn

import (
	"context"
	"fmt"
	"regexp"

	"countersign/internal/cloud"
)

var _ cloud.VMUpdater = (*Provider)(nil)

const operationUpdate = "update VM"

// The rules of names and of user names. The first is from the vendor's Terraform
// provider, the second from page "Update a GPU VM"; that the latter applies to the
// creation of a GPU VM too is [inferred].
const (
	maxName     = 60
	minUsername = 3
	maxUsername = 20
)

var (
	namePattern        = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9 .-]*[A-Za-z0-9])?$`)
	gpuUsernamePattern = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_-]*$`)
)

// PlanVMUpdate refuses fields that the kind of machine does not have, and IDs that are
// not in this account.
func (p *Provider) PlanVMUpdate(ctx context.Context, vm cloud.VM, update cloud.VMUpdate) ([]string, error) {
	if err := p.invalid(operationUpdate, checkUpdate(vm.Kind, update)); err != nil {
		return nil, err
	}
	var consequences []string
	if id := update.ResourceGroupID; id != nil {
		if *id != "" {
			if _, err := p.confirmGroup(ctx, operationUpdate, *id); err != nil {
				return nil, err
			}
		}
		consequences = append(consequences, "Resource groups have members: who may manage the machine may change.")
	}
	if id := update.SSHKeyID; id != nil && *id != "" {
		if _, err := p.confirmKey(ctx, operationUpdate, *id); err != nil {
			return nil, err
		}
	}
	if update.SSHKeyID != nil || update.Username != nil {
		consequences = append(consequences, "SSH key and user name are GPCN's records only. Nothing changes on the machine: no key is installed or removed, no user is made; who can log in stays the same.")
	}
	return consequences, nil
}

// checkUpdate checks an update against the fields and rules of a kind of machine.
func checkUpdate(kind string, update cloud.VMUpdate) []cloud.Issue {
	var problems []cloud.Issue
	if kind == gpuBlock {
		problems = cloud.UnsupportedUpdates(update, "name", "resource_group_id", "ssh_key_id", "username")
		if update.ResourceGroupID != nil && *update.ResourceGroupID == "" {
			problems = append(problems, cloud.Issue{Field: "clear_resource_group", Message: "GPCN can put a GPU VM into another group and not take it out of one"})
		}
		if update.Username != nil {
			problems = append(problems, checkGPUUsername(*update.Username)...)
		}
	} else {
		problems = cloud.UnsupportedUpdates(update, "name", "resource_group_id")
	}
	if update.Name != nil {
		problems = append(problems, checkName(*update.Name)...)
	}
	return problems
}

func checkName(name string) []cloud.Issue {
	if len(name) > maxName || !namePattern.MatchString(name) {
		return []cloud.Issue{{Field: "name", Message: fmt.Sprintf("must be 1 to %d letters, digits, spaces, dots and hyphens, with a letter or digit at both ends", maxName)}}
	}
	return nil
}

func checkGPUUsername(name string) []cloud.Issue {
	if len(name) < minUsername || len(name) > maxUsername || !gpuUsernamePattern.MatchString(name) {
		return []cloud.Issue{{Field: "username", Message: fmt.Sprintf("must be %d to %d letters, digits, underscores and hyphens, with a letter or underscore first", minUsername, maxUsername)}}
	}
	return nil
}

// UpdateVM changes the fields of the update only.
func (p *Provider) UpdateVM(ctx context.Context, id cloud.VMID, update cloud.VMUpdate) error {
	_, err := cloud.ByUUID(p.account, operationUpdate, id, func(id cloud.VMID) (struct{}, error) {
		kind, err := p.kindOf(ctx, id)
		if err == nil {
			err = p.invalid(operationUpdate, checkUpdate(kind, update))
		}
		switch {
		case err != nil:
		case kind == gpuBlock:
			_, err = p.client.UpdateGPU(ctx, id, gpuUpdate(update))
		default:
			err = p.client.UpdateVM(ctx, id, VMUpdate{Name: update.Name, ResourceGroupID: change[ResourceGroupID](update.ResourceGroupID)})
		}
		return struct{}{}, err
	})
	return err
}

func gpuUpdate(update cloud.VMUpdate) GPUUpdate {
	return GPUUpdate{
		Name: update.Name, ResourceGroupID: (*ResourceGroupID)(update.ResourceGroupID),
		SSHKeyID: change[cloud.SSHKeyID](update.SSHKeyID), Username: update.Username,
	}
}

// change converts a pointer to a Change: nil leaves the field unchanged, the empty
// value clears it.
func change[To, From ~string](value *From) Change[To] {
	switch {
	case value == nil:
		return Change[To]{}
	case *value == "":
		return Clear[To]()
	}
	return SetTo(To(*value))
}
