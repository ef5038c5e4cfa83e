package voltagepark

import (
	"fmt"

	"countersign/internal/cloud"
)

// on returns the number of free GPUs on a network of the location, and their price.
func (l BareMetalLocation) on(network string) (free *int, perGPU Decimal) {
	if network == networkInfiniband {
		return l.GPUCountInfiniband, l.GPUPriceInfiniband
	}
	return l.GPUCountEthernet, l.GPUPriceEthernet
}

// stock returns the free GPUs in one line.
func (l BareMetalLocation) stock() string {
	return fmt.Sprintf("ethernet %s, infiniband %s GPUs free", countText(l.GPUCountEthernet), countText(l.GPUCountInfiniband))
}

func countText(n *int) string {
	if n == nil {
		return "an unknown number of"
	}
	return fmt.Sprint(*n)
}

// gpu returns the GPUs of each server.
func (s NodeSpecs) gpu() cloud.GPU {
	gpu := cloud.GPU{Model: cloud.CleanText(s.GPUModel)}
	if s.GPUCount != nil {
		gpu.Count = *s.GPUCount
	}
	return gpu
}

// rentalPrice returns the price of all GPUs: prices are per GPU, never per server.
func rentalPrice(s *RentalSpec, perGPU Decimal) cloud.Price {
	what := "gpu_price_" + s.NetworkType
	price := money(perGPU)
	if price == nil {
		return cloud.UnknownPrice("the vendor's " + what + " is not a number")
	}
	return cloud.HourlyPrice(price.Times(int64(s.GPUCount)),
		fmt.Sprintf("Voltage Park bare-metal locations: gpu_count x %s, %d x %s", what, s.GPUCount, price), assumedCurrency)
}

func (s *RentalSpec) facts(place BareMetalLocation, volume *Volume, price cloud.Price, keys []cloud.SSHKey) []cloud.Fact {
	facts := []cloud.Fact{
		{Label: "location_id", Value: string(place.ID)},
		{Label: "size", Value: s.size(place.SpecsPerNode)},
		{Label: "network", Value: s.NetworkType},
	}
	if price.Known() {
		facts = append(facts, cloud.Fact{Label: "per 24 hours", Value: price.PerHour.Times(24).String()})
	}
	if s.SubOrder != "" {
		facts = append(facts, cloud.Fact{Label: "sub_order", Value: s.SubOrder})
	}
	if volume != nil {
		facts = append(facts,
			cloud.Fact{Label: "storage_id", Value: string(volume.ID)},
			cloud.Fact{Label: "storage", Value: fmt.Sprintf("%s, %s GB, %s", cloud.CleanText(volume.Name), countText(volume.SizeInGB), cloud.CleanText(volume.Status))})
	}
	return append(append(facts, tagFacts(s.Tags)...), s.access().facts(keys)...)
}

// servers returns how many servers have that many GPUs; nodeGPUs each where the location
// does not show their hardware.
func (s *RentalSpec) servers(node NodeSpecs) int {
	each := nodeGPUs
	if node.GPUCount != nil && *node.GPUCount > 0 {
		each = *node.GPUCount
	}
	return (s.GPUCount + each - 1) / each
}

// size returns the servers and the hardware of each.
func (s *RentalSpec) size(node NodeSpecs) string {
	size := fmt.Sprintf("%d GPUs", s.GPUCount)
	if node.GPUCount != nil && *node.GPUCount > 0 && s.GPUCount%*node.GPUCount == 0 {
		size += fmt.Sprintf(", %d server(s)", s.GPUCount / *node.GPUCount)
	}
	return size + " of " + offerSize(cloud.Offer{
		GPUs: []cloud.GPU{node.gpu()}, VCPUs: node.CPUCount, RAMGB: node.RAMGB, StorageGB: node.StorageGB,
	})
}

func (s *RentalSpec) consequences(volume *Volume, keys []cloud.SSHKey) []string {
	out := []string{
		"It costs until the rental is deleted; that switching its servers off saves anything is not documented.",
		"It is Pending at first, 15 to 30 minutes as reported; that nothing is charged meanwhile is not documented.",
		"A Kubernetes cluster is made with it; save_kubeconfig saves its credential.",
	}
	if s.SubOrder == "" {
		out = append(out, "Without a sub_order its servers reach those of all other rentals in the account's default one for this network.")
	}
	if volume != nil {
		out = append(out, "The storage volume is attached: whoever gets into the servers gets at its data. Its own charge stays as it is.")
	}
	if s.access().closed(keys) {
		out = append(out, "Nobody can log in, as far as it is documented: no SSH key and no cloud-init is given.")
	}
	return out
}

// freeNote returns what is free; it changes between reads.
func freeNote(free *int, network string) string {
	if free == nil {
		return "How many GPUs are free is not told."
	}
	return fmt.Sprintf("Free on %s at this location now: %d GPUs.", network, *free)
}
