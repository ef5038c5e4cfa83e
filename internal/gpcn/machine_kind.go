package gpcn

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"countersign/internal/cloud"
)

var _ cloud.MachineMaker = (*Provider)(nil)

// operationCreate is the name of a create in errors.
const operationCreate = "create VM"

// MachineKinds returns the kinds that can be created.
func (p *Provider) MachineKinds() []cloud.MachineKind {
	return []cloud.MachineKind{plainVMs{p}, gpuVMs{p}}
}

// block returns a spec as one of our types.
func block[S any](p *Provider, spec cloud.MachineSpec, name string) (*S, error) {
	s, ok := any(spec).(*S)
	if !ok {
		return nil, p.refuse(cloud.ErrInvalid, operationCreate, "the block is not "+name, "Give the block "+name+".")
	}
	return s, nil
}

// digest returns the same value for blocks that make the same thing; the caller
// removes the name. Of a password only its presence counts: a digest never contains
// its value.
func digest(name string, unnamed cloud.BlockSpec) (string, error) {
	canonical, err := json.Marshal(unnamed)
	if err != nil {
		return "", fmt.Errorf("digest of a block: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return name + ":" + hex.EncodeToString(sum[:]), nil
}

// began returns the result of a create: its jobs, and the IDs of the machines that
// they name already.
func (p *Provider) began(kind string, jobs Jobs) cloud.MadeMachine {
	var out cloud.MadeMachine
	for _, job := range jobs {
		out.Jobs = append(out.Jobs, cloud.JobID(job.JobID))
		if id := cloud.VMID(optional(job.ResourceID)); id != "" {
			out.IDs = append(out.IDs, id)
			p.kinds.saw(cloud.VM{ID: id, Kind: kind})
		}
	}
	return out
}

// namesake is a resource that has exactly one of the names that are searched for.
type namesake[ID ~string] struct {
	id      ID
	name    string
	created *time.Time
}

// namesakes returns the rows of a list that have one of those names.
func namesakes[T any, ID ~string](ctx context.Context, p *Provider, operation string, list lister[T], names []string, row func(T) namesake[ID]) (map[string][]namesake[ID], error) {
	rows, err := everything(ctx, p, operation, list)
	if err != nil {
		return nil, err
	}
	out := map[string][]namesake[ID]{}
	for _, name := range names {
		out[name] = nil
	}
	seen := map[ID]bool{} // a row moves to the next page where one is made meanwhile
	for _, one := range rows {
		n := row(one)
		if _, wanted := out[n.name]; wanted && !seen[n.id] {
			seen[n.id] = true
			out[n.name] = append(out[n.name], n)
		}
	}
	return out, nil
}

// made returns which of the namesakes a create made whose response was lost. GPCN
// stores no marker, so names and times have to do. The result is certain where each
// name is on exactly one resource that was created since; otherwise they are only
// possible. Resources that are older, or that another create made, are left out.
func made[ID ~string](search cloud.CreateSearch, all map[string][]namesake[ID]) cloud.Found[ID] {
	var found cloud.Found[ID]
	certain := len(search.Names) > 0
	for _, name := range search.Names {
		fresh := 0
		for _, n := range all[name] {
			age := cloud.RecencyOf(n.created, search.Since)
			if slices.Contains(search.Others, string(n.id)) || age == cloud.TooOld {
				continue
			}
			if age == cloud.Fresh {
				fresh++
				found.IDs = append(found.IDs, n.id)
			}
			certain = certain && n.created != nil
			found.Possible = append(found.Possible, cloud.Candidate{ID: string(n.id), Name: cloud.CleanText(n.name)})
		}
		certain = certain && fresh == 1
	}
	if certain {
		return cloud.Found[ID]{IDs: found.IDs}
	}
	return cloud.Found[ID]{Possible: found.Possible}
}

// facts collects labelled values without the empty ones.
type facts []cloud.Fact

func (f *facts) add(label, value string) {
	if value != "" {
		*f = append(*f, cloud.Fact{Label: label, Value: value})
	}
}

// addNamed adds a thing by ID and name.
func (f *facts) addNamed(label, id, name string) {
	if id != "" {
		f.add(label, fmt.Sprintf("%s (%s)", id, cloud.CleanText(name)))
	}
}
