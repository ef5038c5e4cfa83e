package voltagepark

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"countersign/internal/cloud"
)

const (
	// maxName and maxTag bound what we send; the vendor documents no limits.
	maxName = 128
	maxTag  = 64
	maxTags = 50
	// minPassword is documented.
	minPassword = 8
	// markerPrefix is the prefix of the tag that identifies the machine of a create
	// whose response was lost.
	markerPrefix = "countersign-"
)

// PasswordRule returns the only documented rule, a minimum length, with characters that
// need no quoting.
func (*Provider) PasswordRule() cloud.PasswordRule {
	return cloud.PasswordRule{MinLength: minPassword, Symbols: "!@#%-_."}
}

// PlanVMUpdate refuses names and tags that the rules forbid, and fields that the vendor
// cannot change. A tag with the marker's prefix is accepted only if the machine has it
// already.
func (p *Provider) PlanVMUpdate(_ context.Context, vm cloud.VM, update cloud.VMUpdate) ([]string, error) {
	problems := cloud.UnsupportedUpdates(update, "name", "tags")
	if update.Name != nil {
		problems = append(problems, checkName(*update.Name)...)
	}
	if update.Tags != nil {
		problems = append(problems, checkTags(*update.Tags, vm.Tags)...)
	}
	return nil, p.invalid("update VM", problems)
}

// checkBlock applies the rules that need no request, in the order of the block.
func (p *Provider) checkBlock(s *VMSpec) error {
	problems := checkName(s.Name)
	problems = append(problems, s.access().check()...)
	problems = append(problems, checkTags(s.Tags, nil)...)
	return p.invalid(operationCreate, problems)
}

// invalid returns one ErrInvalid for all problems; nil where there are none.
func (p *Provider) invalid(operation string, problems []cloud.Issue) error {
	if len(problems) == 0 {
		return nil
	}
	lines := make([]string, 0, len(problems))
	for _, problem := range problems {
		lines = append(lines, problem.Field+": "+problem.Message)
	}
	e := p.refuse(cloud.ErrInvalid, operation, strings.Join(lines, "; "))
	e.Issues = problems
	return e
}

func checkName(name string) []cloud.Issue {
	_, invisible := cloud.Clean(name, maxName)
	switch {
	case strings.TrimSpace(name) == "":
		return []cloud.Issue{{Field: "name", Message: "must not be empty"}}
	case utf8.RuneCountInString(name) > maxName:
		return []cloud.Issue{{Field: "name", Message: "must have at most 128 characters"}}
	case invisible:
		return []cloud.Issue{{Field: "name", Message: "must have no control or invisible characters"}}
	}
	return nil
}

func checkTags(tags, standing []string) []cloud.Issue {
	var problems []cloud.Issue
	if len(tags) > maxTags {
		problems = append(problems, cloud.Issue{Field: "tags", Message: "must be at most 50"})
	}
	for i, tag := range tags {
		_, invisible := cloud.Clean(tag, maxTag)
		issue := cloud.Issue{Field: fmt.Sprintf("tags[%d]", i)}
		switch {
		case slices.Contains(standing, tag):
			continue
		case strings.TrimSpace(tag) == "" || utf8.RuneCountInString(tag) > maxTag:
			issue.Message = "must have 1 to 64 characters"
		case invisible:
			issue.Message = "must have no control or invisible characters"
		case strings.HasPrefix(tag, markerPrefix):
			issue.Message = "tags that begin with " + markerPrefix + " are reserved for finding machines again"
		default:
			continue
		}
		problems = append(problems, issue)
	}
	return problems
}

// confirmOffer finds the preset in this account. It never resolves a name: an ID that is
// not there is an ErrUnknownID with candidates.
func (p *Provider) confirmOffer(ctx context.Context, id cloud.OfferID) (cloud.Offer, error) {
	list, err := p.offers(ctx)
	if err != nil {
		return cloud.Offer{}, err
	}
	i := slices.IndexFunc(list.offers, func(o cloud.Offer) bool { return o.ID == id })
	switch {
	case i >= 0:
		return list.offers[i], nil
	case len(list.partial) > 0:
		return cloud.Offer{}, p.refuse(cloud.ErrUnavailable, operationCreate, "config_id could not be looked up, not all lists were answered: "+strings.Join(list.partial, "; "))
	}
	e := p.refuse(cloud.ErrUnknownID, operationCreate, "config_id: no preset with this ID in this account")
	e.Candidates = cloud.Nearest(string(id), offerCandidates(list.offers))
	e.Hint = "Take the exact ID from list_offers."
	return cloud.Offer{}, e
}
