package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type updateRentalInput struct {
	rentalRef
	Name      string   `json:"name,omitempty" jsonschema:"minLength=1,maxLength=128" jsonschema_description:"New name."`
	Tags      []string `json:"tags,omitempty" jsonschema:"minItems=1,maxItems=50" jsonschema_description:"Replaces all tags."`
	ClearTags bool     `json:"clear_tags,omitempty" jsonschema_description:"Remove all tags."`
}

// update returns the update that the input describes.
func (in updateRentalInput) update() cloud.RentalUpdate {
	var u cloud.RentalUpdate
	given(&u.Name, in.Name)
	u.Tags = tagsGivenOrCleared(in.Tags, in.ClearTags)
	return u
}

// check rejects an input that changes nothing or contradicts itself.
func (in updateRentalInput) check() error {
	if in.update() == (cloud.RentalUpdate{}) {
		return nothingToChange("Give name, tags or clear_tags.")
	}
	return notBoth("tags", len(in.Tags) > 0, in.ClearTags)
}

func updateRental(env Env) *tool.Definition {
	return write[cloud.RentalUpdater, updateRentalInput]{kind: "rental", plan: planRentalUpdate, settle: settleRentalUpdate,
		execute: func(ctx context.Context, c cloud.RentalUpdater, in updateRentalInput, run tool.Run) (tool.Made, error) {
			return updatedRental(run.Plan), c.UpdateRental(ctx, in.RentalID, in.update())
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "update_rental",
		Title:       "Update bare-metal rental",
		Toolset:     bareMetal,
		Description: "Change the name or the tags of a bare-metal rental. What is not given stays as it is; tags are replaced as a whole.",
		Effect:      tool.Change,
		Idempotent:  true,
	})
}

func planRentalUpdate(ctx context.Context, c cloud.RentalUpdater, in updateRentalInput) (tool.Plan, error) {
	if err := in.check(); err != nil {
		return tool.Plan{}, err
	}
	rental, err := earnRental(ctx, c, in.RentalID)
	if err != nil {
		return tool.Plan{}, err
	}
	if err := c.PlanRentalUpdate(ctx, rental, in.update()); err != nil {
		return tool.Plan{}, err
	}
	plan := tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Change what is on record of rental %s on %s.", rental.ID, in.Account),
		Effects: []tool.Effect{tool.Change},
		Targets: []tool.Target{rentalTarget(rental)},
		Changes: rentalRecord(rental, in.update()).changes(),
	}
	if len(plan.Changes) == 0 {
		plan.Nothing = fmt.Sprintf("Rental %s is as this call wants it already; nothing was sent.", rental.ID)
	}
	return plan, nil
}

func rentalRecord(r cloud.Rental, u cloud.RentalUpdate) record {
	return record{{name: "name", now: r.Name, want: u.Name, altered: r.NameAltered}, tagField(r.Tags, u.Tags)}
}

func updatedRental(p tool.Plan) tool.Made {
	return changedRental(p, fmt.Sprintf("Changed rental %s on %s.", plannedRental(p), p.Account))
}

func settleRentalUpdate(ctx context.Context, c cloud.RentalUpdater, intent tool.Intent) (tool.Settlement, error) {
	rental, err := c.GetRental(ctx, plannedRental(intent.Plan))
	if err != nil {
		return tool.Settlement{}, err
	}
	return rentalRecord(rental, cloud.RentalUpdate{}).settle(intent, updatedRental), nil
}
