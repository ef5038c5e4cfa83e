package tools

import (
	"context"
	"fmt"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type deleteVolumesInput struct {
	Account   cloud.AccountName `json:"account" jsonschema_description:"Their account."`
	VolumeIDs []cloud.VolumeID  `json:"volume_ids" jsonschema:"minItems=1,maxItems=50" jsonschema_description:"Exact IDs from list_volumes, never names."`
}

func (in deleteVolumesInput) account() cloud.AccountName { return in.Account }

func deleteVolumes(env Env) *tool.Definition {
	return write[cloud.VolumeDeleter, deleteVolumesInput]{kind: "volume", plan: planVolumeDeletion, settle: settleVolumeDeletion,
		execute: func(ctx context.Context, c cloud.VolumeDeleter, in deleteVolumesInput, _ tool.Run) (tool.Made, error) {
			all, err := severally(in.VolumeIDs, func(id cloud.VolumeID) (cloud.Accepted, error) { return c.DeleteVolume(ctx, id) })
			if err != nil {
				return tool.Made{}, err
			}
			return made(deed{"volume", "delete", "deleted", in.Account}, all)
		},
	}.on(env.Accounts, tool.Spec{
		Name:  "delete_volumes",
		Title: "Delete volumes",
		Description: "Delete one or several volumes and all that is on them for ever. The plan shows what is used and which machines have them. " +
			"A person approves it by typing the name, or of several their number; then repeat the same call.",
		Toolset:    volumesToolset,
		Effect:     tool.Destroy,
		Idempotent: true,
	})
}

func planVolumeDeletion(ctx context.Context, c cloud.VolumeDeleter, in deleteVolumesInput) (tool.Plan, error) {
	volumes, err := earnVolumes(ctx, c, in.VolumeIDs)
	if err != nil {
		return tool.Plan{}, err
	}
	before := volumePrice(volumes)
	plan := tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Delete %s on %s for ever.", volumeNames(volumes), in.Account),
		Effects: []tool.Effect{tool.Destroy},
		Cost:    &tool.Cost{Before: &before, After: endedVolume(before)},
	}
	shown := volumeMachines(c)
	for _, v := range volumes {
		plan.Targets = append(plan.Targets, volumeTarget(v))
		for _, id := range v.AttachedTo {
			m, err := shown.attached(ctx, id)
			if err != nil {
				return tool.Plan{}, err
			}
			plan.Facts = append(plan.Facts, cloud.Fact{Label: "volume " + string(v.ID) + " attached to", Value: m.text()})
			if m.mayRun() {
				plan.Effects = []tool.Effect{tool.Disrupt, tool.Destroy}
				plan.Consequences = addOnce(plan.Consequences, fmt.Sprintf("What uses volume %s on machine %s, which %s, fails.", v.ID, id, m.runs()))
			}
		}
		consequences, err := c.PlanVolumeDeletion(ctx, v)
		if err != nil {
			return tool.Plan{}, err
		}
		plan.Consequences = addOnce(plan.Consequences, consequences...)
	}
	return plan, shareNames(ctx, c, plan.Targets)
}

// shareNames marks the targets whose name another volume of the account has.
func shareNames(ctx context.Context, c cloud.VolumeReader, targets []tool.Target) error {
	return every(ctx, sighted(c.ListVolumes, volumeSighting), func(v cloud.Volume) {
		for i, t := range targets {
			if t.Name == v.Name && t.ID != string(v.ID) {
				targets[i].NameShared = true
			}
		}
	})
}

// endedVolume returns the price after the deletion of a volume.
func endedVolume(before cloud.Price) cloud.Price {
	if !before.Known() {
		return cloud.UnknownPrice("what it costs now is not known; after the deletion nothing more is charged, as far as documented")
	}
	return cloud.HourlyPrice(before.PerHour.Times(0), "billing ends with the volume", before.Assumed...)
}

// settleVolumeDeletion checks which volumes are gone. Deletions after the one
// without a response were never sent, so some can be gone and others not.
func settleVolumeDeletion(ctx context.Context, c cloud.VolumeDeleter, intent tool.Intent) (tool.Settlement, error) {
	var gone []tool.MadeID
	var there []string
	for _, t := range intent.Plan.Targets {
		_, err := c.GetVolume(ctx, cloud.VolumeID(t.ID))
		switch {
		case cloud.IsKind(err, cloud.ErrUnknownID):
			gone = append(gone, tool.MadeID{Kind: "volume", ID: t.ID})
		case err != nil:
			return tool.Settlement{}, err
		default:
			there = append(there, t.ID)
		}
	}
	if len(gone) == 0 {
		return tool.Settlement{Finding: tool.FoundNothing}, nil
	}
	settled := tool.Settlement{Finding: tool.FoundDone, Made: tool.Made{Summary: fmt.Sprintf("%s: %s deleted.", intent.Plan.Account, count(len(gone), "volume")), IDs: gone}}
	if len(there) > 0 {
		settled.Made.Shortfall = fmt.Sprintf("The answer was lost on the way; still there when the cloud was asked: %s.", strings.Join(there, ", "))
	}
	return settled, nil
}
