package voltagepark

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// ListRentals returns one page of the account's rentals; at most 100 per page.
func (p *Provider) ListRentals(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.Rental], error) {
	rows, err := p.rentalPage(ctx, page)
	return cloud.MapPage(rows, p.rental), err
}

func (p *Provider) rentalPage(ctx context.Context, page cloud.PageRequest) (cloud.Page[BareMetalRental], error) {
	return listPage(ctx, p, "list rentals", page, maxRentals, p.client.ListRentals)
}

// GetRental reads one rental by its exact ID.
func (p *Provider) GetRental(ctx context.Context, id cloud.RentalID) (cloud.Rental, error) {
	row, err := p.readRental(ctx, id)
	if err != nil {
		return cloud.Rental{}, err
	}
	return p.rental(row), nil
}

// readRental reads the rental itself or, where the vendor lacks that operation, searches
// the list: in 2025 the operation did not exist.
func (p *Provider) readRental(ctx context.Context, id cloud.RentalID) (BareMetalRental, error) {
	const operation = "get rental"
	return exactly(p, operation, id, func(id cloud.RentalID) (BareMetalRental, error) {
		row, err := p.client.GetRental(ctx, id)
		var e *cloud.Error
		switch {
		case err == nil:
			return row, cloud.SameID(p.account, operation, id, row.ID)
		case !errors.As(asUnknownID(err), &e), e.Kind != cloud.ErrUnknownID && e.Status != http.StatusMethodNotAllowed:
			return BareMetalRental{}, err
		}
		for row, err := range cloud.All(ctx, maxRentals, p.rentalPage) {
			if err != nil {
				return BareMetalRental{}, err
			}
			if row.ID == id {
				return row, nil
			}
		}
		return BareMetalRental{}, p.refuse(cloud.ErrUnknownID, operation, "no rental with this ID in this account")
	})
}

// ReadKubeconfig returns the credential of the rental's cluster.
func (p *Provider) ReadKubeconfig(ctx context.Context, id cloud.RentalID) (cloud.Secret, error) {
	row, err := p.readRental(ctx, id)
	if err == nil && row.Kubeconfig.IsZero() {
		e := p.refuse(cloud.ErrBlocked, "read kubeconfig", "the cloud has no kubeconfig for this rental now")
		e.Hint = "While a rental is Pending its kubeconfig is not told; get_rental says when it is there."
		return cloud.Secret{}, e
	}
	return row.Kubeconfig, err
}

// PlanRentalUpdate refuses names and tags that the rules forbid.
func (p *Provider) PlanRentalUpdate(_ context.Context, rental cloud.Rental, update cloud.RentalUpdate) error {
	var problems []cloud.Issue
	if update.Name != nil {
		problems = checkName(*update.Name)
	}
	if update.Tags != nil {
		problems = append(problems, checkTags(*update.Tags, rental.Tags)...)
	}
	return p.invalid("update rental", problems)
}

// UpdateRental changes name and tags.
func (p *Provider) UpdateRental(ctx context.Context, id cloud.RentalID, update cloud.RentalUpdate) error {
	details := VMDetails{Name: update.Name, Tags: update.Tags}
	if details.Tags != nil && *details.Tags == nil {
		details.Tags = &[]string{} // an empty list removes all tags; null changes nothing
	}
	_, err := exactly(p, "update rental", id, func(id cloud.RentalID) (VMDetails, error) {
		return p.client.UpdateRental(ctx, id, details)
	})
	return err
}

// PlanRentalDeletion returns what ends with a rental and what does not. That a volume
// remains is [inferred], and the plan says so.
func (p *Provider) PlanRentalDeletion(_ context.Context, rental cloud.Rental) ([]string, error) {
	if rental.Status == RentalTerminated {
		return nil, p.refuse(cloud.ErrBlocked, "delete rental", "the rental is terminated already")
	}
	out := []string{
		"All its servers are given back and their public addresses with them.",
		"Everything on their local disks is lost for ever; this cannot be undone.",
		"Its Kubernetes cluster ends, with all that runs in it.",
	}
	if rental.VolumeID != "" {
		out = append(out, "The storage volume that is attached is not deleted with it, as far as documented, and goes on costing until it is.")
	}
	if len(rental.Nodes) == 0 {
		out = append(out, "Which servers and storage volume it has is not told now: its status is in the target. A volume is not deleted with it, as far as documented, and goes on costing until it is.")
	}
	return out, nil
}

// DeleteRental deletes a rental. The vendor responds before it is gone: it may still be
// listed for a while.
func (p *Provider) DeleteRental(ctx context.Context, id cloud.RentalID) error {
	return p.onRental("delete rental", id, func() error { return p.client.DeleteRental(ctx, id) })
}

// RentalEnding implements cloud.RentalDeleter.
func (p *Provider) RentalEnding(ctx context.Context, id cloud.RentalID) (bool, error) {
	rental, err := p.GetRental(ctx, id)
	if cloud.IsKind(err, cloud.ErrUnknownID) {
		return true, nil
	}
	return rental.Status == RentalTerminated, err
}

// onRental runs a request about a rental that returns no data.
func (p *Provider) onRental(operation string, id cloud.RentalID, request func() error) error {
	_, err := exactly(p, operation, id, func(cloud.RentalID) (rest.Nothing, error) { return rest.Nothing{}, request() })
	return err
}

// rental converts a rental; most members of a Pending one are missing.
func (p *Provider) rental(row BareMetalRental) cloud.Rental {
	name, altered := cloud.Clean(row.Name, 0)
	out := cloud.Rental{
		ID: row.ID, Account: p.account, Kind: rentalBlock, Name: name, NameAltered: altered,
		Power: rentalPower(row), Status: cloud.CleanText(row.Status),
		NodeCount: row.NodeCount, Network: cloud.CleanText(row.NetworkType), Nodes: nodes(row.NodeNetworking),
		Username: optionalText(row.Username), SubOrder: cloud.CleanText(row.SubOrder.Text()),
		VolumeID: row.StorageID, ClusterID: row.K8sClusterID, Kubeconfig: !row.Kubeconfig.IsZero(),
		CreatedAt: row.CreationTimestamp.Time(), Ended: row.Status == RentalTerminated,
	}
	if specs := row.SpecsPerNode; specs != nil {
		out.Server = &cloud.Server{
			GPU: specs.gpu(), CPU: cloud.CleanText(specs.CPUModel), CPUs: specs.CPUCount, RAMGB: specs.RAMGB, StorageGB: specs.StorageGB,
		}
	}
	for _, tag := range row.Tags {
		out.Tags = append(out.Tags, cloud.CleanText(tag))
	}
	out.Rates = rentalRates(row)
	out.Price = out.Rates[out.Power]
	return out
}

// rentalPower returns the power state of a rental. One that is being provisioned or
// rebooted is neither on nor off.
func rentalPower(row BareMetalRental) cloud.PowerState {
	switch {
	case row.Status == RentalPending, row.Status == RentalFailed, row.Status == RentalTerminated:
		return cloud.PowerOther
	case row.PowerStatus == RentalStopped:
		return cloud.PowerStopped
	case row.PowerStatus == RentalRunning:
		return cloud.PowerRunning
	}
	return cloud.PowerOther
}

// rentalRates returns the prices by state. The vendor shows one rate per rental and does
// not say in which states it is charged.
func rentalRates(row BareMetalRental) map[cloud.PowerState]cloud.Price {
	const field = "rate_hourly"
	running := hourly(row.RateHourly, field, "Voltage Park rental, "+field)
	between := running
	if running.Known() {
		between.Assumed = append(slices.Clone(running.Assumed), "that "+field+" is charged while a rental is neither running nor stopped; the vendor does not say")
	}
	off := "what a rental costs while its servers are off is not documented"
	if running.Known() {
		off += "; its " + field + " is " + running.PerHour.String()
	}
	return map[cloud.PowerState]cloud.Price{
		cloud.PowerRunning: running,
		cloud.PowerStopped: cloud.UnknownPrice(off),
		cloud.PowerOther:   between,
	}
}

// nodes returns the servers, sorted by address. It leaves out a server without a valid
// address, because the address identifies it.
func nodes(rows []NodeNetworking) []cloud.Node {
	var out []cloud.Node
	for _, row := range rows {
		out = append(out, cloud.Node{PublicIP: cloud.NodeAddress(address(row.PublicIP)), PrivateIP: address(row.PrivateIP)})
	}
	slices.SortStableFunc(out, func(a, b cloud.Node) int { return cmp.Compare(a.PublicIP, b.PublicIP) })
	return out
}

// address returns an IP address verbatim; empty where the text is not one.
func address(text *string) string {
	if text == nil {
		return ""
	}
	if at, err := netip.ParseAddr(*text); err != nil || at.Zone() != "" {
		return ""
	}
	return *text
}
