package sandbox

import (
	"net/http"
	"time"

	"countersign/internal/hostup"
)

// ending is the cancellation of a server.
type ending struct {
	kind    hostup.CancelType
	reason  string
	asked   time.Time
	ends    time.Time
	revoked bool
}

func (e *ending) status(now time.Time) hostup.CancellationStatus {
	switch {
	case e.revoked:
		return hostup.CancellationRevoked
	case !now.Before(e.ends):
		return hostup.CancellationCompleted
	case e.kind == hostup.CancelImmediately:
		return hostup.CancellationPending
	}
	return hostup.CancellationScheduled
}

// cancel is page "post-v2-vps-id-actions-cancel". An immediate cancellation takes a while
// to reach its final state. That no type means the end of the period, and the response to
// a second cancellation, are [inferred].
func (s *Sandbox) cancel(r *http.Request, v *server) answer {
	f := readForm(r, "reason", "cancelType", "otherReason")
	reason, kind := f.text("reason"), hostup.CancelType(f.text("cancelType"))
	f.text("otherReason")
	if len([]rune(reason)) > hostup.MaxCancelReason {
		f.report("reason", "must have at most 500 characters.", "too_long")
	}
	switch kind {
	case hostup.CancelImmediately, hostup.CancelAtPeriodEnd:
	case "":
		kind = hostup.CancelAtPeriodEnd
	default:
		f.report("cancelType", "must be end_of_period or immediate.", "invalid_value")
	}
	if f.wrong() {
		return invalid(f.issues...)
	}
	now := s.kit.Clock.Now()
	if v.overdue {
		return refuse(http.StatusConflict, "cancellation_blocked_overdue_invoice", "An overdue invoice blocks the cancellation. Automatic renewal was switched off.")
	}
	if v.service == hostup.ServiceTerminated {
		return notReady("The service is terminated.")
	}
	if v.ending != nil && (v.ending.status(now) == hostup.CancellationPending || v.ending.status(now) == hostup.CancellationScheduled && kind == v.ending.kind) {
		return notReady("The VPS is being cancelled already.")
	}
	v.ending = &ending{kind: kind, reason: reason, asked: now, ends: v.nextDue}
	if kind == hostup.CancelImmediately {
		v.ending.ends = now.Add(cancelRuns)
	}
	return ok(hostup.CancelAnswer{CancellationLookupPending: kind == hostup.CancelImmediately})
}

// getCancellation is page "get-v2-vps-id-cancellation".
func (s *Sandbox) getCancellation(_ *http.Request, v *server) answer {
	return ok(v.cancellation(s.kit.Clock.Now()))
}

func (v *server) cancellation(now time.Time) hostup.Cancellation {
	if v.ending == nil {
		return hostup.Cancellation{VPSID: v.id, Status: hostup.CancellationNone}
	}
	e := v.ending
	out := hostup.Cancellation{
		VPSID: v.id, Status: e.status(now), CancelledAt: at(e.asked), Reason: unlessEmpty(e.reason), CancelType: &e.kind,
	}
	if e.kind == hostup.CancelAtPeriodEnd {
		out.ScheduledAt = at(e.ends)
	}
	out.Revokable = out.Status == hostup.CancellationScheduled
	return out
}

// revokeCancellation revokes a revokable cancellation. Its response, and its error
// otherwise, are [inferred].
func (s *Sandbox) revokeCancellation(_ *http.Request, v *server) answer {
	now := s.kit.Clock.Now()
	if !v.cancellation(now).Revokable {
		return refuse(http.StatusConflict, "cancellation_not_revokable", "There is no cancellation that could be taken back.")
	}
	v.ending.revoked = true
	return ok(v.cancellation(now))
}
