package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"countersign/internal/audit"
	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// The parts of the tools' outputs that the story reads.
type (
	demoCompared struct {
		Currencies []struct {
			Currency string        `json:"currency"`
			Offers   []cloud.Offer `json:"offers"`
		} `json:"currencies"`
		Unpriced []cloud.Offer `json:"unpriced"`
	}
	demoVMs struct {
		VMs []struct {
			Account string   `json:"account"`
			ID      string   `json:"id"`
			Power   string   `json:"power"`
			GPUs    []string `json:"gpus"`
		} `json:"vms"`
	}
	demoKeys struct {
		SSHKeys []cloud.SSHKey `json:"ssh_keys"`
	}
	demoBilling struct {
		Accounts []struct {
			Account cloud.AccountName `json:"account"`
			Rate    cloud.Price       `json:"rate"`
		} `json:"accounts"`
	}
)

// The arguments of the calls.
type (
	demoAccount struct {
		Account string `json:"account"`
	}
	demoVM struct {
		Account string `json:"account"`
		VMID    string `json:"vm_id"`
		Name    string `json:"name,omitempty"`
		Action  string `json:"action,omitempty"`
	}
	demoCreate struct {
		Account string    `json:"account"`
		Block   demoBlock `json:"voltagepark_vm"`
	}
	demoBlock struct {
		ConfigID cloud.OfferID `json:"config_id"`
		Name     string        `json:"name"`
		Keys     demoKeyChoice `json:"organization_ssh_keys"`
	}
	demoKeyChoice struct {
		Mode string           `json:"mode"`
		IDs  []cloud.SSHKeyID `json:"ssh_key_ids"`
	}
)

const (
	demoCloud     = "voltagepark"
	demoBlockName = "voltagepark_vm"
)

// tell plays the story: compare, create on every cloud, use, add up the costs,
// delete.
func (s *story) tell() error {
	version := s.client.Version()
	names, err := s.client.Tools(s.ctx)
	if err != nil {
		return err
	}
	s.say("Connected (MCP %s): %d tools.\n", version, len(names))

	if err := s.everything(); err != nil {
		return err
	}
	offer, err := s.cheapest()
	if err != nil {
		return err
	}
	gpu, err := s.create(offer)
	if err != nil {
		return err
	}
	if err := s.use(gpu); err != nil {
		return err
	}
	vm, err := s.createGPCN()
	if err != nil {
		return err
	}
	vps, err := s.createHostUp()
	if err != nil {
		return err
	}
	if err := s.costs(); err != nil {
		return err
	}
	for _, end := range []demoEnd{
		{Account: demoCloud, VMID: gpu, name: "web-2"},
		{Account: "gpcn", VMID: vm, name: demoGPCNName},
		{Account: "hostup", VMID: vps, CancelType: cloud.DeleteNow, name: demoHostUpName},
	} {
		if err := s.end(end); err != nil {
			return err
		}
	}
	return nil
}

// everything lists the machines of all clouds in one call.
func (s *story) everything() error {
	got, err := call1[demoVMs](s, "list_vms", struct{}{})
	if err != nil {
		return err
	}
	for _, vm := range got.VMs {
		s.say("  %-11s %-38s %-8s %s", vm.Account, vm.ID, vm.Power, strings.Join(vm.GPUs, ", "))
	}
	s.say("")
	return nil
}

// cheapest returns the cheapest H100 of all clouds.
func (s *story) cheapest() (cloud.Offer, error) {
	got, err := call1[demoCompared](s, "compare_offers", struct {
		Model string `json:"gpu_model"`
	}{"h100"})
	if err != nil {
		return cloud.Offer{}, err
	}
	var best *cloud.Offer
	for _, group := range got.Currencies {
		for i, o := range group.Offers {
			s.offer(o)
			if best == nil && o.Block == demoBlockName {
				best = &group.Offers[i]
			}
		}
	}
	for _, o := range got.Unpriced {
		s.offer(o)
	}
	if best == nil {
		return cloud.Offer{}, errors.New("the sandbox has nothing in stock")
	}
	s.say("  cheapest: %s\n", best.ID)
	return *best, nil
}

func (s *story) offer(o cloud.Offer) {
	what := gpuLine(o.GPUs)
	if what == "" && o.VCPUs != nil && o.RAMGB != nil {
		what = fmt.Sprintf("%d vCPU, %d GB", *o.VCPUs, *o.RAMGB)
	}
	s.say("  %-11s %-38s %-25s %s", o.Account, o.ID, what, o.Total)
}

func gpuLine(gpus []cloud.GPU) string {
	var all []string
	for _, g := range gpus {
		all = append(all, g.String())
	}
	return strings.Join(all, ", ")
}

func (s *story) create(offer cloud.Offer) (string, error) {
	keys, err := call1[demoKeys](s, "list_ssh_keys", demoAccount{demoCloud})
	if err != nil {
		return "", err
	}
	if len(keys.SSHKeys) == 0 {
		return "", errors.New("the sandbox has no SSH key")
	}
	made, err := call1[tool.Outcome](s, "create_vm", demoCreate{demoCloud, demoBlock{
		ConfigID: offer.ID, Name: "web-1",
		Keys: demoKeyChoice{Mode: "selective", IDs: []cloud.SSHKeyID{keys.SSHKeys[0].ID}},
	}})
	if err != nil {
		return "", err
	}
	s.say("  %s: %s", made.Status, made.Summary)
	if len(made.IDs) != 1 {
		return "", fmt.Errorf("create_vm answered with %d IDs", len(made.IDs))
	}
	return made.IDs[0].ID, nil
}

// use reads, stops, starts and renames the machine, and reads its bill.
func (s *story) use(id string) error {
	vm, err := call1[cloud.VM](s, "get_vm", demoVM{Account: demoCloud, VMID: id})
	if err != nil {
		return err
	}
	s.say("  %q is %s, %s", vm.Name, vm.Power, vm.Price)
	for _, step := range []struct {
		tool string
		args demoVM
	}{
		{"power_vm", demoVM{Account: demoCloud, VMID: id, Action: "stop"}},
		{"power_vm", demoVM{Account: demoCloud, VMID: id, Action: "start"}},
		{"update_vm", demoVM{Account: demoCloud, VMID: id, Name: "web-2"}},
	} {
		outcome, err := call1[tool.Outcome](s, step.tool, step.args)
		if err != nil {
			return err
		}
		s.say("  %s: %s", outcome.Status, outcome.Summary)
	}
	bill, err := call1[demoBilling](s, "get_billing", demoAccount{demoCloud})
	if err != nil {
		return err
	}
	for _, row := range bill.Accounts {
		s.say("  everything on %s: %s", row.Account, row.Rate)
	}
	return nil
}

// demoEnd is the call that ends a machine; name is the text that the person types.
type demoEnd struct {
	Account    string             `json:"account"`
	VMID       string             `json:"vm_id"`
	CancelType cloud.DeletionTime `json:"cancel_type,omitempty"`
	name       string
}

func (s *story) end(how demoEnd) error {
	s.typed = how.name
	gone, err := call1[tool.Outcome](s, "delete_vm", how)
	if err != nil {
		return err
	}
	_, err = s.settled(gone)
	return err
}

// audit prints the audit records of the story, and verifies them.
func (s *story) audit(cfg *config.Config) error {
	s.say("\nThe record of it (countersign audit list):")
	return withDesk(s.ctx, cfg, func(desk guard.Desk) error {
		err := desk.Store.Records(s.ctx, 0, func(r store.Record) bool {
			var body struct {
				Tool    string   `json:"tool"`
				Effect  string   `json:"effect"`
				By      string   `json:"by"`
				Seconds *float64 `json:"seconds"`
			}
			_ = json.Unmarshal(r.Body, &body)
			line := fmt.Sprintf("  %3d %s %-9s %-9s %-8s", r.Seq, r.Operation, r.Kind, body.Tool, body.Effect)
			if body.By != "" && body.Seconds != nil {
				line += fmt.Sprintf(" by %s after %.1f s", body.By, *body.Seconds)
			}
			s.say("%s", line)
			return true
		})
		if err != nil {
			return err
		}
		found, err := audit.VerifyStore(s.ctx, desk.Store, audit.Sources{})
		switch {
		case err != nil:
			return err
		case found.Broken != nil:
			return fmt.Errorf("the audit does not hold at record %d: %s", found.Broken.Seq, found.Broken.Reason)
		}
		s.say("  %d records hold; head %s (countersign audit verify)", found.Count, found.Head.Hash[:16])
		return nil
	})
}
