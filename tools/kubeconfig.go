package tools

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// savedSlack is how far the clock of a file system may be behind ours.
const savedSlack = 2 * time.Second

// What a plan says of the file that is to be written.
const (
	noFile  = "not there"
	oldFile = "there already; replaced"
)

// kubeconfigs saves credentials of clusters in files.
type kubeconfigs struct{ files tool.SecretFiles }

func saveKubeconfig(env Env) *tool.Definition {
	if env.Files == nil {
		return nil
	}
	k := kubeconfigs{env.Files}
	return write[cloud.KubeconfigReader, rentalRef]{kind: "rental", plan: k.plan, execute: k.save, settle: k.settle}.on(env.Accounts, tool.Spec{
		Name:    "save_kubeconfig",
		Title:   "Save kubeconfig of a rental",
		Toolset: bareMetal,
		Description: "Save the credential of a rental's Kubernetes cluster in a file that only the user of this machine can read; the result is its path, never the credential. " +
			"A person approves it; then repeat the same call.",
		Effect:     tool.Disrupt,
		Idempotent: true,
	})
}

func (k kubeconfigs) plan(ctx context.Context, c cloud.KubeconfigReader, in rentalRef) (tool.Plan, error) {
	rental, err := earnRental(ctx, c, in.RentalID)
	if err != nil {
		return tool.Plan{}, err
	}
	if !rental.Kubeconfig {
		_, err := c.ReadKubeconfig(ctx, in.RentalID) // which says why there is none
		if err == nil {
			err = busyRental(in.Account, "save kubeconfig", rental)
		}
		return tool.Plan{}, err
	}
	file, err := k.files.Look(kubeconfigName(in.Account, rental.ID))
	if err != nil {
		return tool.Plan{}, err
	}
	before := noFile
	if file.Exists() {
		before = oldFile
	}
	return tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Save the kubeconfig of rental %s on %s in a file.", rental.ID, in.Account),
		Effects: []tool.Effect{tool.Disrupt},
		Targets: []tool.Target{rentalTarget(rental)},
		Changes: []tool.FieldChange{{Field: "file", Before: before, After: file.Path}},
		Opens:   []string{"Whoever can read the file holds the rental's Kubernetes cluster: every program of this user of this machine, an agent with a shell included."},
	}, nil
}

func (k kubeconfigs) save(ctx context.Context, c cloud.KubeconfigReader, in rentalRef, run tool.Run) (tool.Made, error) {
	secret, err := c.ReadKubeconfig(ctx, in.RentalID)
	if err != nil {
		return tool.Made{}, err
	}
	replace := run.Plan.Changes[0].Before == oldFile
	_, err = k.files.Write(kubeconfigName(in.Account, in.RentalID), secret, replace)
	switch {
	case errors.Is(err, tool.ErrSecretFileExists):
		return tool.Made{}, tool.Errorf(tool.CodeDrift, "Call again: the plan will say that the file is replaced.", "The file has appeared since it was approved; nothing was written.")
	case err != nil:
		return tool.Made{}, unwritten(err)
	}
	return savedKubeconfig(run.Plan), nil
}

// unwritten is a file that could not be written, which is certain; why stands in the
// chain of causes and not in the words.
func unwritten(err error) error {
	if own, ok := errors.AsType[*tool.Error](err); ok {
		return own
	}
	return &cloud.Error{
		Kind: cloud.ErrBlocked, Operation: "write file", Err: err,
		Message: "the file could not be written in the state folder", Hint: "Ask the user to look whether the state folder can be written to and has room.",
	}
}

// kubeconfigName is made of exact IDs only.
func kubeconfigName(account cloud.AccountName, id cloud.RentalID) tool.SecretName {
	return tool.NewSecretName("kubeconfig", account, id, ".yaml")
}

func savedKubeconfig(p tool.Plan) tool.Made {
	path := p.Changes[0].After
	made := changedRental(p, fmt.Sprintf("Saved the kubeconfig of rental %s on %s in %s; only the user of this machine can read it.", plannedRental(p), p.Account, path))
	made.IDs = append(made.IDs, tool.MadeID{Kind: "file", ID: path})
	return made
}

// settle looks at the file: one that is as old as the intent, or younger, was
// written by it.
func (k kubeconfigs) settle(_ context.Context, _ cloud.KubeconfigReader, intent tool.Intent) (tool.Settlement, error) {
	file, err := k.files.Look(kubeconfigName(intent.Plan.Account, plannedRental(intent.Plan)))
	switch {
	case err != nil:
		return tool.Settlement{}, err
	case file.Exists() && !file.SavedAt.Before(intent.SentAt.Add(-savedSlack)):
		return tool.Settlement{Finding: tool.FoundDone, Made: savedKubeconfig(intent.Plan)}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}
