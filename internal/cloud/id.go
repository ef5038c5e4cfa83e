package cloud

// IDs are the vendor's own strings, kept byte for byte. Each kind has a type of
// its own, so that no function can be handed the ID of something else.
type (
	// AccountName names a configured account: by default the cloud's name.
	AccountName string
	// Vendor names a cloud: "gpcn", "hostup", "voltagepark".
	Vendor string
	// VMID identifies a virtual machine of any kind.
	VMID string
	// LocationID identifies a data centre or region.
	LocationID string
	// HostNodeID identifies one physical host that a location names.
	HostNodeID string
	// OfferID identifies what create_vm can be given: a preset, a size, a plan.
	OfferID string
	// SSHKeyID identifies an SSH public key of an account.
	SSHKeyID string
	// ImageID identifies an operating system.
	ImageID string
	// NetworkID identifies a private network.
	NetworkID string
	// InterfaceID identifies a network interface of a machine.
	InterfaceID string
	// ResourceGroupID identifies a group of resources.
	ResourceGroupID string
	// VolumeID identifies a volume.
	VolumeID string
	// MachineRef identifies what a volume is attached to: by the ID of a VM or of a
	// bare-metal rental, whichever the cloud attaches volumes to.
	MachineRef string
	// RentalID identifies a bare-metal rental.
	RentalID string
	// ClusterID identifies a Kubernetes cluster.
	ClusterID string
	// OrganizationID identifies the organization that a key belongs to.
	OrganizationID string
	// SnapshotID identifies a snapshot of one machine.
	SnapshotID string
	// BackupID identifies a backup of one machine.
	BackupID string
	// TransactionID identifies one line of a bill.
	TransactionID string
)

// idPattern is what every ID argument must look like before it is looked up.
// It is wide on purpose: whether an ID exists is asked of the vendor, a name is
// refused with the IDs that it may have meant, and only what could leave its
// place in a URL is refused here.
const idPattern = `^\w[^/?#%]{0,127}$`

// SchemaPattern is the pattern of an ID argument.
func (VMID) SchemaPattern() string { return idPattern }

// SchemaPattern is the pattern of an ID argument.
func (LocationID) SchemaPattern() string { return idPattern }

// SchemaPattern is the pattern of an ID argument.
func (HostNodeID) SchemaPattern() string { return idPattern }

// SchemaPattern is the pattern of an ID argument.
func (OfferID) SchemaPattern() string { return idPattern }

// SchemaPattern is the pattern of an ID argument.
func (SSHKeyID) SchemaPattern() string { return idPattern }

// SchemaPattern is the pattern of an ID argument.
func (ImageID) SchemaPattern() string { return idPattern }

// SchemaPattern is the pattern of an ID argument.
func (NetworkID) SchemaPattern() string { return idPattern }

// SchemaPattern is the pattern of an ID argument.
func (ResourceGroupID) SchemaPattern() string { return idPattern }

// SchemaPattern is the pattern of an ID argument.
func (RentalID) SchemaPattern() string { return idPattern }

// SchemaPattern is the pattern of an ID argument.
func (VolumeID) SchemaPattern() string { return idPattern }

// SchemaPattern is the pattern of an ID argument.
func (MachineRef) SchemaPattern() string { return idPattern }

// SchemaPattern is the pattern of an ID argument.
func (SnapshotID) SchemaPattern() string { return idPattern }

// SchemaPattern is the pattern of an ID argument.
func (BackupID) SchemaPattern() string { return idPattern }

// SchemaPattern is the pattern of an ID argument.
func (InterfaceID) SchemaPattern() string { return idPattern }
