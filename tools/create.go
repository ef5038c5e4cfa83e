package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

// createInput is the input of every create tool that takes one of several typed
// blocks.
type createInput struct {
	Account cloud.AccountName `json:"account" jsonschema_description:"The account to create it in and to bill."`
	spec    cloud.BlockSpec
}

// WithBlock implements tool.BlockInput.
func (in createInput) WithBlock(spec cloud.BlockSpec) createInput {
	in.spec = spec
	return in
}

// creation is one kind of thing that a cloud creates: the methods of its capability
// under common names.
type creation[ID ~string] struct {
	cloud.Block
	plan   func(context.Context, cloud.BlockSpec) (cloud.CreatePlan, error)
	create func(ctx context.Context, spec cloud.BlockSpec, marker string) (cloud.Created[ID], error)
	find   func(context.Context, cloud.CreateSearch) (cloud.Found[ID], error)
}

// creator is a tool that creates things of one noun, on the accounts that can.
type creator[C any, ID ~string] struct {
	// noun is the singular in texts, such as "VM"; kind is the kind of its IDs,
	// such as "vm"; getter is the tool that shows one.
	noun, kind, getter string
	// creations returns the kinds that a cloud can create.
	creations func(C) []creation[ID]

	accounts []cloud.Capable[C]
	input    *schema.Schema
	unmarked bool
}

// on builds the tool for the accounts whose cloud has the capability; nil if there
// are none.
func (m creator[C, ID]) on(env Env, spec tool.Spec) *tool.Definition {
	m.accounts, m.unmarked = cloud.Having[C](env.Accounts), env.Unmarked
	if len(m.accounts) == 0 {
		return nil
	}
	spec.Effect = tool.Bill
	spec.Schema = []schema.Option{schema.Enum("account", names(m.accounts)...), schema.WithBlocks(m.blocks()...)}
	d := tool.NewBlockWrite(spec, tool.Writer[createInput]{
		Account: func(in createInput) cloud.AccountName { return in.Account },
		Plan:    m.plan,
		Execute: m.create,
		Settle:  m.settle,
		Follow:  follow(env.Accounts),
		Kind:    m.kind,
	})
	m.input = d.Input
	return d
}

// unmarkedWarning is the warning of a plan if the cloud has a field for a mark and
// none is set.
const unmarkedWarning = "No mark is left on it: if the answer is lost, it is looked for by name and time. Where another new %s has its name then, a person has to say which one it is."

// blocks returns the blocks of all configured clouds, without duplicates.
func (m *creator[C, ID]) blocks() []schema.Block {
	var all []schema.Block
	seen := map[string]bool{}
	for _, a := range m.accounts {
		for _, kind := range m.creations(a.Cloud) {
			if seen[kind.BlockName()] {
				continue
			}
			seen[kind.BlockName()] = true
			b := schema.Block{
				Name: kind.BlockName(), Description: kind.BlockDescription(),
				New: func() any { return kind.NewSpec() }, Example: kind.MinimalExample(),
			}
			if r, ok := kind.Block.(cloud.FieldRetirer); ok {
				b.Retired = r.RetiredFields()
			}
			all = append(all, b)
		}
	}
	return all
}

func (m *creator[C, ID]) plan(ctx context.Context, in createInput) (tool.Plan, error) {
	kind, err := m.kindOf(in)
	if err != nil {
		return tool.Plan{}, err
	}
	made, err := kind.plan(ctx, in.spec)
	if err != nil {
		return tool.Plan{}, err
	}
	if made.Marks && m.unmarked {
		made.Marks = false
		made.Consequences = append(made.Consequences, fmt.Sprintf(unmarkedWarning, m.noun))
	}
	effects := []tool.Effect{tool.Bill}
	if len(made.Opens) > 0 {
		effects = []tool.Effect{tool.Disrupt, tool.Bill}
	}
	return tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Create %s on %s (%s) for %s.", count(len(made.Names), m.noun), in.Account, kind.BlockName(), priceWords(made.Price)),
		Effects:      effects,
		Facts:        append(nameFacts(made.Names), made.Facts...),
		Cost:         &tool.Cost{After: made.Price},
		Opens:        made.Opens,
		Consequences: made.Consequences,
		Attachments:  made.Attachments,
		Notes:        made.Notes,
		Equal:        made.Equal,
		Marks:        made.Marks,
		MadeKind:     kind.BlockName(),
		MadeNames:    made.Names,
		MadeTags:     made.Tags,
		Location:     string(made.Location),
		Offer:        string(made.Offer),
		Adds:         made.Adds,
	}, nil
}

func (m *creator[C, ID]) create(ctx context.Context, in createInput, run tool.Run) (tool.Made, error) {
	kind, err := m.kindOf(in)
	if err != nil {
		return tool.Made{}, err
	}
	made, err := kind.create(ctx, in.spec, run.Marker)
	if err != nil {
		return tool.Made{}, err
	}
	return m.made(in.Account, made), nil
}

// kindOf returns the requested kind, or an error if the cloud of the account does
// not have it.
func (m *creator[C, ID]) kindOf(in createInput) (creation[ID], error) {
	c, err := find(m.accounts, in.Account)
	if err != nil {
		return creation[ID]{}, err
	}
	var has []string
	for _, kind := range m.creations(c) {
		if kind.BlockName() == in.spec.BlockName() {
			return kind, nil
		}
		has = append(has, kind.BlockName())
	}
	return creation[ID]{}, m.input.WrongBlock(in.spec.BlockName(), has...)
}

// made describes what a create made, or has begun to make.
func (m *creator[C, ID]) made(account cloud.AccountName, created cloud.Created[ID]) tool.Made {
	made := tool.Made{Jobs: created.Jobs, Warning: created.Warning}
	for _, id := range created.IDs {
		made.IDs = append(made.IDs, tool.MadeID{Kind: m.kind, ID: string(id)})
	}
	switch {
	case len(created.Jobs) > 0:
		made.Summary = fmt.Sprintf("%s has begun to create %s; wait_operation waits for it.", account, count(len(created.Jobs), m.noun))
	case len(created.IDs) == 1:
		made.Summary = fmt.Sprintf("Created %s %s on %s. It costs until it is deleted; %s shows it.", m.noun, created.IDs[0], account, m.getter)
	default:
		made.Summary = fmt.Sprintf("Created %s on %s. They cost until they are deleted; %s shows them.", count(len(created.IDs), m.noun), account, m.getter)
	}
	return made
}

func (m *creator[C, ID]) settle(ctx context.Context, intent tool.Intent) (tool.Settlement, error) {
	c, err := find(m.accounts, intent.Plan.Account)
	if err != nil {
		return tool.Settlement{}, err
	}
	for _, kind := range m.creations(c) {
		if kind.BlockName() != intent.Plan.MadeKind {
			continue
		}
		found, err := kind.find(ctx, cloud.CreateSearch{Marker: intent.Marker, Names: intent.Plan.MadeNames, Since: intent.SentAt, Others: intent.Others})
		switch {
		case err != nil:
			return tool.Settlement{}, err
		case len(found.IDs) > 0:
			return tool.Settlement{Finding: tool.FoundDone, Made: m.made(intent.Plan.Account, cloud.Created[ID]{IDs: found.IDs})}, nil
		case len(found.Possible) == 0:
			return tool.Settlement{Finding: tool.FoundNothing}, nil
		}
		return mayBeIt("these", found.Possible), nil
	}
	return tool.Settlement{}, fmt.Errorf("kind %q is not known any more", intent.Plan.MadeKind)
}

func nameFacts(names []string) []cloud.Fact {
	var facts []cloud.Fact
	for _, name := range names {
		facts = append(facts, cloud.Fact{Label: "name", Value: name})
	}
	return facts
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// priceWords states a price in a sentence.
func priceWords(p cloud.Price) string {
	if !p.Known() {
		return "a price that is not known"
	}
	return p.String()
}
