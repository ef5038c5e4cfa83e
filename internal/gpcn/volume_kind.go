package gpcn

import (
	"context"
	"fmt"
	"unicode/utf8"

	"countersign/internal/cloud"
)

var _ cloud.VolumeMaker = (*Provider)(nil)

// volumeBlock is the block of create_volume that makes a volume of this cloud.
const volumeBlock = "gpcn_volume"

const (
	operationCreateVolume = "create volume"
	maxVolumeName         = 255
)

// VolumeSpec is that block: the body that the vendor's Terraform provider sends.
type VolumeSpec struct {
	Name         string           `json:"name" jsonschema:"minLength=1,maxLength=255" jsonschema_description:"Name that no other volume has."`
	DatacenterID cloud.LocationID `json:"datacenter_id" jsonschema_description:"From list_locations; the data center of the VM that is to have it."`
	SKUID        cloud.OfferID    `json:"sku_id" jsonschema_description:"Type and size, from list_volume_offers."`
}

// BlockName implements cloud.BlockSpec.
func (*VolumeSpec) BlockName() string { return volumeBlock }

// VolumeKinds returns the kinds that can be created.
func (p *Provider) VolumeKinds() []cloud.VolumeKind { return []cloud.VolumeKind{plainVolumes{p}} }

// plainVolumes makes volumes for VMs.
type plainVolumes struct{ *Provider }

func (plainVolumes) BlockName() string { return volumeBlock }

func (plainVolumes) BlockDescription() string {
	return "A GPCN volume; update_volume attaches it to a VM of its data center."
}

func (plainVolumes) NewSpec() cloud.BlockSpec { return &VolumeSpec{} }

func (plainVolumes) MinimalExample() string {
	const id = "123e4567-e89b-12d3-a456-426614174000"
	return fmt.Sprintf(`{"name":"data-1","datacenter_id":"%[1]s","sku_id":"%[1]s"}`, id)
}

func (k plainVolumes) block(spec cloud.BlockSpec) (*VolumeSpec, error) {
	s, ok := spec.(*VolumeSpec)
	if !ok {
		return nil, k.refuse(cloud.ErrInvalid, operationCreateVolume, "the block is not "+volumeBlock, "Give the block "+volumeBlock+".")
	}
	return s, nil
}

// sizedVolume is a size with its type.
type sizedVolume struct {
	VolumeSize
	kind VolumeTypeOffers
}

// PlanVolume checks a block and returns what it would make. Every ID in it is
// confirmed in this account. It sends reads only.
func (k plainVolumes) PlanVolume(ctx context.Context, spec cloud.BlockSpec) (cloud.CreatePlan, error) {
	s, err := k.block(spec)
	if err != nil {
		return cloud.CreatePlan{}, err
	}
	if err := k.invalid(operationCreateVolume, s.check()); err != nil {
		return cloud.CreatePlan{}, err
	}
	at, err := k.confirmDataCenter(ctx, operationCreateVolume, "datacenter_id", s.DatacenterID)
	if err != nil {
		return cloud.CreatePlan{}, err
	}
	size, err := k.confirmVolumeSize(ctx, at.ID, s.SKUID)
	if err != nil {
		return cloud.CreatePlan{}, err
	}
	if err := k.nameFree(ctx, s.Name); err != nil {
		return cloud.CreatePlan{}, err
	}
	unnamed := *s
	unnamed.Name = ""
	equal, err := digest(volumeBlock, &unnamed)
	if err != nil {
		return cloud.CreatePlan{}, err
	}
	var shown facts
	shown.addNamed("datacenter_id", string(at.ID), at.Name)
	shown.addNamed("sku_id", string(size.SKUID), size.kind.Name+" "+size.DisplayName)
	if size.SizeGB != nil {
		shown.add("size", fmt.Sprintf("%d GB", *size.SizeGB))
	}
	price := k.price(size.SKUID, 1)
	return cloud.CreatePlan{
		Names: []string{s.Name}, Facts: shown, Price: price, Equal: equal, Location: at.ID, Offer: size.SKUID,
		Consequences: append(costs(price)[:1], "It is charged from its creation on, attached or not, as far as is known; deleting it ends that.", "It can grow and not shrink."),
	}, nil
}

func (s *VolumeSpec) check() []cloud.Issue {
	if _, altered := cloud.Clean(s.Name, maxVolumeName); altered || s.Name == "" || utf8.RuneCountInString(s.Name) > maxVolumeName {
		return []cloud.Issue{{Field: "name", Message: fmt.Sprintf("must be 1 to %d visible characters", maxVolumeName)}}
	}
	return nil
}

func (k plainVolumes) confirmVolumeSize(ctx context.Context, at cloud.LocationID, id cloud.OfferID) (sizedVolume, error) {
	catalogue, err := k.client.ListVolumeSizes(ctx, at)
	if err != nil {
		return sizedVolume{}, err
	}
	var sizes []sizedVolume
	for _, t := range catalogue.VolumeTypes {
		for _, size := range t.AvailableSizes {
			sizes = append(sizes, sizedVolume{size, t})
		}
	}
	want := lookup{operationCreateVolume, "sku_id", string(id), "volume size in this data center", "list_volume_offers with location_id"}
	return confirm(k.Provider, want, sizes, func(s sizedVolume) cloud.Candidate {
		return cloud.Candidate{ID: string(s.SKUID), Name: s.kind.Name + " " + s.DisplayName}
	})
}

// nameFree refuses a name that another volume has, as GPCN does.
func (k plainVolumes) nameFree(ctx context.Context, name string) error {
	all, err := namesakes(ctx, k.Provider, operationVolumes, k.client.ListVolumes, []string{name}, volumeNamesake)
	if err != nil || len(all[name]) == 0 {
		return err
	}
	e := k.refuse(cloud.ErrInvalid, operationCreateVolume, "name: a volume of this tenant has this name already; nothing was sent", "Choose another name, or use the volume of candidates if it is the one that is wanted.")
	e.Issues = []cloud.Issue{{Field: "name", Message: "is taken"}}
	for _, n := range all[name] {
		e.Candidates = append(e.Candidates, cloud.Candidate{ID: string(n.id), Name: cloud.CleanText(n.name)})
	}
	return e
}

func volumeNamesake(v Volume) namesake[cloud.VolumeID] {
	return namesake[cloud.VolumeID]{v.ID, v.Name, v.CreatedAt.Time()}
}

// CreateVolume starts the creation of the volume. The request has no field for the
// marker.
func (k plainVolumes) CreateVolume(ctx context.Context, spec cloud.BlockSpec, _ string) (cloud.Created[cloud.VolumeID], error) {
	var out cloud.Created[cloud.VolumeID]
	s, err := k.block(spec)
	if err != nil {
		return out, err
	}
	job, err := k.client.CreateVolume(ctx, VolumeCreate{Name: s.Name, DatacenterID: s.DatacenterID, SKUID: s.SKUID})
	if err != nil {
		return out, err
	}
	out.Jobs = []cloud.JobID{cloud.JobID(job.JobID)}
	if id := cloud.VolumeID(optional(job.ResourceID)); id != "" {
		out.IDs = []cloud.VolumeID{id}
	}
	return out, nil
}

// FindVolume looks for a new volume with exactly that name.
func (k plainVolumes) FindVolume(ctx context.Context, search cloud.CreateSearch) (cloud.Found[cloud.VolumeID], error) {
	all, err := namesakes(ctx, k.Provider, operationVolumes, k.client.ListVolumes, search.Names, volumeNamesake)
	if err != nil {
		return cloud.Found[cloud.VolumeID]{}, err
	}
	return made(search, all), nil
}
