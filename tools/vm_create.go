package tools

import (
	"context"
	"fmt"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

type createVMInput struct {
	Account cloud.AccountName `json:"account" jsonschema_description:"The account to create it in and to bill."`
	machine cloud.MachineSpec
}

// WithBlock implements tool.BlockInput.
func (in createVMInput) WithBlock(machine cloud.MachineSpec) createVMInput {
	in.machine = machine
	return in
}

func createVM(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.MachineMaker](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	m := &vmMaker{accounts: accounts}
	d := tool.NewBlockWrite(tool.Spec{
		Name:  "create_vm",
		Title: "Create VM",
		Description: "Create a virtual machine. Give account and exactly one block, the one for the kind of machine. IDs come from list_offers and list_ssh_keys. " +
			"A person approves it with its price; then repeat the same call. A lost answer never makes a second machine.",
		Effect: tool.Bill,
		Schema: []schema.Option{schema.Enum("account", names(accounts)...), schema.WithBlocks(blocks(accounts)...)},
	}, tool.Writer[createVMInput]{
		Account: func(in createVMInput) cloud.AccountName { return in.Account },
		Plan:    m.plan,
		Execute: m.create,
		Settle:  m.settle,
		Follow:  follow(env.Accounts),
		Kind:    "vm",
	})
	m.input = d.Input
	return d
}

// vmMaker creates machines in the accounts that can.
type vmMaker struct {
	accounts []cloud.Capable[cloud.MachineMaker]
	input    *schema.Schema
}

func (m *vmMaker) plan(ctx context.Context, in createVMInput) (tool.Plan, error) {
	kind, err := m.kind(in)
	if err != nil {
		return tool.Plan{}, err
	}
	machine, err := kind.PlanMachine(ctx, in.machine)
	if err != nil {
		return tool.Plan{}, err
	}
	return planCreate(in.Account, kind, machine), nil
}

func (m *vmMaker) create(ctx context.Context, in createVMInput, run tool.Run) (tool.Made, error) {
	kind, err := m.kind(in)
	if err != nil {
		return tool.Made{}, err
	}
	made, err := kind.CreateMachine(ctx, in.machine, run.Marker)
	if err != nil {
		return tool.Made{}, err
	}
	return createdVMs(in.Account, made.IDs, made.Jobs), nil
}

// kind is the kind that was asked for, if the account's cloud has it.
func (m *vmMaker) kind(in createVMInput) (cloud.MachineKind, error) {
	c, err := find(m.accounts, in.Account)
	if err != nil {
		return nil, err
	}
	var has []string
	for _, kind := range c.MachineKinds() {
		if kind.BlockName() == in.machine.BlockName() {
			return kind, nil
		}
		has = append(has, kind.BlockName())
	}
	return nil, m.input.WrongBlock(in.machine.BlockName(), has...)
}

// createdVMs says what a create made, or has begun to make.
func createdVMs(account cloud.AccountName, ids []cloud.VMID, jobs []cloud.JobID) tool.Made {
	made := tool.Made{Jobs: jobs}
	for _, id := range ids {
		made.IDs = append(made.IDs, madeVM(id)...)
	}
	switch {
	case len(jobs) > 0:
		made.Summary = fmt.Sprintf("%s has begun to create %s; wait_operation waits for it.", account, count(len(jobs), "VM"))
	case len(ids) == 1:
		made.Summary = fmt.Sprintf("Created VM %s on %s. It costs until it is deleted; get_vm shows it.", ids[0], account)
	default:
		made.Summary = fmt.Sprintf("Created %s on %s. They cost until they are deleted; get_vm shows them.", count(len(ids), "VM"), account)
	}
	return made
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// blocks are the blocks of all configured clouds, each once.
func blocks(accounts []cloud.Capable[cloud.MachineMaker]) []schema.Block {
	var all []schema.Block
	seen := map[string]bool{}
	for _, a := range accounts {
		for _, kind := range a.Cloud.MachineKinds() {
			if seen[kind.BlockName()] {
				continue
			}
			seen[kind.BlockName()] = true
			b := schema.Block{
				Name: kind.BlockName(), Description: kind.BlockDescription(),
				New: func() any { return kind.NewSpec() }, Example: kind.MinimalExample(),
			}
			if r, ok := kind.(cloud.FieldRetirer); ok {
				b.Retired = r.RetiredFields()
			}
			all = append(all, b)
		}
	}
	return all
}

func nameFacts(names []string) []cloud.Fact {
	var facts []cloud.Fact
	for _, name := range names {
		facts = append(facts, cloud.Fact{Label: "name", Value: name})
	}
	return facts
}

func planCreate(account cloud.AccountName, kind cloud.MachineKind, m cloud.MachinePlan) tool.Plan {
	effects := []tool.Effect{tool.Bill}
	if len(m.Opens) > 0 {
		effects = []tool.Effect{tool.Disrupt, tool.Bill}
	}
	return tool.Plan{
		Account:      account,
		Summary:      fmt.Sprintf("Create %s on %s (%s) for %s.", count(len(m.Names), "VM"), account, kind.BlockName(), m.Price),
		Effects:      effects,
		Facts:        append(nameFacts(m.Names), m.Facts...),
		Cost:         &tool.Cost{After: m.Price},
		Opens:        m.Opens,
		Consequences: m.Consequences,
		Attachments:  m.Attachments,
		Notes:        m.Notes,
		Equal:        m.Equal,
		Marks:        m.Marks,
		MadeKind:     kind.BlockName(),
		MadeNames:    m.Names,
	}
}

func (m *vmMaker) settle(ctx context.Context, intent tool.Intent) (tool.Settlement, error) {
	c, err := find(m.accounts, intent.Plan.Account)
	if err != nil {
		return tool.Settlement{}, err
	}
	for _, kind := range c.MachineKinds() {
		if kind.BlockName() != intent.Plan.MadeKind {
			continue
		}
		search := cloud.MachineSearch{Marker: intent.Marker, Names: intent.Plan.MadeNames, Since: intent.SentAt}
		for _, id := range intent.Others {
			search.Others = append(search.Others, cloud.VMID(id))
		}
		found, err := kind.FindMachine(ctx, search)
		switch {
		case err != nil:
			return tool.Settlement{}, err
		case len(found.IDs) > 0:
			return tool.Settlement{Finding: tool.FoundDone, Made: createdVMs(intent.Plan.Account, found.IDs, nil)}, nil
		case len(found.Possible) == 0:
			return tool.Settlement{Finding: tool.FoundNothing}, nil
		}
		var ids []string
		for _, p := range found.Possible {
			ids = append(ids, p.ID)
		}
		return tool.Settlement{Finding: tool.FoundUnclear, Why: "these machines may be it, a person should look: " + strings.Join(ids, ", ")}, nil
	}
	return tool.Settlement{}, fmt.Errorf("kind %q is not known any more", intent.Plan.MadeKind)
}
