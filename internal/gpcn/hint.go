package gpcn

import (
	"errors"
	"strings"

	"countersign/internal/cloud"
)

// explain adds the hint for a failed request to path, unless the error has one.
func explain(err error, path string) error {
	if e, ok := errors.AsType[*cloud.Error](err); ok && e.Hint == "" {
		e.Hint = hintFor(e, path)
	}
	return err
}

// hintFor is the next right step after a failure.
func hintFor(e *cloud.Error, path string) string {
	onGPU := strings.HasPrefix(path, gpus)
	switch e.Kind {
	case cloud.ErrInvalid:
		return "Correct what the message and the issues name and call again."
	case cloud.ErrUnauthorized:
		return "GPCN did not accept the API key of this account: it may be missing, mistyped, suspended, rotated or expired. Ask the user to check it. Repeating the call does not help."
	case cloud.ErrForbidden:
		return forbiddenHint(e, onGPU)
	case cloud.ErrUnknownID:
		return unknownHint(path)
	case cloud.ErrUnsupported:
		return "The API at this address has no such route. Ask the user to check the base URL of this account, which has to end in /v1."
	case cloud.ErrBlocked:
		if path == gpus {
			return "The configuration is sold out. Take another one from list_offers, which shows what is available now."
		}
		return "The resource's state does not allow it now, or the name is taken. Read the state again before the next call."
	case cloud.ErrRateLimited:
		return "Wait for retry_after_seconds, or a minute if there is none, before the next call to this account."
	case cloud.ErrUnavailable:
		if onGPU && (e.Status == 503 || e.Code == ProviderUnavailable) {
			return "The provider behind GPCN's GPUs cannot be reached. Other machines are not concerned. Try again later; read the state first if this was a write."
		}
		return "GPCN gave no usable answer. Read the state before trying again; if it lasts, the user should contact GPCN's support."
	case cloud.ErrVendor:
	}
	return "GPCN refused for the reason in the message. Read the state before the next call; repeating it unchanged does not help."
}

// forbiddenHint is the hint for a 403. A GPU route returns one for two reasons: the
// tenant's GPU feature is off, or the key's role lacks the permission. The code of
// the first is not documented; its message is "GPU feature not enabled for this
// entity" on page "Update a GPU VM".
func forbiddenHint(e *cloud.Error, onGPU bool) string {
	const (
		feature = "The GPU feature is not switched on for this tenant. The user has to ask GPCN for it. "
		role    = "The role behind the API key may not do this; a Tenant User only reads. Ask the user for a key of a Tenant Power User or Tenant Administrator. "
		end     = "Repeating the call does not help."
	)
	words := strings.ToLower(e.Code + " " + e.Message)
	says := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(words, part) {
				return true
			}
		}
		return false
	}
	switch {
	case e.Code == "LEGACY_NETWORKING_CUT_OVER":
		return "This tenant was moved to GPCN's new networking (VPCs), which this version of Countersign does not speak. " + end
	case says("feature") && (onGPU || says("gpu")):
		return feature + end
	case says("permission", "role"), !onGPU:
		return role + end
	}
	return "One of two gates is closed and GPCN does not say which. Either: " + feature + "Or: " + role + end
}

// unknownHint names the list that has the exact IDs. GPCN returns 404 for resources
// of other tenants too.
func unknownHint(path string) string {
	switch {
	case path == machines, path == gpus:
		return "One of the IDs in the request is not of this account or not of this data center; the message may say which. Take exact IDs from list_locations, list_offers and list_ssh_keys."
	case path == gpuInventory, strings.HasPrefix(path, dataCenters):
		return "Take the exact ID from list_locations of this account; it lists only data centers that are open to the tenant."
	case path == networks:
		return "The data center is not of this account. Take the exact ID from list_locations."
	case strings.HasPrefix(path, groups):
		return "Take the exact ID from list_resource_groups of this account."
	case strings.HasSuffix(path, "/rescue"):
		return "Take the exact ID from list_vms of this account. To end a rescue, the machine has to be in one."
	case strings.HasPrefix(path, networks):
		return "Take the exact ID from list_networks of this account."
	case strings.Contains(path, "/network-interfaces"):
		return "Take exact IDs from list_vms, list_vm_interfaces and list_networks of this account."
	case strings.HasPrefix(path, machines), strings.HasPrefix(path, gpus):
		return "Take the exact ID from list_vms of this account."
	case path == volumes:
		return "One of the IDs in the request is not of this account or not of this data center; take exact IDs from list_locations and list_volume_offers."
	case strings.HasPrefix(path, volumes):
		return "Take the exact ID from list_volumes of this account, and that of a VM from list_vms."
	case strings.HasPrefix(path, sshKeys):
		return "Take the exact ID from list_ssh_keys of this account."
	}
	return "Take the exact ID from a list of this account."
}
