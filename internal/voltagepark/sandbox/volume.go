package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

// storageRate is the price of a gigabyte per hour. The page prints 0.017408 both for this
// and for a volume of 100 GB; the rate here is the one that results in the volume's price
// [inferred].
const storageRate = "0.00017408"

// storageCharge is the type of a volume's line on the bill, known from another client.
const storageCharge = "storage_charge"

// volume is shared storage of the organization.
type volume struct {
	id      cloud.VolumeID
	billing string // ID of its line on the bill
	name    string
	sizeGB  int
	used    int64
	orders  []cloud.MachineRef
	address string
	created time.Time
	metered
}

// addVolume adds a volume that is not attached.
func (w *world) addVolume(name string, sizeGB int) *volume {
	v := &volume{
		id: cloud.VolumeID(w.kit.Seed.UUID()), billing: w.kit.Seed.UUID(), name: name, orders: []cloud.MachineRef{},
		address: fmt.Sprintf("10.15.1.%d", 1+len(w.volumes)%250), created: w.kit.Clock.Now(),
	}
	v.resize(sizeGB, v.created)
	w.volumes = append(w.volumes, v)
	return v
}

// resize changes the size, and the rate from now on.
func (v *volume) resize(sizeGB int, now time.Time) {
	v.sizeGB = sizeGB
	v.charge(now, decimal.RequireFromString(storageRate).Mul(decimal.NewFromInt(int64(sizeGB))))
}

// wire returns the volume in the vendor's form for lists.
func (v *volume) wire() voltagepark.Volume {
	return voltagepark.Volume{
		ID: v.id, SizeInGB: &v.sizeGB, Name: v.name, Status: "active", RateHourly: rated(v.rate()),
		OrderIDs: v.orders, TenantID: []byte("123"), VIP: &v.address,
	}
}

// rated returns a rate with all its decimals: six are too few for a gigabyte.
func rated(d decimal.Decimal) voltagepark.Decimal {
	var out voltagepark.Decimal
	_ = out.UnmarshalJSON([]byte(`"` + d.String() + `"`)) // accepts any value
	return out
}

func (v *volume) transaction(asked period, now time.Time) voltagepark.Transaction {
	var ended voltagepark.Timestamp
	if v.ended != nil {
		ended = voltagepark.NewTimestamp(*v.ended)
	}
	return voltagepark.Transaction{
		ID:                  cloud.TransactionID(v.billing),
		TotalAmount:         voltagepark.NewDecimal(charged(v.cost(v.created, now))),
		TimestampCreation:   voltagepark.NewTimestamp(v.created),
		TimestampCompletion: ended,
		Details: voltagepark.TransactionDetails{Type: storageCharge, LinkedInstance: &voltagepark.LinkedInstance{
			ID: string(v.id), TimestampCreation: voltagepark.NewTimestamp(v.created), TimestampDeletion: ended,
		}},
		PeriodAmount: voltagepark.NewDecimal(charged(v.cost(asked.from, asked.to))),
	}
}

// liveVolumes returns the volumes that are not deleted.
func (w *world) liveVolumes() []*volume {
	return slices.DeleteFunc(slices.Clone(w.volumes), func(v *volume) bool { return v.ended != nil })
}

// volume returns the volume with that ID, if there is one.
func (w *world) volume(id string) *volume {
	for _, v := range w.liveVolumes() {
		if string(v.id) == id {
			return v
		}
	}
	return nil
}

func (v *volume) began() time.Time { return v.created }

func (s *Sandbox) getStorageRate(*http.Request) answer {
	return ok(voltagepark.StorageRate{HourlyRatePerGB: rated(decimal.RequireFromString(storageRate))})
}

func (s *Sandbox) listVolumes(r *http.Request) answer {
	var f form
	limit, offset := f.page(r, 20, 100)
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	var rows []voltagepark.Volume
	for _, v := range s.world.liveVolumes() {
		rows = append(rows, v.wire())
	}
	return envelope(rows, limit, offset)
}

// onVolume runs an operation on the volume in the path. The page lists no 404, which is
// [inferred].
func (s *Sandbox) onVolume(r *http.Request, f *form, act func(*volume) answer) answer {
	id := f.pathID(r, "storage_id")
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	live := s.world.liveVolumes()
	i := slices.IndexFunc(live, func(v *volume) bool { return string(v.id) == id })
	if i < 0 {
		return refuse(http.StatusNotFound, "Storage volume not found")
	}
	return act(live[i])
}

func (s *Sandbox) getVolume(r *http.Request) answer {
	return s.onVolume(r, &form{}, func(v *volume) answer {
		out := v.wire()
		out.UsedCapacityBytes = &v.used
		return ok(out)
	})
}

// createVolume creates a volume. It returns 400 for a name in use and for an unknown
// rental, which is [inferred].
func (s *Sandbox) createVolume(r *http.Request) answer {
	f := &form{}
	f.body(r, "size_in_gb", "name", "order_ids")
	f.require("size_in_gb", "name")
	name, sizeGB, orders := f.text("name", false), f.integer("size_in_gb", 1, false), f.orders()
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	if a, refused := s.world.refuseVolume(nil, name, sizeGB, orders); refused {
		return a
	}
	v := s.world.addVolume(*name, *sizeGB)
	v.orders = append(v.orders, orders...)
	return answer{http.StatusCreated, v.wire()}
}

// updateVolume changes the given members; order_ids replaces the old set [inferred].
func (s *Sandbox) updateVolume(r *http.Request) answer {
	f := &form{}
	f.body(r, "size_in_gb", "name", "order_ids")
	name, sizeGB, orders := f.text("name", true), f.integer("size_in_gb", 1, true), f.orders()
	return s.onVolume(r, f, func(v *volume) answer {
		if a, refused := s.world.refuseVolume(v, name, sizeGB, orders); refused {
			return a
		}
		if name != nil {
			v.name = *name
		}
		if sizeGB != nil {
			v.resize(*sizeGB, s.kit.Clock.Now())
		}
		if f.given("order_ids") {
			v.orders = orders
		}
		return ok(v.wire())
	})
}

// refuseVolume returns why the vendor may return a 400 [inferred].
func (w *world) refuseVolume(v *volume, name *string, sizeGB *int, orders []cloud.MachineRef) (answer, bool) {
	for _, other := range w.liveVolumes() {
		if name != nil && other != v && other.name == *name {
			return refuse(http.StatusBadRequest, "A storage volume with this name already exists"), true
		}
	}
	if v != nil && sizeGB != nil && *sizeGB < v.sizeGB {
		return refuse(http.StatusBadRequest, "Storage volumes cannot be shrunk"), true
	}
	for _, id := range orders {
		if !slices.ContainsFunc(w.rentals, func(r *rental) bool { return cloud.MachineRef(r.id) == id && r.ended == nil }) {
			return refuse(http.StatusBadRequest, fmt.Sprintf("Order %s not found", id)), true
		}
	}
	return answer{}, false
}

// deleteVolume refuses a volume that is attached [inferred].
func (s *Sandbox) deleteVolume(r *http.Request) answer {
	return s.onVolume(r, &form{}, func(v *volume) answer {
		if len(v.orders) > 0 {
			return refuse(http.StatusBadRequest, "Storage volume is attached to an active order")
		}
		now := s.kit.Clock.Now()
		v.ended = &now
		return answer{status: http.StatusNoContent}
	})
}

// orders reads a list of rentals.
func (f *form) orders() []cloud.MachineRef {
	out := []cloud.MachineRef{}
	for i, id := range f.texts("order_ids", true) {
		if !cloud.IsUUID(id) {
			f.report("uuid_parsing", "Input should be a valid UUID", f.at("order_ids", i)...)
		}
		out = append(out, cloud.MachineRef(id))
	}
	return out
}
