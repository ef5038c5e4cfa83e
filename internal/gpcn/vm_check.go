package gpcn

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"countersign/internal/cloud"
)

const (
	minPassword = 12
	maxPassword = 20

	passwordSymbols = "!@#%-_."
)

// passwordPattern matches the characters that a password may have.
var passwordPattern = regexp.MustCompile(`^[A-Za-z0-9!@#%\-_.]*$`)

// check applies the rules of page "Create a new virtual machine" that need no request.
// That a field of another login method is refused is [inferred].
func (s *VMSpec) check() []cloud.Issue {
	problems := checkName(s.Name)
	if n := s.NumberOfInstances; n < 0 || n > MaxInstances {
		problems = append(problems, cloud.Issue{Field: "number_of_instances", Message: fmt.Sprintf("must be 1 to %d", MaxInstances)})
	} else if names := s.names(); len(problems) == 0 && len(names[len(names)-1]) > maxName {
		problems = append(problems, cloud.Issue{Field: "name", Message: fmt.Sprintf("with the number behind it, must have at most %d characters", maxName)})
	}
	problems = append(problems, s.checkInterfaces()...)
	problems = append(problems, s.checkLogin()...)
	if n := utf8.RuneCountInString(s.Username); s.Username != "" && (n < minUsername || n > maxUsername) {
		problems = append(problems, cloud.Issue{Field: "username", Message: fmt.Sprintf("must have %d to %d characters", minUsername, maxUsername)})
	}
	return problems
}

func (s *VMSpec) checkInterfaces() []cloud.Issue {
	const field = "network_interfaces"
	if s.NetworkInterfaces == nil {
		return nil
	}
	var problems []cloud.Issue
	if n := len(s.NetworkInterfaces); n < 1 || n > MaxInterfaces {
		problems = append(problems, cloud.Issue{Field: field, Message: fmt.Sprintf("must be 1 to %d", MaxInterfaces)})
	}
	primaries := 0
	for _, i := range s.NetworkInterfaces {
		if i.Primary {
			primaries++
		}
	}
	if primaries != 1 {
		problems = append(problems, cloud.Issue{Field: field, Message: "exactly one must be primary"})
	}
	return problems
}

// checkLogin checks the login method and the fields that belong to it.
func (s *VMSpec) checkLogin() []cloud.Issue {
	var problems []cloud.Issue
	if !slices.Contains([]AuthMethod{"", AuthSSHKey, AuthPassword, AuthCustom}, s.AuthMethod) {
		problems = append(problems, cloud.Issue{Field: "auth_method", Message: "must be ssh-key, password or custom"})
	}
	for _, companion := range []struct {
		field  string
		given  bool
		method AuthMethod
	}{{"ssh_key_id", s.SSHKeyID != "", AuthSSHKey}, {"password", !s.Password.IsZero(), AuthPassword}} {
		switch {
		case s.AuthMethod == companion.method && !companion.given:
			problems = append(problems, cloud.Issue{Field: companion.field, Message: "is required with auth_method " + string(companion.method)})
		case s.AuthMethod != companion.method && companion.given:
			problems = append(problems, cloud.Issue{Field: companion.field, Message: "is taken with auth_method " + string(companion.method) + " only"})
		}
	}
	if !s.Password.IsZero() {
		problems = append(problems, checkPassword(s.Password.Reveal())...)
	}
	return problems
}

// checkPassword returns which rules a password breaks, without any part of it.
func checkPassword(password string) []cloud.Issue {
	var problems []cloud.Issue
	report := func(message string) {
		problems = append(problems, cloud.Issue{Field: "password", Message: message})
	}
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword {
		report(fmt.Sprintf("must have %d to %d characters", minPassword, maxPassword))
	}
	if !passwordPattern.MatchString(password) {
		report("may have letters, digits and ! @ # % - _ . only")
	}
	for _, class := range []struct{ name, characters string }{
		{"an upper-case letter", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}, {"a lower-case letter", "abcdefghijklmnopqrstuvwxyz"},
		{"a digit", "0123456789"}, {"one of ! @ # % - _ .", passwordSymbols},
	} {
		if !strings.ContainsAny(password, class.characters) {
			report("lacks " + class.name)
		}
	}
	return problems
}

// vmParts holds the resources that a block names, confirmed in this account.
type vmParts struct {
	at       DataCenter
	size     Size
	image    Image
	reserved []string
	group    ResourceGroup
	key      cloud.SSHKey
	networks []Network
}

// confirm looks up everything that a block names; size, image and networks in its data
// center.
func (k plainVMs) confirm(ctx context.Context, s *VMSpec) (vmParts, error) {
	var parts vmParts
	var err error
	if parts.at, err = k.confirmDataCenter(ctx, operationCreate, "datacenter_id", s.DatacenterID); err != nil {
		return parts, err
	}
	if parts.size, err = k.confirmSize(ctx, parts.at.ID, s.SKUID); err != nil {
		return parts, err
	}
	catalogue, err := k.client.ListImages(ctx, parts.at.ID)
	if err != nil {
		return parts, err
	}
	parts.reserved = catalogue.reserved()
	if parts.image, err = confirmImage(k.Provider, catalogue, s.ImageID); err != nil {
		return parts, err
	}
	if s.ResourceGroupID != "" {
		if parts.group, err = k.confirmGroup(ctx, operationCreate, s.ResourceGroupID); err != nil {
			return parts, err
		}
	}
	if s.SSHKeyID != "" {
		if parts.key, err = k.confirmKey(ctx, operationCreate, s.SSHKeyID); err != nil {
			return parts, err
		}
	}
	parts.networks, err = k.confirmNetworks(ctx, s)
	return parts, err
}

func (k plainVMs) confirmSize(ctx context.Context, at cloud.LocationID, id cloud.OfferID) (Size, error) {
	catalogue, err := k.client.ListSizes(ctx, at, "")
	if err != nil {
		return Size{}, err
	}
	want := lookup{operationCreate, "sku_id", string(id), "VM size in this data center", "list_offers with location_id"}
	return confirm(k.Provider, want, catalogue.sizes(), func(s Size) cloud.Candidate { return cloud.Candidate{ID: string(s.SKUID), Name: s.Name} })
}

func confirmImage(p *Provider, catalogue ImageCatalogue, id cloud.ImageID) (Image, error) {
	want := lookup{operationCreate, "image_id", string(id), "image in this data center", "list_images with location_id"}
	return confirm(p, want, catalogue.images(), func(i Image) cloud.Candidate { return cloud.Candidate{ID: string(i.ID), Name: i.Name} })
}

// confirmNetworks returns the networks of the interfaces, in their order. A network of
// another data center exists, so checkNetworks refuses it, not this function.
func (k plainVMs) confirmNetworks(ctx context.Context, s *VMSpec) ([]Network, error) {
	if len(s.NetworkInterfaces) == 0 {
		return nil, nil
	}
	all, err := k.allNetworks(ctx)
	if err != nil {
		return nil, err
	}
	var out []Network
	for n, i := range s.NetworkInterfaces {
		want := lookup{operationCreate, fmt.Sprintf("network_interfaces[%d].network_id", n), string(i.NetworkID), "network of this account", "list_networks"}
		network, err := confirm(k.Provider, want, all, func(n Network) cloud.Candidate { return cloud.Candidate{ID: string(n.ID), Name: n.Name} })
		if err != nil {
			return nil, err
		}
		out = append(out, network)
	}
	return out, nil
}

// checkParts applies the rules between a block and the resources that it names.
func (s *VMSpec) checkParts(parts vmParts) []cloud.Issue {
	problems := s.checkImage(parts.image, parts.reserved)
	for n, network := range parts.networks {
		if network.Datacenter.ID != s.DatacenterID {
			problems = append(problems, cloud.Issue{Field: fmt.Sprintf("network_interfaces[%d].network_id", n), Message: "this network is not in the data center of datacenter_id"})
		}
		if s.AllocatePublicIP && s.NetworkInterfaces[n].Primary && network.NetworkType != NetworkStandard {
			problems = append(problems, cloud.Issue{Field: "allocate_public_ip", Message: "the primary network must be a standard one; this one is not"})
		}
	}
	return problems
}

// checkImage checks that the image supports the login of the block. For an image that
// does not list its logins, the decision is GPCN's. That a method must be one of the
// image's is [inferred] from the page's wording.
func (s *VMSpec) checkImage(image Image, reserved []string) []cloud.Issue {
	var problems []cloud.Issue
	report := func(field, message string) {
		problems = append(problems, cloud.Issue{Field: field, Message: message})
	}
	if can := image.Config.Customizations; can != nil {
		switch takesLogin := can.SSHKey || can.Password; {
		case takesLogin && s.AuthMethod == "":
			report("auth_method", "is required: this image takes a login")
		case !takesLogin && s.AuthMethod != "":
			report("auth_method", "must be left out: this image takes neither an SSH key nor a password")
		case !can.SSHKey && s.AuthMethod == AuthSSHKey:
			report("auth_method", "this image takes no SSH key; it takes a password")
		case !can.Password && s.AuthMethod == AuthPassword:
			report("auth_method", "this image takes no password; it takes an SSH key")
		}
	}
	if s.Username == "" {
		return problems
	}
	if can := image.Config.Customizations; can == nil || !can.Username {
		report("username", "must be left out: this image takes none")
	}
	if slices.ContainsFunc(append([]string{"root", "guest"}, reserved...), func(name string) bool { return strings.EqualFold(name, s.Username) }) {
		report("username", "is reserved; list_images tells all reserved names")
	}
	return problems
}
