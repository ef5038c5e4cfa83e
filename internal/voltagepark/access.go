package voltagepark

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"countersign/internal/cloud"
	"countersign/internal/sshkey"
)

// access is the part of a block that blocks of VMs and of rentals share: keys, password
// and cloud-init.
type access struct {
	keys     OrganizationSSHKeys
	lines    []string
	password cloud.Secret
	boot     cloud.InitScript
	// bootField is the name of the block's field with cloud-init.
	bootField string
}

// The modes of OrganizationSSHKeys. The page shows none and selective, and describes all.
const (
	keysNone      = "none"
	keysAll       = "all"
	keysSelective = "selective"
)

// OrganizationSSHKeys selects keys of the organization.
type OrganizationSSHKeys struct {
	Mode      string           `json:"mode" jsonschema:"enum=none,enum=all,enum=selective" jsonschema_description:"all: every key of the organization; selective: those in ssh_key_ids."`
	SSHKeyIDs []cloud.SSHKeyID `json:"ssh_key_ids,omitempty" jsonschema:"maxItems=150" jsonschema_description:"Exact IDs from list_ssh_keys, with selective only."`
}

// chosen reports whether any key of the organization is selected.
func (o OrganizationSSHKeys) chosen() bool { return o.Mode == keysAll || len(o.SSHKeyIDs) > 0 }

// check applies the rules that need no request.
func (a access) check() []cloud.Issue {
	var problems []cloud.Issue
	if !a.password.IsZero() && utf8.RuneCountInString(a.password.Reveal()) < minPassword {
		problems = append(problems, cloud.Issue{Field: "password", Message: "password must have at least 8 characters"})
	}
	problems = append(problems, a.keys.check()...)
	for i, line := range a.lines {
		if _, err := sshkey.Parse(line); err != nil {
			problems = append(problems, cloud.Issue{Field: fmt.Sprintf("ssh_keys[%d]", i), Message: err.Error()})
		}
	}
	for i, file := range a.boot.WriteFiles {
		if !strings.HasPrefix(file.Path, "/") {
			problems = append(problems, cloud.Issue{Field: fmt.Sprintf("%s.write_files[%d].path", a.bootField, i), Message: "must be an absolute path"})
		}
	}
	return problems
}

func (o OrganizationSSHKeys) check() []cloud.Issue {
	const field = "organization_ssh_keys"
	switch o.Mode {
	case keysSelective:
		if len(o.SSHKeyIDs) == 0 {
			return []cloud.Issue{{Field: field + ".ssh_key_ids", Message: "is required with mode selective"}}
		}
	case keysNone, keysAll, "":
		if len(o.SSHKeyIDs) > 0 {
			return []cloud.Issue{{Field: field + ".ssh_key_ids", Message: "is taken with mode selective only"}}
		}
	default:
		return []cloud.Issue{{Field: field + ".mode", Message: "must be none, all or selective"}}
	}
	return nil
}

// confirmKeys looks up the selected keys of the organization.
func (p *Provider) confirmKeys(ctx context.Context, operation string, chosen OrganizationSSHKeys) ([]cloud.SSHKey, error) {
	if !chosen.chosen() {
		return nil, nil
	}
	all, err := p.allSSHKeys(ctx)
	if err != nil || chosen.Mode == keysAll {
		return all, err
	}
	var keys []cloud.SSHKey
	for n, id := range chosen.SSHKeyIDs {
		i := slices.IndexFunc(all, func(k cloud.SSHKey) bool { return k.ID == id })
		if i < 0 {
			return nil, p.unknownKey(operation, n, id, all)
		}
		keys = append(keys, all[i])
	}
	return keys, nil
}

// unknownKey returns the error for the nth selected ID, with candidates.
func (p *Provider) unknownKey(operation string, n int, id cloud.SSHKeyID, all []cloud.SSHKey) error {
	field := fmt.Sprintf("organization_ssh_keys.ssh_key_ids[%d]", n)
	e := p.refuse(cloud.ErrUnknownID, operation, field+": no SSH key with this ID in the organization")
	candidates := make([]cloud.Candidate, 0, len(all))
	for _, key := range all {
		candidates = append(candidates, cloud.Candidate{ID: string(key.ID), Name: key.Name})
	}
	e.Candidates = cloud.Nearest(string(id), candidates)
	e.Hint = "Take the exact ID from list_ssh_keys."
	return e
}

// facts lists every key that is installed.
func (a access) facts(keys []cloud.SSHKey) []cloud.Fact {
	var facts []cloud.Fact
	for _, key := range keys {
		facts = append(facts, cloud.Fact{
			Label: "organization SSH key " + string(key.ID),
			Value: strings.TrimSpace(strings.Join([]string{key.Name, key.Type, key.Fingerprint}, " ")),
		})
	}
	for i, line := range a.lines {
		if key, err := sshkey.Parse(line); err == nil {
			facts = append(facts, cloud.Fact{Label: fmt.Sprintf("ssh_keys[%d]", i), Value: key.Type + " " + key.Fingerprint})
		}
	}
	return facts
}

func tagFacts(tags []string) []cloud.Fact {
	var facts []cloud.Fact
	for _, tag := range tags {
		facts = append(facts, cloud.Fact{Label: "tag", Value: tag})
	}
	return facts
}

// opens lists every access that the create opens.
func (a access) opens(keys []cloud.SSHKey) []string {
	var opens []string
	switch {
	case a.keys.Mode == keysAll:
		opens = append(opens, fmt.Sprintf("SSH for every key of the organization (mode all); today they are %d, named in the facts.", len(keys)))
	case len(keys) > 0:
		opens = append(opens, fmt.Sprintf("SSH for %d chosen key(s) of the organization, named in the facts.", len(keys)))
	}
	if len(a.lines) > 0 {
		opens = append(opens, fmt.Sprintf("SSH for %d further public key(s) given in this call, named in the facts.", len(a.lines)))
	}
	if !a.password.IsZero() {
		opens = append(opens, "Login with the password given in this call.")
	}
	if !a.boot.Empty() {
		opens = append(opens, "Cloud-init runs commands as root on the first boot; it is attached whole.")
	}
	return opens
}

// closed reports whether the create opens no documented access.
func (a access) closed(keys []cloud.SSHKey) bool {
	return len(keys) == 0 && len(a.lines) == 0 && a.password.IsZero() && a.boot.Empty()
}

// attachments returns the whole cloud-init.
func (a access) attachments() []cloud.Attachment {
	if a.boot.Empty() {
		return nil
	}
	return []cloud.Attachment{{Title: "cloud-init, run as root on the first boot", Body: a.boot.Render()}}
}
