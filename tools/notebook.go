package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// notebooks saves the addresses of notebook servers, which can contain an access
// token.
type notebooks struct{ files secretFiles }

func saveJupyterURL(env Env) *tool.Definition {
	if env.Files == nil {
		return nil
	}
	n := notebooks{secretFiles{env.Files}}
	return write[cloud.NotebookReader, vmRef]{kind: "vm", plan: n.plan, execute: n.save, settle: n.settle}.on(env.Accounts, tool.Spec{
		Name:    "save_jupyter_url",
		Title:   "Save Jupyter URL",
		Toolset: secretsToolset,
		Description: "Save the address of a GPU machine's Jupyter, which may hold a token that lets one in, in a file that only the user of this machine can read; the result is its path, never the address. " +
			"A person approves it; then repeat the same call.",
		Effect:     tool.Disrupt,
		Idempotent: true,
	})
}

func (n notebooks) plan(ctx context.Context, c cloud.NotebookReader, in vmRef) (tool.Plan, error) {
	vm, err := earnVM(ctx, c, in.VMID)
	if err != nil {
		return tool.Plan{}, err
	}
	if _, err := notebookURL(ctx, c, in); err != nil {
		return tool.Plan{}, err
	}
	changes, err := n.files.change(notebookName(in.Account, vm.ID))
	if err != nil {
		return tool.Plan{}, err
	}
	return tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Save the Jupyter address of VM %s on %s in a file.", vm.ID, in.Account),
		Effects: []tool.Effect{tool.Disrupt},
		Targets: []tool.Target{vmTarget(vm)},
		Changes: changes,
		Opens:   []string{"Whoever can read the file may get into the machine's Jupyter and run anything there: every program of this user of this machine, an agent with a shell included."},
	}, nil
}

// notebookURL reads the address of the notebook server of a machine.
func notebookURL(ctx context.Context, c cloud.NotebookReader, in vmRef) (cloud.Secret, error) {
	url, err := c.ReadNotebookURL(ctx, in.VMID)
	switch {
	case cloud.IsKind(err, cloud.ErrUnknownID), err == nil && url.IsZero():
		return url, &cloud.Error{
			Kind: cloud.ErrBlocked, Account: in.Account, Operation: "read Jupyter address",
			Message: "the cloud shows no Jupyter address for this machine now", Hint: "Only GPU machines have one, once they run; tell the user.",
		}
	}
	return url, err
}

func (n notebooks) save(ctx context.Context, c cloud.NotebookReader, in vmRef, run tool.Run) (tool.Made, error) {
	url, err := notebookURL(ctx, c, in)
	if err != nil {
		return tool.Made{}, err
	}
	return savedNotebook(run.Plan), n.files.save(notebookName(in.Account, in.VMID), url, run.Plan)
}

// notebookName returns the file name, built from exact IDs only.
func notebookName(account cloud.AccountName, id cloud.VMID) tool.SecretName {
	return tool.NewSecretName("jupyter-url", account, id, ".txt")
}

func savedNotebook(p tool.Plan) tool.Made {
	path := p.Changes[0].After
	return tool.Made{
		Summary: fmt.Sprintf("The Jupyter address of VM %s on %s is in %s; only the user of this machine can read it.", planned(p), p.Account, path),
		IDs:     append(madeVM(planned(p)), tool.MadeID{Kind: "file", ID: path}),
	}
}

func (n notebooks) settle(_ context.Context, _ cloud.NotebookReader, intent tool.Intent) (tool.Settlement, error) {
	return n.files.settle(notebookName(intent.Plan.Account, planned(intent.Plan)), intent, savedNotebook)
}
