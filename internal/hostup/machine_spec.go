package hostup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"countersign/internal/cloud"
)

// blockName is the block of create_vm that makes a server of this cloud, and the
// kind of its servers.
const blockName = "hostup_vps"

// VPSSpec is that block: the body that page "post-v2-vps-payg-deployments" documents.
type VPSSpec struct {
	Name      string           `json:"name" jsonschema:"minLength=3,maxLength=63,pattern=^[A-Za-z0-9-]+$" jsonschema_description:"Name: letters, digits and hyphens. Take one that no other machine has: a lost create is found by it."`
	CPUCores  int              `json:"cpu_cores" jsonschema:"minimum=1,maximum=32" jsonschema_description:"CPU cores."`
	MemoryGB  int              `json:"memory_gb" jsonschema:"minimum=1,maximum=256" jsonschema_description:"Memory in GB."`
	StorageGB int              `json:"storage_gb" jsonschema:"minimum=50,maximum=2000" jsonschema_description:"Storage in GB."`
	Region    cloud.LocationID `json:"region" jsonschema_description:"Exact ID of a region, from list_locations or list_offers."`
}

// BlockName implements cloud.MachineSpec.
func (*VPSSpec) BlockName() string { return blockName }

func (s *VPSSpec) size() cloud.MachineSize {
	return cloud.MachineSize{VCPUs: s.CPUCores, RAMGB: s.MemoryGB, StorageGB: s.StorageGB}
}

// body returns the request that a block makes.
func (s *VPSSpec) body() Deployment {
	return Deployment{Name: s.Name, CPUCores: s.CPUCores, MemoryGB: s.MemoryGB, StorageGB: s.StorageGB, Region: s.Region}
}

// equal is the digest of a block without the server's name: blocks that make the same
// server have the same one.
func (s *VPSSpec) equal() (string, error) {
	unnamed := *s
	unnamed.Name = ""
	canonical, err := json.Marshal(unnamed)
	if err != nil {
		return "", fmt.Errorf("digest of a machine block: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return blockName + ":" + hex.EncodeToString(sum[:]), nil
}

// check checks a block against the documented limits.
func (s *VPSSpec) check() []cloud.Issue {
	var problems []cloud.Issue
	if n := len(s.Name); n < MinDeployName || n > MaxDeployName || !onlyNameRunes(s.Name) {
		problems = append(problems, cloud.Issue{Field: "name", Message: fmt.Sprintf("must be %d to %d letters, digits and hyphens", MinDeployName, MaxDeployName)})
	}
	problems = append(problems, outside(sizeParts(s.size(), ResourceLimits{}, PAYGAmounts{}))...)
	if s.Region == "" {
		problems = append(problems, cloud.Issue{Field: "region", Message: "must be the exact ID of a region"})
	}
	return problems
}
