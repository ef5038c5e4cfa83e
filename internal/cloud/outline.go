package cloud

// The types below are outlined in the schemas of outputs: their members are left out.
// Their names explain themselves, and the members would cost every client tokens in
// every conversation.

// SchemaOutlined leaves the members out of output schemas.
func (OfferStock) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (Stock) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (HostNode) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (UnitPrice) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (BareMetal) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (PortForward) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (Interface) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (NamedGate) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (VMBill) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (Server) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (Node) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (Snapshot) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (Backup) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (Usage) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (Traffic) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (ScheduledDeletion) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (MetricSample) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (VMDisk) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (NetworkCard) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (VMSSHKey) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (NetworkVM) SchemaOutlined() {}

// SchemaOutlined leaves the members out of output schemas.
func (AddressRange) SchemaOutlined() {}
