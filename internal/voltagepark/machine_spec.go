package voltagepark

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"countersign/internal/cloud"
)

// blockName is the block of create_vm that makes a machine of this cloud, and
// the kind of its machines.
const blockName = "voltagepark_vm"

// VMSpec is that block: the documented body of "Convert a preconfigured virtual
// machine to a new virtual machine". The page gives limits for the password
// only; the others are ours.
type VMSpec struct {
	ConfigID            cloud.OfferID       `json:"config_id" jsonschema_description:"Exact ID of a preset, from list_offers. It fixes GPUs, size, image and price."`
	Name                string              `json:"name" jsonschema:"minLength=1,maxLength=128" jsonschema_description:"Name of visible characters; need not be unique."`
	Password            cloud.Secret        `json:"password,omitzero" jsonschema_description:"Password for logging in, at least 8 characters. Prefer SSH keys."`
	OrganizationSSHKeys OrganizationSSHKeys `json:"organization_ssh_keys,omitzero" jsonschema_description:"Which SSH keys of the organization get in; none unless given."`
	SSHKeys             []string            `json:"ssh_keys,omitempty" jsonschema:"maxItems=20,minLength=1,maxLength=4096" jsonschema_description:"Further public keys for this machine only, one OpenSSH line each. Never a private key."`
	CloudInit           CloudInit           `json:"cloud_init,omitzero" jsonschema_description:"What to install, write and run on the first boot, as root."`
	Tags                []string            `json:"tags,omitempty" jsonschema:"maxItems=50,minLength=1,maxLength=64" jsonschema_description:"Tags; those that begin with countersign- are reserved."`
}

// BlockName implements cloud.MachineSpec.
func (*VMSpec) BlockName() string { return blockName }

// The modes of OrganizationSSHKeys. The page shows none and selective, and tells
// of all in words.
const (
	keysNone      = "none"
	keysAll       = "all"
	keysSelective = "selective"
)

// OrganizationSSHKeys chooses among the keys of the organization.
type OrganizationSSHKeys struct {
	Mode      string           `json:"mode" jsonschema:"enum=none,enum=all,enum=selective" jsonschema_description:"all: every key of the organization; selective: those in ssh_key_ids."`
	SSHKeyIDs []cloud.SSHKeyID `json:"ssh_key_ids,omitempty" jsonschema:"maxItems=150" jsonschema_description:"Exact IDs from list_ssh_keys, with selective only."`
}

// CloudInit is what a machine does on its first boot.
type CloudInit struct {
	Packages   []string    `json:"packages,omitempty" jsonschema:"maxItems=200,minLength=1,maxLength=256" jsonschema_description:"Packages to install."`
	WriteFiles []WriteFile `json:"write_files,omitempty" jsonschema:"maxItems=100" jsonschema_description:"Files to write."`
	RunCmd     []string    `json:"runcmd,omitempty" jsonschema:"maxItems=200,minLength=1,maxLength=16384" jsonschema_description:"Shell commands to run, in order."`
}

// WriteFile is a file that cloud-init writes.
type WriteFile struct {
	Encoding    string `json:"encoding,omitempty" jsonschema:"maxLength=32" jsonschema_description:"Such as b64; plain text unless given."`
	Content     string `json:"content" jsonschema:"maxLength=262144" jsonschema_description:"What the file holds."`
	Owner       string `json:"owner,omitempty" jsonschema:"maxLength=128" jsonschema_description:"Owner and group, such as root:root."`
	Path        string `json:"path" jsonschema:"minLength=1,maxLength=1024" jsonschema_description:"Absolute path of the file."`
	Permissions string `json:"permissions,omitempty" jsonschema:"maxLength=16" jsonschema_description:"Octal permissions, such as 0644."`
}

// empty reports whether cloud-init has nothing to do.
func (c CloudInit) empty() bool {
	return len(c.Packages) == 0 && len(c.WriteFiles) == 0 && len(c.RunCmd) == 0
}

// chosen reports whether any key of the organization may get in.
func (o OrganizationSSHKeys) chosen() bool { return o.Mode == keysAll || len(o.SSHKeyIDs) > 0 }

// body is the request that a block makes, with the marker among its tags.
func (s *VMSpec) body(marker string) InstantVM {
	vm := InstantVM{
		ConfigID:            s.ConfigID,
		Name:                s.Name,
		Password:            RevealedSecret{s.Password},
		OrganizationSSHKeys: s.OrganizationSSHKeys,
		SSHKeys:             s.SSHKeys,
		CloudInit:           s.CloudInit,
	}
	vm.Tags = append(vm.Tags, s.Tags...)
	if marker != "" {
		vm.Tags = append(vm.Tags, marker)
	}
	return vm
}

// equal identifies blocks that make the same machine whatever they call it. A
// password counts as given or not: its value is no part of any digest here.
func (s *VMSpec) equal() (string, error) {
	unnamed := *s
	unnamed.Name = ""
	canonical, err := json.Marshal(unnamed)
	if err != nil {
		return "", fmt.Errorf("digest of a machine block: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return blockName + ":" + hex.EncodeToString(sum[:]), nil
}
