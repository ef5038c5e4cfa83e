package cloud

// IDs are the vendor's own strings, byte for byte. Each kind has its own type, so that
// an ID of another kind does not compile.
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
	// MachineRef identifies the machine that a volume is attached to: it is the ID of a
	// VM or of a bare-metal rental, depending on the cloud.
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

// idPattern is the pattern of every ID argument. It is wide on purpose: it refuses only
// what could break out of its place in a URL. Whether an ID exists is for the vendor to
// say, and a name in its place is refused with the IDs that it may have meant.
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
