package sandbox

import (
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

// The durations of operations [inferred].
const (
	provisioning = 15 * time.Minute
	rebooting    = 5 * time.Minute
	// terminating is how long a rental is still listed after its end.
	terminating = 30 * time.Second
)

// gpusPerNode is how many GPUs one server has.
const gpusPerNode = 8

// rentalCharge is the type of a rental's line on the bill, known from another client.
const rentalCharge = "baremetal_charge"

// rental is one or more whole servers.
type rental struct {
	id      cloud.RentalID
	billing string // ID of its line on the bill
	linked  string // ID of the instance that the line names
	name    string
	tags    []string
	// at is nil for rentals of tests, which take nothing from the stock.
	at       *place
	network  string
	nodes    []node
	subOrder string
	volume   cloud.VolumeID
	cluster  cloud.ClusterID
	// kubeconfig is the credential that the vendor sends with the row.
	kubeconfig string
	// pendingUntil is when provisioning or a reboot ends.
	pendingUntil time.Time
	failed       bool
	off          bool
	created      time.Time
	metered
}

// node is one server.
type node struct{ public, private string }

// perGPU returns the price of a GPU on a network, as it was observed live.
func perGPU(network string) decimal.Decimal {
	if network == "infiniband" {
		return decimal.RequireFromString("2.49")
	}
	return decimal.RequireFromString("1.99")
}

// free returns the free GPUs of a network.
func (b *bareMetal) free(network string) *int {
	if network == "infiniband" {
		return &b.infiniband
	}
	return &b.ethernet
}

// addRental adds a rental and takes its servers from a place's stock.
func (w *world) addRental(r *rental, gpus int, now time.Time) *rental {
	w.furnish(r, gpus/gpusPerNode)
	r.created, r.pendingUntil = now, now.Add(provisioning)
	r.charge(now, r.price())
	r.give(-len(r.nodes))
	w.rentals = append(w.rentals, r)
	return r
}

// give returns servers to the stock that they were taken from, if any.
func (r *rental) give(servers int) {
	if r.at != nil {
		*r.at.bareMetal.free(r.network) += servers * gpusPerNode
	}
}

// furnish sets a rental's IDs, servers and credential.
func (w *world) furnish(r *rental, servers int) *rental {
	seed := w.kit.Seed
	r.id, r.cluster = cloud.RentalID(seed.UUID()), cloud.ClusterID(seed.UUID())
	r.billing, r.linked = seed.UUID(), seed.UUID()
	r.kubeconfig = "apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    token: sandbox-kubeconfig-" + seed.Hex(32) + "\n"
	for range servers {
		w.nextNode++
		r.nodes = append(r.nodes, node{fmt.Sprintf("198.51.100.%d", w.nextNode%250+1), fmt.Sprintf("192.168.0.%d", w.nextNode%250+1)})
	}
	return r
}

// price returns what all servers together cost per hour, on or off [inferred].
func (r *rental) price() decimal.Decimal {
	return perGPU(r.network).Mul(decimal.NewFromInt(int64(len(r.nodes) * gpusPerNode)))
}

// listed returns the rentals that the vendor still shows.
func (w *world) listed(now time.Time) []*rental {
	return slices.DeleteFunc(slices.Clone(w.rentals), func(r *rental) bool {
		return r.ended != nil && !now.Before(r.ended.Add(terminating))
	})
}

// status returns the vendor's status.
func (r *rental) status(now time.Time) string {
	switch {
	case r.ended != nil:
		return voltagepark.RentalTerminated
	case r.failed:
		return voltagepark.RentalFailed
	case now.Before(r.pendingUntil):
		return voltagepark.RentalPending
	}
	return voltagepark.RentalRunning
}

// terminate ends a rental and returns its servers to the stock.
func (r *rental) terminate(now time.Time) {
	r.give(len(r.nodes))
	r.ended = &now
}

// remove returns single servers to the stock.
func (r *rental) remove(addresses []string, now time.Time) {
	r.nodes = slices.DeleteFunc(r.nodes, func(n node) bool { return slices.Contains(addresses, n.public) })
	r.give(len(addresses))
	r.charge(now, r.price())
}

func (r *rental) began() time.Time { return r.created }

func (r *rental) transaction(asked period, now time.Time) voltagepark.Transaction {
	return line(r, r.billing, voltagepark.TransactionDetails{Type: rentalCharge, LinkedInstance: &voltagepark.LinkedInstance{
		ID: r.linked, BareMetalRentalID: string(r.id),
	}}, asked, now)
}

// pendingRow has the members of a rental while it is Pending.
type pendingRow struct {
	ID                cloud.RentalID        `json:"id"`
	Name              string                `json:"name"`
	CreationTimestamp voltagepark.Timestamp `json:"creation_timestamp"`
	Status            string                `json:"status"`
	RateHourly        voltagepark.Decimal   `json:"rate_hourly"`
	SubOrder          *string               `json:"sub_order"`
}

// rentalRow is a rental in the vendor's form, with its credential.
type rentalRow struct {
	voltagepark.BareMetalRental
	SubOrder   *string `json:"sub_order"`
	StorageID  *string `json:"storage_id"`
	Kubeconfig string  `json:"kubeconfig"`
}

// wire returns the rental in the vendor's form.
func (r *rental) wire(now time.Time) any {
	status, rate := r.status(now), voltagepark.NewDecimal(r.rate())
	if status == voltagepark.RentalPending {
		return pendingRow{r.id, r.name, voltagepark.NewTimestamp(r.created), status, rate, orNull(r.subOrder)}
	}
	power := voltagepark.RentalRunning
	if r.off {
		power = voltagepark.RentalStopped
	}
	row := voltagepark.BareMetalRental{
		ID: r.id, Name: r.name, CreationTimestamp: voltagepark.NewTimestamp(r.created), Status: status, PowerStatus: power,
		NodeCount: new(len(r.nodes)), SpecsPerNode: new(nodeSpecs()), RateHourly: rate, NetworkType: r.network,
		Username: new("ubuntu"), NodeNetworking: []voltagepark.NodeNetworking{}, K8sClusterID: r.cluster, Tags: r.tags,
	}
	if r.volume != "" {
		row.StoragePV, row.StoragePVC = new("pv-"+string(r.volume)), new("pvc-"+string(r.volume))
	}
	for _, n := range r.nodes {
		row.NodeNetworking = append(row.NodeNetworking, voltagepark.NodeNetworking{PublicIP: &n.public, PrivateIP: &n.private})
	}
	return rentalRow{BareMetalRental: row, SubOrder: orNull(r.subOrder), StorageID: orNull(string(r.volume)), Kubeconfig: r.kubeconfig}
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// nodeSpecs returns the hardware of every server, as it was observed live.
func nodeSpecs() voltagepark.NodeSpecs {
	return voltagepark.NodeSpecs{
		GPUModel: h100, GPUCount: new(gpusPerNode), CPUModel: "Intel Xeon Platinum 8470", CPUCount: new(104), RAMGB: new(1024), StorageGB: new(18000),
	}
}
