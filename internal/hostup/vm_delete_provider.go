package hostup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/internal/cloud"
)

var (
	_ cloud.VMDeleter           = (*Provider)(nil)
	_ cloud.VMDeletionCanceller = (*Provider)(nil)
)

const (
	operationDelete = "cancel VPS"
	operationRevoke = "revoke VPS cancellation"
	// cancelReason is one of the values that HostUp's own website sends.
	cancelReason = "No longer needed"
)

// PlanDeletion returns the consequences of a cancellation. It requires when the server
// ends, and refuses a server that is ending already.
func (p *Provider) PlanDeletion(ctx context.Context, vm cloud.VM, how cloud.Deletion) ([]string, error) {
	if _, err := p.cancelType(how); err != nil {
		return nil, err
	}
	return exactVPS(p, operationDelete, vm.ID, func() ([]string, error) {
		standing, err := p.client.GetVPSCancellation(ctx, vm.ID)
		if err != nil {
			return nil, err
		}
		out, err := p.checkStanding(standing, how)
		if err != nil {
			return nil, err
		}
		out = append(out, p.endOf(ctx, vm, how)...)
		return append(out,
			"The machine's disk and everything on it is lost for ever; this cannot be undone.",
			"What is refunded is not documented.",
			"Where an overdue invoice stands against it, HostUp refuses and switches automatic renewal off all the same.",
		), nil
	})
}

// cancelType returns the vendor's word for when. A missing one is refused, because
// HostUp's default is not documented.
func (p *Provider) cancelType(how cloud.Deletion) (CancelType, error) {
	switch how.When {
	case cloud.DeleteNow:
		return CancelImmediately, nil
	case cloud.DeleteAtPeriodEnd:
		return CancelAtPeriodEnd, nil
	}
	e := p.refuse(cloud.ErrInvalid, operationDelete, "when the machine ends has to be said")
	e.Hint = "Ask the user, then give cancel_type: immediate or end_of_period."
	e.Issues = []cloud.Issue{{Field: "cancel_type", Message: "must be immediate or end_of_period"}}
	return "", e
}

// checkStanding checks whether a server can be cancelled with its present cancellation.
func (p *Provider) checkStanding(standing Cancellation, how cloud.Deletion) ([]string, error) {
	refuse := func(message, hint string) error {
		e := p.refuse(cloud.ErrBlocked, operationDelete, message)
		e.Hint = hint
		return e
	}
	switch standing.Status {
	case CancellationNone, CancellationRevoked:
		return nil, nil
	case CancellationCompleted:
		return nil, refuse("the machine is cancelled already and has ended", "There is nothing left to delete; tell the user.")
	case CancellationPending:
		return nil, refuse("the machine is being cancelled already", "Wait and read it with get_vm.")
	case CancellationScheduled:
		if how.When == cloud.DeleteAtPeriodEnd {
			return nil, refuse("the machine is to end with its period already", "There is nothing to do; tell the user.")
		}
		return []string{"It is to end with its period already; this ends it at once."}, nil
	}
	return []string{"HostUp shows a cancellation of it already, in a state that is not documented."}, nil
}

// endOf returns sentences on when the server ends.
func (p *Provider) endOf(ctx context.Context, vm cloud.VM, how cloud.Deletion) []string {
	var out []string
	if how.When == cloud.DeleteNow {
		out = append(out, "The machine ends as soon as HostUp has processed the cancellation.")
	} else {
		out = append(out, "The machine goes on, and is billed, until its period ends.", p.periodEnd(ctx, vm.ID),
			"Until then it can be taken back, as long as HostUp shows it as revokable.")
	}
	if vm.Billing == paygBilling {
		out = append(out, "That cancelling ends the hourly billing of a pay-as-you-go machine is not documented in so many words; no other way to end one was seen.")
	}
	return out
}

// periodEnd returns a sentence on the next due date: the end of the period is not
// documented.
func (p *Provider) periodEnd(ctx context.Context, id cloud.VMID) string {
	const unknown = "When that is, HostUp does not tell."
	details, err := p.client.GetVPSDetails(ctx, id)
	if err != nil {
		return unknown
	}
	due := moment(details.NextDueAt)
	if due == nil {
		return unknown
	}
	return fmt.Sprintf("Its next payment is due on %s; that its period ends then is likely, not documented.", due.UTC().Format(time.DateOnly))
}

// Deleting implements cloud.VMDeleter. A cancelled server is listed until it has ended. A
// cancellation at the end of the period does not count as an immediate one.
func (p *Provider) Deleting(ctx context.Context, id cloud.VMID, how cloud.Deletion) (bool, error) {
	return exactVPS(p, operationDelete, id, func() (bool, error) {
		standing, err := p.client.GetVPSCancellation(ctx, id)
		if cloud.IsKind(err, cloud.ErrUnknownID) {
			return true, nil
		}
		if how.When == cloud.DeleteNow && standing.Status == CancellationScheduled && standing.CancelType != nil && *standing.CancelType == CancelAtPeriodEnd {
			return false, err
		}
		return slices.Contains([]CancellationStatus{CancellationPending, CancellationScheduled, CancellationCompleted}, standing.Status), err
	})
}

// DeleteVM cancels a server, which is listed until it has ended.
func (p *Provider) DeleteVM(ctx context.Context, id cloud.VMID, how cloud.Deletion) (cloud.Accepted, error) {
	kind, err := p.cancelType(how)
	if err != nil {
		return cloud.Accepted{}, err
	}
	return exactVPS(p, operationDelete, id, func() (cloud.Accepted, error) {
		_, err := p.client.CancelVPS(ctx, id, Cancel{Reason: cancelReason, CancelType: kind})
		return cloud.Accepted{}, err
	})
}

// PlanCancelDeletion refuses a server without a revokable cancellation.
func (p *Provider) PlanCancelDeletion(ctx context.Context, vm cloud.VM) ([]string, error) {
	return exactVPS(p, operationRevoke, vm.ID, func() ([]string, error) {
		standing, err := p.client.GetVPSCancellation(ctx, vm.ID)
		if err != nil {
			return nil, err
		}
		if !standing.Revokable {
			e := p.refuse(cloud.ErrBlocked, operationRevoke, whyNotRevokable(standing.Status))
			e.Hint = "Nothing can be taken back; tell the user."
			return nil, e
		}
		return []string{"The machine goes on and is billed as before."}, nil
	})
}

func whyNotRevokable(status CancellationStatus) string {
	switch status {
	case CancellationNone, CancellationRevoked:
		return "the machine is not being cancelled"
	case CancellationCompleted:
		return "the machine has ended"
	}
	return "HostUp does not let this cancellation be taken back"
}

// CancelDeletion revokes the cancellation of a server.
func (p *Provider) CancelDeletion(ctx context.Context, id cloud.VMID) error {
	_, err := exactVPS(p, operationRevoke, id, func() (struct{}, error) {
		return struct{}{}, p.client.RevokeVPSCancellation(ctx, id)
	})
	return err
}
