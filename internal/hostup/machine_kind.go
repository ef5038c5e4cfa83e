package hostup

import (
	"context"
	"slices"
	"strconv"
	"time"

	"countersign/internal/cloud"
)

var _ cloud.MachineMaker = (*Provider)(nil)

const (
	// operationCreate is the name of a create in errors.
	operationCreate = "deploy VPS"
	// clockSkew is how far the vendor's clock may be behind ours in the search for the
	// machine of a create whose response was lost.
	clockSkew = time.Minute
)

// MachineKinds returns the kinds that can be created: pay-as-you-go servers.
func (p *Provider) MachineKinds() []cloud.MachineKind { return []cloud.MachineKind{paygServers{p}} }

// paygServers makes pay-as-you-go servers.
type paygServers struct{ *Provider }

func (paygServers) BlockName() string { return blockName }

func (paygServers) BlockDescription() string {
	return "A HostUp VPS paid as you go, sold by the unit. It is billed by the hour until delete_vm ends it; neither image nor SSH key can be chosen."
}

func (paygServers) NewSpec() cloud.MachineSpec { return &VPSSpec{} }

func (paygServers) MinimalExample() string {
	return `{"name":"web-01","cpu_cores":2,"memory_gb":4,"storage_gb":80,"region":"stockholm"}`
}

// PlanMachine checks a block against the documented limits, the account's gate and
// blockers, the regions, and the unused part of the account's limits. It sends reads
// only.
func (k paygServers) PlanMachine(ctx context.Context, spec cloud.MachineSpec) (cloud.MachinePlan, error) {
	s, err := k.block(spec)
	if err != nil {
		return cloud.MachinePlan{}, err
	}
	if err := k.invalid(operationCreate, s.check()); err != nil {
		return cloud.MachinePlan{}, err
	}
	options, err := k.client.GetDeploymentOptions(ctx)
	if err != nil {
		return cloud.MachinePlan{}, err
	}
	if err := k.preflight(s, options); err != nil {
		return cloud.MachinePlan{}, err
	}
	limits, err := k.client.GetPAYGLimits(ctx)
	if err != nil {
		return cloud.MachinePlan{}, err
	}
	if over := beyond(sizeParts(s.size(), options.Limits, limits.Remaining), limits.Remaining.InstanceCount); len(over) > 0 {
		return cloud.MachinePlan{}, k.notNow("the account's limits leave less than that", over,
			"Ask the user: a smaller machine may fit, and HostUp raises limits on request.")
	}
	equal, err := s.equal()
	if err != nil {
		return cloud.MachinePlan{}, err
	}
	return cloud.MachinePlan{
		Names:        []string{s.Name},
		Facts:        s.facts(),
		Price:        paygPrice(options.Pricing, resources(s.size())),
		Consequences: createConsequences(options),
		Notes:        createNotes(limits),
		Equal:        equal,
		Location:     s.Region,
		Offer:        cloud.OfferID(s.Region), // as in list_offers, where the offers are the regions
		Adds:         cloud.Load{Machines: 1},
	}, nil
}

// preflight checks a block against the present state of this account.
func (k paygServers) preflight(s *VPSSpec, options DeploymentOptions) error {
	if blockers := deployBlockers(options); len(blockers) > 0 {
		hint := blockerSteps(blockers)
		if hint == "" {
			hint = "The issues hold HostUp's reasons; only the user can settle them with HostUp. Repeating the call does not help."
		}
		return k.notNow("HostUp does not let this account deploy a machine now", blockers, hint)
	}
	places, err := k.regions(operationCreate, options)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(places, func(l cloud.Location) bool { return l.ID == s.Region }) {
		return k.unknownRegion(operationCreate, s.Region, places)
	}
	return k.invalid(operationCreate, outside(sizeParts(s.size(), options.Limits, PAYGAmounts{})))
}

func (k paygServers) notNow(message string, issues []cloud.Issue, hint string) error {
	e := k.refuse(cloud.ErrBlocked, operationCreate, message)
	e.Issues, e.Hint = issues, hint
	return e
}

func (s *VPSSpec) facts() []cloud.Fact {
	return []cloud.Fact{
		{Label: "region", Value: string(s.Region)},
		{Label: "cpu_cores", Value: strconv.Itoa(s.CPUCores)},
		{Label: "memory_gb", Value: strconv.Itoa(s.MemoryGB)},
		{Label: "storage_gb", Value: strconv.Itoa(s.StorageGB)},
	}
}

// createConsequences are the consequences of every deployment.
func createConsequences(options DeploymentOptions) []string {
	out := []string{
		"Hourly billing begins at once. Only delete_vm with a cancel_type ends it; stopping is not known to save anything.",
		"The documented request names neither an image nor an SSH key; which system it gets, and how one gets in afterwards, is not documented.",
	}
	if options.Pricing != nil {
		if traffic := money(options.Pricing.BandwidthPerGB, options.Pricing.CurrencyCode); traffic != nil {
			out = append(out, "Traffic costs "+traffic.String()+" per GB on top of the price.")
		}
	}
	if options.Actions.Get(CanDeploy) == nil {
		out = append(out, unknownGate)
	}
	return out
}

func createNotes(limits PAYGLimits) []string {
	left := leftOver(limits.Remaining)
	if left == "" {
		left = "What the account's limits leave is not told."
	}
	return []string{left}
}

// CreateMachine creates the server. The request has no field for the marker.
func (k paygServers) CreateMachine(ctx context.Context, spec cloud.MachineSpec, _ string) (cloud.MadeMachine, error) {
	s, err := k.block(spec)
	if err != nil {
		return cloud.MadeMachine{}, err
	}
	made, err := k.client.DeployVPS(ctx, s.body())
	if err != nil {
		return cloud.MadeMachine{}, err
	}
	if k.checkForm(operationCreate, aboutVPS, string(made.VPSID), vpsPrefix) != nil {
		e := k.refuse(cloud.ErrUnavailable, operationCreate, "the cloud accepted the request and named no machine")
		e.Ambiguous = true
		e.Hint = "It may have been made and be billed. Look for its name with list_vms; do not repeat the call before."
		return cloud.MadeMachine{}, e
	}
	return cloud.MadeMachine{IDs: []cloud.VMID{made.VPSID}}, nil
}

// FindMachine looks for servers with that name, the only trace of a deployment. The
// result is certain where one pay-as-you-go server was created since and no other of
// that name can be meant; otherwise the servers are only possible.
func (k paygServers) FindMachine(ctx context.Context, search cloud.MachineSearch) (cloud.FoundMachine, error) {
	var out cloud.FoundMachine
	for _, name := range search.Names {
		same, err := k.namesakes(ctx, name, search)
		if err != nil {
			return cloud.FoundMachine{}, err
		}
		possible := append(same.fresh, same.doubtful...)
		switch {
		case len(same.fresh) == 1 && len(same.doubtful) == 0:
			out.IDs = append(out.IDs, same.fresh[0])
			continue
		case len(possible) == 0:
			possible = same.older
		}
		for _, id := range possible {
			out.Possible = append(out.Possible, cloud.Candidate{ID: string(id), Name: cloud.CleanText(name)})
		}
	}
	return out, nil
}

// namesakes are servers of one name: fresh ones are pay-as-you-go and certainly new;
// doubtful ones have no creation time, or may not be of a deployment; older ones are only
// possible if a clock is wrong.
type namesakes struct{ fresh, doubtful, older []cloud.VMID }

// namesakes returns the servers with exactly that name, without those that are much older
// than the search or of another create.
func (k paygServers) namesakes(ctx context.Context, name string, search cloud.MachineSearch) (same namesakes, err error) {
	pages := func(ctx context.Context, page cloud.PageRequest) (cloud.Page[VPS], error) {
		list, err := k.client.ListVPS(ctx, VPSQuery{Limit: page.Limit, Cursor: page.Cursor, Name: name})
		if err != nil {
			return cloud.Page[VPS]{}, err
		}
		return listed(k.Provider, operationCreate, aboutVPS, list, page.Cursor, func(v VPS) VPS { return v })
	}
	for v, err := range cloud.All(ctx, MaxVPSPage, pages) {
		if err != nil {
			return namesakes{}, err
		}
		if v.Name != name || slices.Contains(search.Others, string(v.ID)) {
			continue // the vendor's filter ignores case
		}
		details, err := k.client.GetVPSDetails(ctx, v.ID)
		if cloud.IsKind(err, cloud.ErrUnknownID) {
			continue // gone meanwhile
		}
		if err != nil {
			return namesakes{}, err
		}
		created := moment(details.CreatedAt)
		switch age := cloud.RecencyOf(created, search.Since); {
		case age == cloud.TooOld:
		case age == cloud.Fresh && v.Billing.IsPAYG:
			same.fresh = append(same.fresh, v.ID)
		case age == cloud.Fresh || created == nil:
			same.doubtful = append(same.doubtful, v.ID)
		default:
			same.older = append(same.older, v.ID)
		}
	}
	return same, nil
}

// block returns a spec as our type.
func (k paygServers) block(spec cloud.MachineSpec) (*VPSSpec, error) {
	s, ok := spec.(*VPSSpec)
	if !ok {
		return nil, k.refuse(cloud.ErrInvalid, operationCreate, "the block is not "+blockName)
	}
	return s, nil
}
