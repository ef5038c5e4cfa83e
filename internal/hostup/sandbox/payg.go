package sandbox

import (
	"net/http"
	"regexp"
	"time"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
)

// region is the only place for pay-as-you-go servers, as in page
// "get-v2-vps-payg-deployments".
const region cloud.LocationID = "stockholm"

// rates are the sample prices of page "get-v2-vps-payg-deployments".
func rates() hostup.PAYGRates {
	return hostup.PAYGRates{
		CurrencyCode: currency, CPUPerCoreHour: "0.12", MemoryPerGBHour: "0.04", StoragePerGBHour: "0.003",
		BandwidthPerGB: "0.1", IPPerHour: "0.02",
	}
}

// amounts are sums over pay-as-you-go servers.
type amounts struct {
	size
	instances int
}

func (a amounts) wire() hostup.PAYGAmounts {
	return hostup.PAYGAmounts{Resources: a.size.wire(), InstanceCount: whole(a.instances)}
}

// most is the sample of page "get-v2-vps-payg-limits".
func most() amounts { return amounts{size{cpu: 16, memory: 64, storage: 1000}, 10} }

// used returns what the account has now.
func (s *Sandbox) used() amounts {
	var sum amounts
	for _, v := range s.live() {
		if v.payg {
			sum = sum.plus(v.size)
		}
	}
	return sum
}

func (a amounts) plus(z size) amounts {
	return amounts{size{a.cpu + z.cpu, a.memory + z.memory, a.storage + z.storage}, a.instances + 1}
}

// exceeded returns the limits that these amounts exceed.
func (a amounts) exceeded(limit amounts) []string {
	var out []string
	for _, limited := range []struct {
		over   bool
		reason string
	}{
		{a.cpu > limit.cpu, "cpu_limit_exceeded"},
		{a.memory > limit.memory, "memory_limit_exceeded"},
		{a.storage > limit.storage, "storage_limit_exceeded"},
		{a.instances > limit.instances, "instance_limit_exceeded"},
	} {
		if limited.over {
			out = append(out, limited.reason)
		}
	}
	return out
}

// getLimits is page "get-v2-vps-payg-limits".
func (s *Sandbox) getLimits(*http.Request) answer {
	now, limit := s.used(), most()
	left := amounts{
		size{max(limit.cpu-now.cpu, 0), max(limit.memory-now.memory, 0), max(limit.storage-now.storage, 0)},
		max(limit.instances-now.instances, 0),
	}
	billing := rates()
	return ok(hostup.PAYGLimits{
		Current: now.wire(), Max: limit.wire(), Remaining: left.wire(), Billing: &billing,
		HasPendingRequests: len(s.wishes) > 0, PendingRequests: append([]hostup.PAYGLimitRequest{}, s.wishes...),
	})
}

// noCardReason is the error of a deployment without a card.
const noCardReason = "Add a payment card to deploy cloud servers."

// getOptions is page "get-v2-vps-payg-deployments". The form of its limits and regions is
// [inferred].
func (s *Sandbox) getOptions(*http.Request) answer {
	blockers, reason := []string{}, ""
	if s.noCard {
		blockers, reason = []string{"no_card_on_file"}, noCardReason
	}
	pricing := rates()
	between := func(least, most int) hostup.Range { return hostup.Range{Min: whole(least), Max: whole(most)} }
	return ok(hostup.DeploymentOptions{
		Available: reason == "", Reason: unlessEmpty(reason),
		Access: &hostup.DeploymentAccess{
			Available: reason == "", CountryPaymentAvailable: true, RequiresCard: true, HasCard: !s.noCard, Verified: true,
			CloudAccessEnabled: true, Reason: unlessEmpty(reason), CountryCode: unlessEmpty("SE"), BlockerReasons: blockers,
		},
		// The page lists no code for this gate.
		Actions:  hostup.Gates{hostup.CanDeploy: {Allowed: reason == "", Reason: unlessEmpty(reason)}},
		Pricing:  &pricing,
		Defaults: &hostup.DeploymentDefault{RegionID: region, Resources: size{2, 4, 80}.wire()},
		Limits: hostup.ResourceLimits{
			CPUCores:  between(hostup.MinDeployCPUCores, hostup.MaxDeployCPUCores),
			MemoryGB:  between(hostup.MinDeployMemoryGB, hostup.MaxDeployMemoryGB),
			StorageGB: between(hostup.MinDeployStorageGB, hostup.MaxDeployStorageGB),
		},
		Regions: hostup.Regions{{ID: region, Name: "Stockholm"}},
	})
}

var serverName = regexp.MustCompile(`^[A-Za-z0-9-]{3,63}$`)

// deploy is page "post-v2-vps-payg-deployments". That unknown fields are refused as on
// most writes, that blockers return 403 with the code forbidden, and the status of the
// response are [inferred].
func (s *Sandbox) deploy(r *http.Request) answer {
	fields := []string{"name", "cpuCores", "memoryGb", "storageGb", "region"}
	f := readForm(r, fields...)
	f.require(fields...)
	name := f.text("name")
	if name != "" && !serverName.MatchString(name) {
		f.report("name", "must be 3 to 63 letters, digits and hyphens.", "invalid_format")
	}
	wanted := size{
		f.integer("cpuCores", hostup.MinDeployCPUCores, hostup.MaxDeployCPUCores),
		f.integer("memoryGb", hostup.MinDeployMemoryGB, hostup.MaxDeployMemoryGB),
		f.integer("storageGb", hostup.MinDeployStorageGB, hostup.MaxDeployStorageGB),
	}
	if where := f.text("region"); where != "" && where != string(region) {
		f.report("region", "is not one of the regions.", "invalid_value")
	}
	if f.wrong() {
		return invalid(f.issues...)
	}
	blockers := s.used().plus(wanted).exceeded(most())
	if s.noCard {
		blockers = append([]string{"no_card_on_file"}, blockers...)
	}
	if len(blockers) > 0 {
		a := refuse(http.StatusForbidden, "forbidden", "The account cannot deploy this server.")
		a.problem.BlockerReasons = blockers
		return a
	}
	v := s.newPAYGServer(name, wanted)
	v.power, v.service, v.ip = hostup.PowerProvisioning, hostup.ServicePending, ""
	v.ready = s.kit.Clock.Now().Add(provisioningRuns)
	if s.nextDeployLost {
		s.nextDeployLost = false
		return refuse(http.StatusBadGateway, "upstream_cloud_quick_deploy_shape_invalid", "The answer of the cloud platform could not be read.")
	}
	return ok(hostup.Deployed{Status: "provisioning", VPSID: v.id, OrderID: hostup.OrderID(s.kit.Seed.ULID("ord"))})
}

// estimate returns what a server would cost in the month of a time if it ran all month:
// quantity times rate times hours.
func estimate(z size, now time.Time) hostup.BillingEstimate {
	now = now.UTC()
	from := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 1, 0)
	hours := decimal.NewFromInt(int64(to.Sub(from) / time.Hour))
	price := rates()
	items := []hostup.BillingLineItem{
		{Type: "cpu", Label: "CPU cores", Quantity: whole(z.cpu), RatePerCoreHour: price.CPUPerCoreHour},
		{Type: "memory", Label: "Memory", Quantity: whole(z.memory), RatePerGBHour: price.MemoryPerGBHour},
		{Type: "storage", Label: "Storage", Quantity: whole(z.storage), RatePerGBHour: price.StoragePerGBHour},
		{Type: "ipv4", Label: "IPv4 address", Quantity: "1", RatePerHour: price.IPPerHour},
	}
	var total decimal.Decimal
	for i, item := range items {
		amount := exact(item.Quantity).Mul(exact(item.Rate())).Mul(hours)
		items[i].EstimatedAmount = hostup.NewNumber(amount)
		total = total.Add(amount)
	}
	return hostup.BillingEstimate{
		Basis: "max_24_7", CurrencyCode: currency, EstimatedMonthlyAmount: hostup.NewNumber(total),
		Period: hostup.BillingPeriod{StartAt: *at(from), EndAt: *at(to)}, LineItems: items,
	}
}

// exact parses a number of this file, which is always valid.
func exact(n hostup.Number) decimal.Decimal { return decimal.RequireFromString(string(n)) }

// getBreakdown is page "get-v2-vps-id-billing-breakdown". The response for a server of a
// plan is [inferred].
func (s *Sandbox) getBreakdown(_ *http.Request, v *server) answer {
	if !v.payg {
		return ok(hostup.BillingBreakdown{ActualsNote: unlessEmpty("The breakdown is available for cloud servers only.")})
	}
	of := estimate(v.size, s.kit.Clock.Now())
	return ok(hostup.BillingBreakdown{
		Estimate:    &of,
		ActualsNote: unlessEmpty("Actual charges are metered for the whole account."),
	})
}
