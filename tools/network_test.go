package tools_test

import (
	"context"
	"slices"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// meshed is acme with one network.
type meshed struct {
	*acme
	network cloud.NetworkDetail
	gone    bool
	found   cloud.NameFound
}

func newMeshed() *meshed {
	return &meshed{acme: &acme{name: "acme"}, network: cloud.NetworkDetail{
		Network: cloud.Network{ID: "net-1", Name: "front", CIDR: "10.0.0.0/24"}, Description: "old",
		DHCPRanges: []cloud.AddressRange{{First: "10.0.0.2", Last: "10.0.0.9"}}, DNSServers: []string{"8.8.8.8"},
	}}
}

func (m *meshed) ListNetworks(context.Context, cloud.PageRequest) (cloud.Page[cloud.Network], error) {
	return cloud.Page[cloud.Network]{Items: []cloud.Network{m.network.Network}}, m.listErr
}

func (m *meshed) GetNetwork(_ context.Context, id cloud.NetworkID) (cloud.NetworkDetail, error) {
	if m.gone || id != m.network.ID {
		return cloud.NetworkDetail{}, &cloud.Error{Kind: cloud.ErrUnknownID, Account: m.name, Operation: "get network", Status: 404}
	}
	return m.network, m.getErr
}

func (m *meshed) PlanNetworkUpdate(context.Context, cloud.NetworkDetail, cloud.NetworkUpdate) ([]string, error) {
	return nil, m.refuse
}

func (m *meshed) UpdateNetwork(context.Context, cloud.NetworkID, cloud.NetworkUpdate) error {
	return nil
}

func (m *meshed) PlanNetworkDeletion(context.Context, cloud.NetworkDetail) ([]string, error) {
	return nil, m.refuse
}

func (m *meshed) DeleteNetwork(context.Context, cloud.NetworkID) (cloud.Accepted, error) {
	return cloud.Accepted{}, nil
}

func (m *meshed) PlanNetwork(context.Context, cloud.NetworkSpec) (cloud.NetworkPlan, error) {
	return cloud.NetworkPlan{Equal: "same"}, m.refuse
}

func (m *meshed) CreateNetwork(context.Context, cloud.NetworkSpec) (cloud.MadeNetwork, error) {
	return cloud.MadeNetwork{}, nil
}

func (m *meshed) FindNetwork(context.Context, cloud.NameSearch) (cloud.NameFound, error) {
	return m.found, m.listErr
}

// TestNetworkUpdateEffects checks that a change of a network with machines on it
// needs a person, whether the machines are listed or only counted.
func TestNetworkUpdateEffects(t *testing.T) {
	t.Parallel()
	listed := func(m *meshed) { m.network.VMs = []cloud.NetworkVM{{ID: "vm-1"}} }
	counted := func(m *meshed) { m.network.Connected = new(1) }
	empty := func(m *meshed) { m.network.Connected = new(0) }
	for name, test := range map[string]struct {
		arguments string
		state     func(*meshed)
		disrupts  bool
	}{
		"name":                    {`"name":"new"`, listed, true},
		"description":             {`"clear_description":true`, counted, true},
		"name, nobody on":         {`"name":"new"`, empty, false},
		"name servers, listed":    {`"dns_servers":["9.9.9.9"]`, listed, true},
		"name servers, counted":   {`"dns_servers":["9.9.9.9"]`, counted, true},
		"name servers, nobody on": {`"dns_servers":["9.9.9.9"]`, empty, false},
		"a flag":                  {`"dhcp":true`, listed, true},
		"addresses beside a name": {`"name":"new","cidr":"10.0.0.0/16"`, listed, true},
	} {
		m := newMeshed()
		test.state(m)
		p, err := callOf(t, "update_network", m, `{"account":"acme","network_id":"net-1",`+test.arguments+`}`).Plan(t.Context())
		if err != nil || slices.Contains(p.Effects, tool.Disrupt) != test.disrupts || p.Nothing != "" {
			t.Errorf("%s: %v %q %v", name, p.Effects, p.Nothing, err)
		}
	}
}

// TestLostNetworkUpdates checks that a setting which the cloud does not show makes
// the settlement unclear.
func TestLostNetworkUpdates(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments string
		becomes   func(*meshed)
		want      tool.Finding
	}{
		"made":               {`"name":"new","dns_servers":["9.9.9.9"]`, func(m *meshed) { m.network.Name, m.network.DNSServers = "new", []string{"9.9.9.9"} }, tool.FoundDone},
		"made in part":       {`"name":"new","dns_servers":["9.9.9.9"]`, func(m *meshed) { m.network.Name = "new" }, tool.FoundNothing},
		"not made":           {`"dhcp_start":"10.0.0.3","dhcp_end":"10.0.0.4"`, func(*meshed) {}, tool.FoundNothing},
		"not shown":          {`"dhcp":false`, func(*meshed) {}, tool.FoundUnclear},
		"shown in part":      {`"dhcp":false,"clear_description":true`, func(m *meshed) { m.network.Description = "" }, tool.FoundDone},
		"shown and not made": {`"dhcp":false,"clear_description":true`, func(*meshed) {}, tool.FoundNothing},
	} {
		m := newMeshed()
		p, err := callOf(t, "update_network", m, `{"account":"acme","network_id":"net-1",`+test.arguments+`}`).Plan(t.Context())
		if err != nil {
			t.Fatal(name, err)
		}
		test.becomes(m)
		found, err := toolOf(t, "update_network", m).Settle(t.Context(), tool.Intent{Plan: p})
		if err != nil || found.Finding != test.want {
			t.Errorf("%s: %+v %v", name, found, err)
		}
	}
}

// TestLostNetworks checks how creates and deletes are settled after a lost
// response.
func TestLostNetworks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		found cloud.NameFound
		want  tool.Finding
	}{
		"one":     {cloud.NameFound{ID: "net-9"}, tool.FoundDone},
		"none":    {cloud.NameFound{}, tool.FoundNothing},
		"several": {cloud.NameFound{Possible: []cloud.Candidate{{ID: "net-8"}, {ID: "net-9"}}}, tool.FoundUnclear},
	} {
		m := newMeshed()
		m.found = test.found
		p, err := callOf(t, "create_network", m, `{"account":"acme","name":"blue","location_id":"dc-1","network_type":"custom"}`).Plan(t.Context())
		if err != nil || p.Equal != "same" || !slices.Equal(p.MadeNames, []string{"blue"}) {
			t.Fatal(p, err)
		}
		found, err := toolOf(t, "create_network", m).Settle(t.Context(), tool.Intent{Plan: p})
		if err != nil || found.Finding != test.want || test.want == tool.FoundDone && found.Made.IDs[0].ID != "net-9" {
			t.Errorf("%s: %+v %v", name, found, err)
		}
		m.listErr = errAway
		if _, err := toolOf(t, "create_network", m).Settle(t.Context(), tool.Intent{Plan: p}); err == nil {
			t.Errorf("%s: a list that fails finds something", name)
		}
	}
	m := newMeshed()
	p, err := callOf(t, "delete_network", m, `{"account":"acme","network_id":"net-1"}`).Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []bool{false, true} {
		m.gone = gone
		found, err := toolOf(t, "delete_network", m).Settle(t.Context(), tool.Intent{Plan: p})
		if err != nil || (found.Finding == tool.FoundDone) != gone {
			t.Errorf("gone %t: %+v %v", gone, found, err)
		}
	}
}
