package sandbox

import (
	"net/http"
	"slices"
	"strconv"

	"countersign/internal/gpcn"
)

// series is a model of GPU with its stock.
type series struct {
	id                gpcn.SeriesID
	name, code, about string
	stock             []*stock
}

// stock is how many machines of one SKU are free in one place. The SKUs of one count are
// sorted by price, the cheapest first.
type stock struct {
	of    *series
	at    *place
	count int
	skuID string
	sku   gpcn.GPUSKU
	free  int
}

// counts are the numbers of GPUs that one VM can have.
func counts() []int { return []int{1, 2, 4, 8} }

// getInventory lists what is in stock now, and nothing else.
func (s *Sandbox) getInventory(r *http.Request) answer {
	f := &form{}
	place := f.queryID(r, "datacenterId")
	q := r.URL.Query()
	code, count := q.Get("code"), 0
	if text := q.Get("count"); text != "" {
		var err error
		if count, err = strconv.Atoi(text); err != nil || !slices.Contains(counts(), count) {
			f.report("count", "Must be one of %d", counts())
		}
	}
	if a, refused := f.refused(); refused {
		return a
	}
	if place != "" {
		if _, there := s.world.place(place); !there {
			return unknown("Data center")
		}
	}
	out := gpcn.Inventory{Series: []gpcn.GPUSeries{}}
	for _, of := range s.world.series {
		row := gpcn.GPUSeries{ID: of.id, Name: of.name, Code: of.code, Description: of.about, Availability: []gpcn.GPUAvailability{}}
		if !s.world.providerDown {
			row.Availability = of.availability(place, count)
		}
		offers := slices.ContainsFunc(of.stock, func(st *stock) bool { return count == 0 || st.count == count })
		if is(code, of.code) && offers {
			out.Series = append(out.Series, row)
		}
	}
	if s.world.providerDown {
		out.Error = &gpcn.InventoryError{Code: gpcn.ProviderUnavailable, Message: "The GPU provider is currently unavailable"}
	}
	return ok("GPU inventory retrieved successfully", out)
}

// availability returns where a series is in stock, for one place or all and one count or
// all.
func (of *series) availability(at string, count int) []gpcn.GPUAvailability {
	out := []gpcn.GPUAvailability{}
	for _, st := range of.stock {
		if st.free == 0 || !is(at, string(st.at.ID)) || count != 0 && count != st.count {
			continue
		}
		i := slices.IndexFunc(out, func(a gpcn.GPUAvailability) bool { return a.DatacenterID == st.at.ID })
		if i < 0 {
			i = len(out)
			out = append(out, gpcn.GPUAvailability{DatacenterID: st.at.ID, DatacenterName: st.at.Name, DatacenterCode: st.at.Code})
		}
		row := &out[i]
		n := slices.IndexFunc(row.GPUCounts, func(c gpcn.GPUCount) bool { return c.Count == st.count })
		if n < 0 {
			n = len(row.GPUCounts)
			row.GPUCounts = append(row.GPUCounts, gpcn.GPUCount{Count: st.count, Specs: st.sku.Specs})
		}
		row.GPUCounts[n].AvailableSKUs = append(row.GPUCounts[n].AvailableSKUs, st.sku)
	}
	return out
}
