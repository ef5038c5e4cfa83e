package voltagepark

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"countersign/internal/cloud"
)

// volumeBlock is the block of create_volume that makes a volume of this cloud.
const volumeBlock = "voltagepark_volume"

const operationCreateVolume = "create volume"

// VolumeSpec is that block: the documented body of "Create shared storage volume". The
// page has a minimum size and no other limit.
type VolumeSpec struct {
	Name     string             `json:"name" jsonschema:"minLength=1,maxLength=128" jsonschema_description:"Name that no other volume has; best of lower-case letters, digits and - _ . with a letter or digit at both ends."`
	SizeInGB int                `json:"size_in_gb" jsonschema:"minimum=1,maximum=10000000" jsonschema_description:"Size; it can grow later and never shrink."`
	OrderIDs []cloud.MachineRef `json:"order_ids,omitempty" jsonschema:"maxItems=50" jsonschema_description:"Exact IDs of bare-metal rentals to attach it to at once, from list_rentals."`
}

// BlockName implements cloud.BlockSpec.
func (*VolumeSpec) BlockName() string { return volumeBlock }

// VolumeKinds returns the kinds that can be created: shared storage.
func (p *Provider) VolumeKinds() []cloud.VolumeKind { return []cloud.VolumeKind{sharedVolumes{p}} }

// sharedVolumes makes shared storage.
type sharedVolumes struct{ *Provider }

func (sharedVolumes) BlockName() string { return volumeBlock }

func (sharedVolumes) BlockDescription() string {
	return "Voltage Park shared storage for bare-metal rentals. It costs until it is deleted, attached or not."
}

func (sharedVolumes) NewSpec() cloud.BlockSpec { return &VolumeSpec{} }

func (sharedVolumes) MinimalExample() string { return `{"name":"datasets","size_in_gb":100}` }

func (k sharedVolumes) block(spec cloud.BlockSpec) (*VolumeSpec, error) {
	s, ok := spec.(*VolumeSpec)
	if !ok {
		return nil, k.refuse(cloud.ErrInvalid, operationCreateVolume, "the block is not "+volumeBlock)
	}
	return s, nil
}

// PlanVolume checks a block and prices it. Every rental in it is confirmed.
func (k sharedVolumes) PlanVolume(ctx context.Context, spec cloud.BlockSpec) (cloud.CreatePlan, error) {
	s, err := k.block(spec)
	if err != nil {
		return cloud.CreatePlan{}, err
	}
	if err := k.invalid(operationCreateVolume, s.check()); err != nil {
		return cloud.CreatePlan{}, err
	}
	machines, err := k.confirmOrders(ctx, s.OrderIDs)
	if err != nil {
		return cloud.CreatePlan{}, err
	}
	if err := k.nameFree(ctx, s.Name); err != nil {
		return cloud.CreatePlan{}, err
	}
	rate, err := k.client.GetStorageRate(ctx)
	if err != nil {
		return cloud.CreatePlan{}, err
	}
	equal, err := s.equal()
	if err != nil {
		return cloud.CreatePlan{}, err
	}
	facts := []cloud.Fact{{Label: "size_in_gb", Value: fmt.Sprint(s.SizeInGB)}}
	for _, m := range machines {
		facts = append(facts, cloud.Fact{Label: "attach to " + string(m.ID), Value: m.Name + ", " + m.Status})
	}
	return cloud.CreatePlan{
		Names: []string{s.Name}, Facts: facts, Price: sizePrice(rate, s.SizeInGB), Equal: equal,
		Consequences: []string{
			"The volume costs until it is deleted, attached or not, as far as is known.",
			"It can grow and not shrink: the vendor documents no shrinking.",
		},
	}, nil
}

func (s *VolumeSpec) check() []cloud.Issue {
	problems := checkName(s.Name)
	if s.SizeInGB < 1 {
		problems = append(problems, cloud.Issue{Field: "size_in_gb", Message: "must be at least 1"})
	}
	for i, id := range s.OrderIDs {
		if slices.Contains(s.OrderIDs[:i], id) {
			problems = append(problems, cloud.Issue{Field: fmt.Sprintf("order_ids[%d]", i), Message: "is named twice"})
		}
	}
	return problems
}

// confirmOrders looks up the rentals of a block.
func (k sharedVolumes) confirmOrders(ctx context.Context, ids []cloud.MachineRef) ([]cloud.VolumeMachine, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := k.volumeMachines(ctx)
	if err != nil {
		return nil, err
	}
	var machines []cloud.VolumeMachine
	for i, id := range ids {
		m, err := k.confirmMachine(operationCreateVolume, fmt.Sprintf("order_ids[%d]", i), id, all)
		if err != nil {
			return nil, err
		}
		machines = append(machines, m)
	}
	return machines, nil
}

// nameFree refuses a name that another volume has. By other clients the vendor refuses
// it, and the name is the only way to find the volume of a create whose response was
// lost.
func (k sharedVolumes) nameFree(ctx context.Context, name string) error {
	taken, err := k.volumesNamed(ctx, name)
	if err != nil || len(taken) == 0 {
		return err
	}
	e := k.refuse(cloud.ErrInvalid, operationCreateVolume, "name: a volume of this account has this name already; nothing was sent")
	e.Hint = "Choose another name, or use the volume of candidates if it is the one that is wanted."
	e.Issues = []cloud.Issue{{Field: "name", Message: "is taken"}}
	for _, v := range taken {
		e.Candidates = append(e.Candidates, cloud.Candidate{ID: string(v.ID), Name: v.Name})
	}
	return e
}

// equal is the digest of a block without the volume's name: blocks that make the same
// volume have the same one.
func (s *VolumeSpec) equal() (string, error) {
	unnamed := *s
	unnamed.Name = ""
	canonical, err := json.Marshal(unnamed)
	if err != nil {
		return "", fmt.Errorf("digest of a volume block: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return volumeBlock + ":" + hex.EncodeToString(sum[:]), nil
}

// CreateVolume creates the volume. The request has no field for the marker.
func (k sharedVolumes) CreateVolume(ctx context.Context, spec cloud.BlockSpec, _ string) (cloud.Created[cloud.VolumeID], error) {
	s, err := k.block(spec)
	if err != nil {
		return cloud.Created[cloud.VolumeID]{}, err
	}
	made, err := k.client.CreateVolume(ctx, NewVolume{SizeInGB: s.SizeInGB, Name: s.Name, OrderIDs: s.OrderIDs})
	if err != nil {
		return cloud.Created[cloud.VolumeID]{}, err
	}
	if made.ID == "" {
		e := k.refuse(cloud.ErrUnavailable, operationCreateVolume, "the cloud accepted the request and named no volume")
		e.Ambiguous = true
		return cloud.Created[cloud.VolumeID]{}, e
	}
	return cloud.Created[cloud.VolumeID]{IDs: []cloud.VolumeID{made.ID}}, nil
}

// FindVolume looks for the name, which no volume had just before the request was sent. The
// vendor sends no creation time, so several volumes of the name are only possible.
func (k sharedVolumes) FindVolume(ctx context.Context, search cloud.CreateSearch) (cloud.Found[cloud.VolumeID], error) {
	named, err := k.volumesNamed(ctx, search.Names...)
	if err != nil {
		return cloud.Found[cloud.VolumeID]{}, err
	}
	if len(named) == 1 {
		return cloud.Found[cloud.VolumeID]{IDs: []cloud.VolumeID{named[0].ID}}, nil
	}
	var found cloud.Found[cloud.VolumeID]
	for _, v := range named {
		found.Possible = append(found.Possible, cloud.Candidate{ID: string(v.ID), Name: v.Name})
	}
	return found, nil
}
