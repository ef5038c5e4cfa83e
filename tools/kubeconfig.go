package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// kubeconfigs saves the credentials of clusters to files.
type kubeconfigs struct{ files secretFiles }

func saveKubeconfig(env Env) *tool.Definition {
	if env.Files == nil {
		return nil
	}
	k := kubeconfigs{secretFiles{env.Files}}
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
		_, err := c.ReadKubeconfig(ctx, in.RentalID) // its error says why there is none
		if err == nil {
			err = busyRental(in.Account, "save kubeconfig", rental)
		}
		return tool.Plan{}, err
	}
	changes, err := k.files.change(kubeconfigName(in.Account, rental.ID))
	if err != nil {
		return tool.Plan{}, err
	}
	return tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Save the kubeconfig of rental %s on %s in a file.", rental.ID, in.Account),
		Effects: []tool.Effect{tool.Disrupt},
		Targets: []tool.Target{rentalTarget(rental)},
		Changes: changes,
		Opens:   []string{"Whoever can read the file holds the rental's Kubernetes cluster: every program of this user of this machine, an agent with a shell included."},
	}, nil
}

func (k kubeconfigs) save(ctx context.Context, c cloud.KubeconfigReader, in rentalRef, run tool.Run) (tool.Made, error) {
	secret, err := c.ReadKubeconfig(ctx, in.RentalID)
	if err != nil {
		return tool.Made{}, err
	}
	return savedKubeconfig(run.Plan), k.files.save(kubeconfigName(in.Account, in.RentalID), secret, run.Plan)
}

// kubeconfigName returns the file name, built from exact IDs only.
func kubeconfigName(account cloud.AccountName, id cloud.RentalID) tool.SecretName {
	return tool.NewSecretName("kubeconfig", account, id, ".yaml")
}

func savedKubeconfig(p tool.Plan) tool.Made {
	path := p.Changes[0].After
	made := changedRental(p, fmt.Sprintf("Saved the kubeconfig of rental %s on %s in %s; only the user of this machine can read it.", plannedRental(p), p.Account, path))
	made.IDs = append(made.IDs, tool.MadeID{Kind: "file", ID: path})
	return made
}

func (k kubeconfigs) settle(_ context.Context, _ cloud.KubeconfigReader, intent tool.Intent) (tool.Settlement, error) {
	return k.files.settle(kubeconfigName(intent.Plan.Account, plannedRental(intent.Plan)), intent, savedKubeconfig)
}
