package tools

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// notebooks saves the addresses of notebook servers, which may let one in.
type notebooks struct{ files tool.SecretFiles }

// What a plan says of the file that is to be written.
const (
	fileMissing  = "not there"
	fileReplaced = "there already; replaced"
)

func saveJupyterURL(env Env) *tool.Definition {
	if env.Files == nil {
		return nil
	}
	n := notebooks{env.Files}
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
	file, err := n.files.Look(notebookName(in.Account, vm.ID))
	if err != nil {
		return tool.Plan{}, err
	}
	before := fileMissing
	if file.Exists() {
		before = fileReplaced
	}
	return tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Save the Jupyter address of VM %s on %s in a file.", vm.ID, in.Account),
		Effects: []tool.Effect{tool.Disrupt},
		Targets: []tool.Target{vmTarget(vm)},
		Changes: []tool.FieldChange{{Field: "file", Before: before, After: file.Path}},
		Opens:   []string{"Whoever can read the file may get into the machine's Jupyter and run anything there: every program of this user of this machine, an agent with a shell included."},
	}, nil
}

// notebookURL reads the address, of a machine that has one.
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
	_, err = n.files.Write(notebookName(in.Account, in.VMID), url, run.Plan.Changes[0].Before == fileReplaced)
	switch {
	case errors.Is(err, tool.ErrSecretFileExists):
		return tool.Made{}, tool.Errorf(tool.CodeDrift, "Call again: the plan will say that the file is replaced.", "The file has appeared since it was approved; nothing was written.")
	case err != nil:
		return tool.Made{}, unsaved(err, "Nothing was saved.")
	}
	return savedNotebook(run.Plan), nil
}

// notebookName is made of exact IDs only.
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

// settle looks at the file: one that is as old as the intent, or younger, was
// written by it.
func (n notebooks) settle(_ context.Context, _ cloud.NotebookReader, intent tool.Intent) (tool.Settlement, error) {
	const slack = 2 * time.Second // the clock of a file system may be behind ours
	file, err := n.files.Look(notebookName(intent.Plan.Account, planned(intent.Plan)))
	switch {
	case err != nil:
		return tool.Settlement{}, err
	case file.Exists() && !file.SavedAt.Before(intent.SentAt.Add(-slack)):
		return tool.Settlement{Finding: tool.FoundDone, Made: savedNotebook(intent.Plan)}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}
