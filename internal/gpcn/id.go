package gpcn

// IDs are the vendor's own strings, kept byte for byte: UUIDs all of them. Those
// that other clouds have too are types of package cloud: a VM of either kind is
// a cloud.VMID, a data center a cloud.LocationID, a VM SKU a cloud.OfferID.
type (
	// ImageID identifies an operating system image in one data center.
	ImageID string
	// NetworkID identifies a network.
	NetworkID string
	// ResourceGroupID identifies a resource group.
	ResourceGroupID string
	// SeriesID identifies a series of GPUs.
	SeriesID string
	// JobID identifies a job.
	JobID string
)
