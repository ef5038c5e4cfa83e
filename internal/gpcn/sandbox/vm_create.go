package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
)

// passwordCharacters are the ones that page "Create a new virtual machine" allows.
var passwordCharacters = regexp.MustCompile(`^[A-Za-z0-9!@#%\-_.]+$`)

// vmOrder is the decoded body of a create that is valid by itself.
type vmOrder struct {
	place, image, sku, name *string
	group                   *string
	instances               int
	public                  bool
	interfaces              []interfaceOrder
	auth                    string
	key, username           *string
}

type interfaceOrder struct {
	network string
	primary bool
}

// vmParts holds the resources that an order names.
type vmParts struct {
	at       *place
	image    gpcn.Image
	sku      cloud.OfferID
	networks []*network
	group    *gpcn.ResourceGroupID
	key      *cloud.SSHKeyID
}

// createVMs is page "Create a new virtual machine". It checks the whole request before
// it starts any job.
func (s *Sandbox) createVMs(r *http.Request) answer {
	f := &form{}
	order := f.vmOrder(r)
	if a, refused := f.refused(); refused {
		return a
	}
	parts, a, found := s.world.parts(order)
	if !found {
		return a
	}
	f.checkImage(order, parts.image)
	f.checkNetworks(order, parts)
	if a, refused := f.refused(); refused {
		return a
	}
	if len(parts.networks) == 0 {
		parts.networks = []*network{s.world.defaultNetwork(parts.at)}
	}
	started := jobList{}
	for n := range order.instances {
		name := *order.name
		if order.instances > 1 {
			name = fmt.Sprintf("%s-%d", name, n+1)
		}
		started.Jobs = append(started.Jobs, s.world.makeVM(name, order, parts))
	}
	return accepted("Virtual machine creation started", started)
}

// makeVM adds one VM and starts its job.
func (w *world) makeVM(name string, order vmOrder, parts vmParts) gpcn.Job {
	username := order.username
	if username == nil {
		username = defaultUsername(parts.image.Name)
	}
	v := w.addVM(machine{
		id: cloud.VMID(w.kit.Seed.UUID()), name: name, status: gpcn.StatusProvisioning, created: w.now, updated: w.now,
		at: parts.at, group: parts.group, username: username, key: parts.key,
	}, parts.image, parts.sku, parts.networks...)
	end := w.made(&v.machine, func() { w.removeVM(v) })
	return w.start("create", &v.machine, createTakes, func(outcome Outcome) {
		if outcome == succeed {
			v.connect(w, order.public)
		}
		end(outcome)
	})
}

// vmOrder reads the body and checks it without looking anything up.
func (f *form) vmOrder(r *http.Request) vmOrder {
	f.body(r, "datacenterId", "imageId", "name", "skuId", "configurationId", "allocatePublicIp", "authMethod",
		"networkInterfaces", "numberOfInstances", "password", "resourceGroupId", "sshKeyId", "username")
	if f.has("configurationId") {
		f.report("configurationId", "No longer supported; send skuId, a UUID of GET /resource/data-centers/{id}/virtual-machine-sizes")
	}
	f.require("datacenterId", "imageId", "name", "skuId")
	const shortestUsername, longestUsername = 3, 20
	order := vmOrder{
		place: f.id("datacenterId"), image: f.id("imageId"), sku: f.id("skuId"), name: f.name(),
		group: f.id("resourceGroupId"), instances: 1, key: f.id("sshKeyId"),
		// The page gives no pattern for this username.
		username: f.matching("username", shortestUsername, longestUsername, nil),
	}
	if n := f.number("numberOfInstances", 1, gpcn.MaxInstances); n != nil {
		order.instances = *n
	}
	if public := member[bool](f, "allocatePublicIp", "boolean"); public != nil {
		order.public = *public
	}
	order.interfaces = f.interfaces()
	f.password()
	if auth := f.oneOf("authMethod", string(gpcn.AuthSSHKey), string(gpcn.AuthPassword), string(gpcn.AuthCustom)); auth != nil {
		order.auth = *auth
	}
	f.companions(order.auth)
	return order
}

// interfaces reads the network interfaces, exactly one of them primary.
func (f *form) interfaces() []interfaceOrder {
	const name = "networkInterfaces"
	rows := member[[]json.RawMessage](f, name, "array")
	if rows == nil {
		return nil
	}
	if len(*rows) < 1 || len(*rows) > gpcn.MaxInterfaces {
		f.report(name, "Must have 1 to %d items", gpcn.MaxInterfaces)
	}
	var out []interfaceOrder
	primaries := 0
	for i, raw := range *rows {
		in := &form{within: fmt.Sprintf("%s.%d.", name, i)}
		in.object(raw, "networkId", "primary")
		in.require("networkId", "primary")
		network, primary := in.id("networkId"), member[bool](in, "primary", "boolean")
		f.issues = append(f.issues, in.issues...)
		if primary != nil && *primary {
			primaries++
		}
		if network != nil && primary != nil {
			out = append(out, interfaceOrder{*network, *primary})
		}
	}
	if primaries != 1 {
		f.report(name, "Exactly one network interface must be primary")
	}
	return out
}

// password checks the password and never repeats it.
func (f *form) password() {
	const name, least, most = "password", 12, 20
	text := f.text(name)
	if text == nil {
		return
	}
	if n := len([]rune(*text)); n < least || n > most {
		f.report(name, "Must have %d to %d characters", least, most)
	}
	if !passwordCharacters.MatchString(*text) {
		f.report(name, "Holds a character that is not allowed")
	}
	for _, class := range []struct{ characters, name string }{
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "uppercase letter"}, {"abcdefghijklmnopqrstuvwxyz", "lowercase letter"},
		{"0123456789", "digit"}, {"!@#%-_.", "special character"},
	} {
		if !strings.ContainsAny(*text, class.characters) {
			f.report(name, "Must contain at least one %s", class.name)
		}
	}
}

// companions checks that the fields of an auth method are there, and that the fields of
// another are not, which is [inferred].
func (f *form) companions(auth string) {
	for _, pair := range []struct{ name, method string }{
		{"sshKeyId", string(gpcn.AuthSSHKey)}, {"password", string(gpcn.AuthPassword)},
	} {
		switch {
		case auth == pair.method && !f.has(pair.name):
			f.report(pair.name, "Required when authMethod is %s", auth)
		case auth != pair.method && f.has(pair.name):
			f.report(pair.name, "Only allowed when authMethod is %s", pair.method)
		}
	}
}

// parts looks up the resources that an order names.
func (w *world) parts(order vmOrder) (parts vmParts, a answer, found bool) {
	at, there := w.place(*order.place)
	if !there {
		return parts, unknown("Data center"), false
	}
	parts.at = at
	if parts.image, there = at.image(*order.image); !there {
		return parts, unknown("Image"), false
	}
	size, _, there := at.size(*order.sku)
	if !there {
		return parts, unknown("SKU"), false
	}
	parts.sku = size.SKUID
	for _, i := range order.interfaces {
		n, there := w.network(i.network)
		if !there {
			return parts, unknown("Network"), false
		}
		parts.networks = append(parts.networks, n)
	}
	if order.group != nil {
		g, there := w.group(*order.group)
		if !there {
			return parts, unknown("Resource group"), false
		}
		parts.group = &g.ID
	}
	if order.key != nil {
		k, there := w.key(*order.key)
		if !there {
			return parts, unknown("SSH key"), false
		}
		parts.key = &k.ID
	}
	return parts, answer{}, true
}

// checkImage checks that the image supports the login.
func (f *form) checkImage(order vmOrder, image gpcn.Image) {
	can := *image.Config.Customizations
	switch {
	case (can.SSHKey || can.Password) && order.auth == "":
		f.report("authMethod", "Required for this image")
	case !can.SSHKey && !can.Password && order.auth != "":
		f.report("authMethod", "This image has no authentication customizations")
	case !can.SSHKey && order.auth == string(gpcn.AuthSSHKey), !can.Password && order.auth == string(gpcn.AuthPassword):
		f.report("authMethod", "This image does not support %s", order.auth)
	}
	switch {
	case order.username == nil:
	case !can.Username:
		f.report("username", "This image does not support a custom username")
	case slices.Contains(reservedNames(), strings.ToLower(*order.username)):
		f.report("username", "This username is reserved")
	}
}

// checkNetworks checks where the networks are, and puts the primary one first.
func (f *form) checkNetworks(order vmOrder, parts vmParts) {
	for i, n := range parts.networks {
		path := fmt.Sprintf("networkInterfaces.%d.networkId", i)
		if n.at != parts.at {
			f.report(path, "The network is in another data center")
		}
		if order.interfaces[i].primary {
			if order.public && n.kind != gpcn.NetworkStandard {
				f.report("allocatePublicIp", "Only supported on standard networks")
			}
			parts.networks[0], parts.networks[i] = parts.networks[i], parts.networks[0]
		}
	}
}

// defaultUsername returns the default user of an image.
func defaultUsername(image string) *string {
	for prefix, name := range map[string]string{"Ubuntu": "ubuntu", "Alma": "almalinux", "Windows": "Administrator"} {
		if strings.HasPrefix(image, prefix) {
			return &name
		}
	}
	return nil
}
