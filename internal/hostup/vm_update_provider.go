package hostup

import (
	"context"
	"fmt"
	"strings"

	"countersign/internal/cloud"
)

var _ cloud.VMUpdater = (*Provider)(nil)

const updateVPS = "set VPS hostname"

// PlanVMUpdate accepts a hostname and nothing else. A closed gate is an ErrBlocked.
func (p *Provider) PlanVMUpdate(ctx context.Context, vm cloud.VM, update cloud.VMUpdate) ([]string, error) {
	if err := p.checkUpdate(update); err != nil {
		return nil, err
	}
	return exactVPS(p, updateVPS, vm.ID, func() ([]string, error) {
		now, err := p.client.GetVPSHostname(ctx, vm.ID)
		if err != nil {
			return nil, err
		}
		out := []string{
			"The hostname changes at once; programs on the machine may need a reload or a restart of the machine to see it.",
			"The name that HostUp lists the machine by stays as it is.",
		}
		switch gate := gate(now.Actions.Get(CanChange)); {
		case gate == nil:
			out = append(out, unknownGate)
		case !gate.Allowed:
			return nil, p.blocked(updateVPS, "HostUp does not let the hostname be changed now", CanChange, *gate)
		}
		return out, nil
	})
}

// UpdateVM changes the hostname. A response with another one is an Ambiguous ErrVendor.
func (p *Provider) UpdateVM(ctx context.Context, id cloud.VMID, update cloud.VMUpdate) error {
	if err := p.checkUpdate(update); err != nil {
		return err
	}
	answer, err := exactVPS(p, updateVPS, id, func() (VPSHostnameChange, error) {
		return p.client.SetVPSHostname(ctx, id, *update.Hostname)
	})
	if err != nil {
		return err
	}
	if now := answer.Hostname; now != nil && !strings.EqualFold(*now, *update.Hostname) {
		e := p.refuse(cloud.ErrVendor, updateVPS, "the answer tells another hostname than the one asked for")
		e.Ambiguous = true
		e.Hint = "Read the hostname with get_vm and tell the user."
		return e
	}
	return nil
}

func (p *Provider) checkUpdate(update cloud.VMUpdate) error {
	problems := cloud.UnsupportedUpdates(update, "hostname")
	if update.Hostname != nil {
		problems = append(problems, checkHostname(*update.Hostname)...)
	} else if len(problems) == 0 {
		problems = []cloud.Issue{{Field: "hostname", Message: "is required: nothing else can be changed here"}}
	}
	return p.invalid(updateVPS, problems)
}

// checkHostname checks a hostname against page "put-v2-vps-id-hostname".
func checkHostname(name string) []cloud.Issue {
	if name == "" || len(name) > MaxHostname {
		return []cloud.Issue{{Field: "hostname", Message: fmt.Sprintf("must have 1 to %d characters", MaxHostname)}}
	}
	for label := range strings.SplitSeq(name, ".") {
		if !isLabel(label) {
			return []cloud.Issue{{Field: "hostname", Message: "labels between dots must be 1 to 63 letters, digits and hyphens, without a hyphen at either end"}}
		}
	}
	return nil
}

// maxLabel is the longest label of a hostname.
const maxLabel = 63

func isLabel(label string) bool {
	return label != "" && len(label) <= maxLabel && onlyNameRunes(label) &&
		!strings.HasPrefix(label, "-") && !strings.HasSuffix(label, "-")
}

// onlyNameRunes reports whether a text is letters, digits and hyphens only.
func onlyNameRunes(s string) bool { return onlyNameRunesOr(s, '-') }

// onlyNameRunesOr is onlyNameRunes with one more permitted character.
func onlyNameRunesOr(s string, also rune) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != also
	})
}

// unknownGate is the consequence that stands for an absent gate.
const unknownGate = "Whether it is possible now is unknown: the vendor shows no gate for it."

// blocked returns the error for a closed gate, with the vendor's reason as an issue.
func (p *Provider) blocked(operation, message string, name GateName, gate cloud.Gate) error {
	e := p.refuse(cloud.ErrBlocked, operation, message)
	e.Hint = "The issue holds HostUp's reason; tell the user. Read the state with get_vm before trying again."
	e.Code = gate.Code
	e.Issues = []cloud.Issue{{Field: "actions." + string(name), Message: gate.Reason, Code: gate.Code}}
	return e
}
