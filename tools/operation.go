package tools

import (
	"context"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type operationRef struct {
	Operation tool.OperationID `json:"operation" jsonschema_description:"Exact ID, from the call or list_operations."`
}

func getOperation(env Env) *tool.Definition {
	if env.Operations == nil {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "get_operation",
		Title:       "Get operation",
		Description: "Read one operation: its whole plan, whether a person approved it, what came of it, and the next right step.",
	}, func(ctx context.Context, in operationRef) (tool.OperationDetail, error) {
		return env.Operations.GetOperation(ctx, in.Operation)
	})
}

type listOperationsInput struct {
	Account cloud.AccountName   `json:"account,omitempty" jsonschema:"maxLength=64" jsonschema_description:"Only operations on this account."`
	State   tool.OperationState `json:"state,omitempty" jsonschema_description:"Only operations in this state."`
	tool.Page
}

type listOperationsOutput struct {
	Operations []tool.OperationRow `json:"operations" jsonschema_description:"Operations, newest first."`
	NextCursor string              `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
}

func listOperations(env Env) *tool.Definition {
	if env.Operations == nil {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "list_operations",
		Title:       "List operations",
		Description: "List what was asked for above reads: what waits for a person, what was approved, done, denied or lost.",
	}, func(ctx context.Context, in listOperationsInput) (listOperationsOutput, error) {
		page, err := env.Operations.ListOperations(ctx, tool.OperationFilter{
			Account: in.Account, State: in.State,
			Page: cloud.PageRequest{Limit: in.Size(), Cursor: in.Cursor},
		})
		if page.Items == nil {
			page.Items = []tool.OperationRow{}
		}
		return listOperationsOutput{page.Items, page.Next}, err
	})
}

type waitOperationInput struct {
	operationRef
	Seconds int `json:"seconds,omitempty" jsonschema:"minimum=1,maximum=30" jsonschema_description:"Wait at most this long; 30 unless given."`
}

const maxWait = 30

func waitOperation(env Env) *tool.Definition {
	if env.Operations == nil {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "wait_operation",
		Title:       "Wait for operation",
		Description: "Wait until a person has answered or an operation has ended, 30 seconds at most. When it is approved, repeat the original call with the same arguments.",
	}, func(ctx context.Context, in waitOperationInput) (tool.OperationStatus, error) {
		seconds := in.Seconds
		if seconds == 0 {
			seconds = maxWait
		}
		return env.Operations.WaitOperation(ctx, in.Operation, time.Duration(seconds)*time.Second)
	})
}

func cancelOperation(env Env) *tool.Definition {
	if env.Operations == nil {
		return nil
	}
	return tool.NewControl(tool.Spec{
		Name:        "cancel_operation",
		Title:       "Withdraw operation",
		Description: "Withdraw an operation that is not yet carried out, approved or not. What was carried out is not undone by it.",
		Effect:      tool.Change,
		Idempotent:  true,
	}, func(ctx context.Context, in operationRef) (tool.Outcome, error) {
		return env.Operations.CancelOperation(ctx, in.Operation)
	})
}

type confirmOperationInput struct {
	operationRef
	Summary string `json:"summary" jsonschema:"minLength=1,maxLength=2000" jsonschema_description:"summary of the operation, word for word."`
}

// confirmOperation exists only if the rules let callers confirm their own calls.
func confirmOperation(env Env) *tool.Definition {
	if env.Operations == nil || !env.CallersConfirm {
		return nil
	}
	return tool.NewControl(tool.Spec{
		Name:        "confirm_operation",
		Title:       "Confirm operation",
		Toolset:     ConfirmToolset,
		Description: "Confirm an operation that the rules leave to its caller, by repeating its summary; then repeat the call. It is on record as not shown to be a person.",
		Effect:      tool.Change,
		Idempotent:  true,
	}, func(ctx context.Context, in confirmOperationInput) (tool.Outcome, error) {
		return env.Operations.ConfirmOperation(ctx, in.Operation, in.Summary)
	})
}
