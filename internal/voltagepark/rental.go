package voltagepark

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// BareMetalRental is a rental that is owned and not terminated. While it is Pending the
// vendor may send only ID, name, creation time, rate and sub-order.
type BareMetalRental struct {
	ID                cloud.RentalID   `json:"id"`
	Name              string           `json:"name"`
	CreationTimestamp Timestamp        `json:"creation_timestamp"`
	Status            string           `json:"status"`
	PowerStatus       string           `json:"power_status"`
	NodeCount         *int             `json:"node_count"`
	SpecsPerNode      *NodeSpecs       `json:"specs_per_node"`
	RateHourly        Decimal          `json:"rate_hourly"`
	NetworkType       string           `json:"network_type"`
	Username          *string          `json:"username"`
	NodeNetworking    []NodeNetworking `json:"node_networking"`
	SubOrder          Scalar           `json:"sub_order"`
	StorageID         cloud.VolumeID   `json:"storage_id"`
	StoragePV         *string          `json:"storage_pv"`
	StoragePVC        *string          `json:"storage_pvc"`
	K8sClusterID      cloud.ClusterID  `json:"k8s_cluster_id"`
	// Kubeconfig is a credential; it prints and encodes as a placeholder.
	Kubeconfig cloud.Secret `json:"kubeconfig"`
	Tags       []string     `json:"tags"`
}

// NodeNetworking has the addresses of one server of a rental.
type NodeNetworking struct {
	PublicIP  *string `json:"public_ip"`
	PrivateIP *string `json:"private_ip"`
}

// The values of BareMetalRental.Status and PowerStatus that the adapter acts on; others
// are kept. The API page shows "Running", another client has the rest.
const (
	RentalRunning    = "Running"
	RentalPending    = "Pending"
	RentalFailed     = "Failed"
	RentalTerminated = "Terminated"
	RentalStopped    = "Stopped"
)

// maxRentals is the largest limit that the list of rentals takes.
const maxRentals = 100

// ListRentals is "List of owned, unterminated baremetal machines". The limit is at most
// 100; the default is 20.
//
//api:operation GET /api/v1/bare-metal/
func (c *Client) ListRentals(ctx context.Context, opts ListOptions) (List[BareMetalRental], error) {
	return rest.Get[List[BareMetalRental]](ctx, c.rest, "list rentals", "/bare-metal/", opts.query())
}

// GetRental reads one rental. The API page does not have this operation; the API did not
// have it in June 2025 either, but a later catalogue does.
//
//api:operation GET /api/v1/bare-metal/{baremetal_rental_id}
func (c *Client) GetRental(ctx context.Context, id cloud.RentalID) (BareMetalRental, error) {
	return rest.Get[BareMetalRental](ctx, c.rest, "get rental", rentalPath(id), nil)
}

// BareMetalOrder is the body that rents servers.
type BareMetalOrder struct {
	LocationID          cloud.LocationID    `json:"location_id"`
	GPUCount            int                 `json:"gpu_count"`
	Name                string              `json:"name"`
	OrganizationSSHKeys OrganizationSSHKeys `json:"organization_ssh_keys,omitzero"`
	SSHKeys             []string            `json:"ssh_keys,omitempty"`
	NetworkType         string              `json:"network_type"`
	// SubOrder is documented as an integer and a string in the page's sample; FastAPI
	// accepts a string of digits for both [inferred].
	SubOrder        string           `json:"sub_order,omitempty"`
	StorageID       cloud.VolumeID   `json:"storage_id,omitempty"`
	Tags            []string         `json:"tags,omitempty"`
	CloudinitScript cloud.InitScript `json:"cloudinit_script,omitzero"`
}

// CreatedRental is the response to an order.
type CreatedRental struct {
	RentalID cloud.RentalID `json:"rental_id"`
	Warning  *string        `json:"warning"`
}

// CreateRental is "Provision a new bare-metal server rental". It starts a charge.
//
//api:operation POST /api/v1/bare-metal/
func (c *Client) CreateRental(ctx context.Context, order BareMetalOrder) (CreatedRental, error) {
	return rest.Send[CreatedRental](ctx, c.rest, "create rental", http.MethodPost, "/bare-metal/", order)
}

// UpdateRental is "Modify baremetal rental details". The response repeats the request and
// is not the rental.
//
//api:operation PATCH /api/v1/bare-metal/{baremetal_rental_id}
func (c *Client) UpdateRental(ctx context.Context, id cloud.RentalID, update VMDetails) (VMDetails, error) {
	return rest.Send[VMDetails](ctx, c.rest, "update rental", http.MethodPatch, rentalPath(id), update)
}

// SetRentalPower is "Start or stop the nodes in a baremetal rental". It accepts the states
// started and stopped; its response is not documented.
//
//api:operation PUT /api/v1/bare-metal/{baremetal_rental_id}/power-status
func (c *Client) SetRentalPower(ctx context.Context, id cloud.RentalID, status PowerStatus) error {
	_, err := rest.Send[rest.Nothing](ctx, c.rest, "power rental", http.MethodPut, rentalPath(id)+"/power-status", VMPower{Status: status})
	return err
}

// RentalNodes selects servers of a rental by their public addresses.
type RentalNodes struct {
	PublicIPs []cloud.NodeAddress `json:"public_ips"`
}

// RebootNodes is "Reboot specific nodes in a baremetal rental." The whole rental
// becomes Pending.
//
//api:operation POST /api/v1/bare-metal/{baremetal_rental_id}/reboot
func (c *Client) RebootNodes(ctx context.Context, id cloud.RentalID, nodes RentalNodes) error {
	_, err := rest.Send[rest.Nothing](ctx, c.rest, "reboot nodes", http.MethodPost, rentalPath(id)+"/reboot", nodes)
	return err
}

// RemoveNodes removes servers from a rental. The API page does not have this operation;
// its body is known from another client.
//
//api:operation PATCH /api/v1/bare-metal/{baremetal_rental_id}/remove-nodes
func (c *Client) RemoveNodes(ctx context.Context, id cloud.RentalID, nodes RentalNodes) error {
	_, err := rest.Send[rest.Nothing](ctx, c.rest, "remove nodes", http.MethodPatch, rentalPath(id)+"/remove-nodes", nodes)
	return err
}

// DeleteRental is "Terminate a bare-metal rental". It returns 202: the rental may still be
// listed for a while.
//
//api:operation DELETE /api/v1/bare-metal/{baremetal_rental_id}
func (c *Client) DeleteRental(ctx context.Context, id cloud.RentalID) error {
	_, err := rest.Send[rest.Nothing](ctx, c.rest, "delete rental", http.MethodDelete, rentalPath(id), nil)
	return err
}

func rentalPath(id cloud.RentalID) string { return "/bare-metal/" + rest.ID(id) }
