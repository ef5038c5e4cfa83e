package gpcn

import "countersign/internal/cloud"

// GPUSpec is the block that makes a GPU VM: the documented body of page "Create
// a GPU VM".
type GPUSpec struct {
	Name            string                `json:"name" jsonschema:"maxLength=60,pattern=^[A-Za-z0-9]([A-Za-z0-9 .-]*[A-Za-z0-9])?$" jsonschema_description:"Name that no other machine has."`
	DatacenterID    cloud.LocationID      `json:"datacenter_id" jsonschema_description:"From list_locations."`
	SeriesID        SeriesID              `json:"series_id" jsonschema:"maxLength=128" jsonschema_description:"From list_offers, with."`
	GPUCount        int                   `json:"gpu_count" jsonschema:"minimum=1,maximum=8" jsonschema_description:"1, 2, 4 or 8."`
	SSHKeyID        cloud.SSHKeyID        `json:"ssh_key_id" jsonschema_description:"From list_ssh_keys."`
	SKUCode         cloud.OfferID         `json:"sku_code,omitempty" jsonschema_description:"ID from list_offers; the cheapest that fits unless given."`
	ImageName       string                `json:"image_name,omitempty" jsonschema:"enum=ubuntu-22.04,enum=ubuntu-24.04" jsonschema_description:"ubuntu-24.04 unless given."`
	ImageID         cloud.ImageID         `json:"image_id,omitempty" jsonschema_description:"From list_images, without image_name."`
	ResourceGroupID cloud.ResourceGroupID `json:"resource_group_id,omitempty" jsonschema_description:"From list_resource_groups."`
	Username        string                `json:"username,omitempty" jsonschema:"minLength=3,maxLength=20,pattern=^[a-zA-Z_][a-zA-Z0-9_-]*$" jsonschema_description:"The image's own unless given."`
}

// BlockName implements cloud.MachineSpec.
func (*GPUSpec) BlockName() string { return gpuBlock }

// body is the request that a block makes.
func (s *GPUSpec) body() GPUCreate {
	return GPUCreate{
		Name: s.Name, DatacenterID: s.DatacenterID, SeriesID: s.SeriesID, GPUCount: s.GPUCount, SSHKeyID: s.SSHKeyID,
		ImageName: pointed(s.ImageName), ImageID: pointed(ImageID(s.ImageID)), ResourceGroupID: pointed(ResourceGroupID(s.ResourceGroupID)),
		SKUCode: pointed(string(s.SKUCode)), Username: pointed(s.Username),
	}
}

// equal is the digest of a block without the machine's name: blocks that make the
// same machine have the same one.
func (s *GPUSpec) equal() (string, error) {
	unnamed := *s
	unnamed.Name = ""
	return digest(gpuBlock, &unnamed)
}
