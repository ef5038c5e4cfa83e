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

// VMSpec is that block: the documented body of "Convert a preconfigured virtual machine
// to a new virtual machine". The page limits the password only; the other limits are
// ours.
type VMSpec struct {
	ConfigID            cloud.OfferID       `json:"config_id" jsonschema_description:"Exact ID of a preset, from list_offers. It fixes GPUs, size, image and price."`
	Name                string              `json:"name" jsonschema:"minLength=1,maxLength=128" jsonschema_description:"Name of visible characters; need not be unique."`
	Password            cloud.Secret        `json:"password,omitzero" jsonschema_description:"Password for logging in, at least 8 characters. Prefer SSH keys."`
	OrganizationSSHKeys OrganizationSSHKeys `json:"organization_ssh_keys,omitzero" jsonschema_description:"Which SSH keys of the organization get in; none unless given."`
	SSHKeys             []string            `json:"ssh_keys,omitempty" jsonschema:"maxItems=20,minLength=1,maxLength=4096" jsonschema_description:"Further public keys for this machine only, one OpenSSH line each. Never a private key."`
	CloudInit           cloud.InitScript    `json:"cloud_init,omitzero" jsonschema_description:"What to install, write and run on the first boot, as root."`
	Tags                []string            `json:"tags,omitempty" jsonschema:"maxItems=50,minLength=1,maxLength=64" jsonschema_description:"Tags; those that begin with countersign- are reserved."`
}

// BlockName implements cloud.MachineSpec.
func (*VMSpec) BlockName() string { return blockName }

// access returns the access that the block opens.
func (s *VMSpec) access() access {
	return access{keys: s.OrganizationSSHKeys, lines: s.SSHKeys, password: s.Password, boot: s.CloudInit, bootField: "cloud_init"}
}

// body returns the request that a block makes, with the marker among its tags.
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

// equal is the digest of a block without the machine's name: blocks that make the same
// machine have the same one. Of a password only its presence counts: a digest never
// contains its value.
func (s *VMSpec) equal() (string, error) {
	unnamed := *s
	unnamed.Name = ""
	return blockDigest(blockName, unnamed)
}

// blockDigest returns a digest of a block, with the block's name as its prefix.
func blockDigest[Spec any](name string, block Spec) (string, error) {
	canonical, err := json.Marshal(block)
	if err != nil {
		return "", fmt.Errorf("digest of block %s: %w", name, err)
	}
	sum := sha256.Sum256(canonical)
	return name + ":" + hex.EncodeToString(sum[:]), nil
}
