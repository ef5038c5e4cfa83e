package voltagepark_test

import (
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

// rentals is the one kind of rental.
func rentals(h house) cloud.RentalKind { return h.RentalKinds()[0] }

// oneServer is a valid block for the least that can be rented.
func oneServer(t *testing.T, h house) *voltagepark.RentalSpec {
	t.Helper()
	return &voltagepark.RentalSpec{LocationID: h.location(t, "Dallas").ID, GPUCount: 8, Name: "cluster-1", NetworkType: "infiniband"}
}

// rent makes a rental and waits until it runs.
func (h house) rent(t *testing.T, gpus int, change func(*voltagepark.RentalSpec)) cloud.Rental {
	t.Helper()
	spec := oneServer(t, h)
	spec.GPUCount = gpus
	if change != nil {
		change(spec)
	}
	made, err := rentals(h).CreateRental(t.Context(), spec, marker)
	if err != nil {
		t.Fatal(err)
	}
	h.kit.Clock.Advance(time.Hour)
	rental, err := h.GetRental(t.Context(), made.IDs[0])
	if err != nil {
		t.Fatal(err)
	}
	return rental
}
