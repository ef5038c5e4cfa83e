package hostup

import (
	"slices"
	"strings"

	"countersign/internal/cloud"
)

// hint returns the next right step after an error: by the account's blockers, else by
// the vendor's code, else by the kind.
func (k call) hint(e *cloud.Error) string {
	if steps := blockerSteps(e.Issues); steps != "" {
		return steps
	}
	if e.Kind == cloud.ErrForbidden && e.Code != accountInactive && k.scope != "" {
		return "The API key lacks the scope " + k.scope + ", which this call needs, or what was asked for belongs to somebody else. Ask the user for a key that has it. Repeating the call does not help."
	}
	if step := hintForCode(e.Code, k.about); step != "" && e.Kind != cloud.ErrUnauthorized {
		return step
	}
	return hintFor(e.Kind, k.about)
}

// accountInactive is the code of an error that every key of the account gets.
const accountInactive = "account_inactive"

// hintForCode returns the next right step after a code that the pages explain; empty for
// the others. The meaning of the code for a deployment without a readable response is
// [inferred] from its name.
func hintForCode(code string, about subject) string {
	switch code {
	case "vps_not_ready":
		return "The VPS is in a state, or busy with a job, that does not take this. Read its state with get_vm and try again when it is settled."
	case "existing_invoice_blocking":
		return "An open invoice blocks it. The user has to pay or cancel that invoice at HostUp first. Repeating the call does not help."
	case "invoice_payment_in_progress":
		return "A payment is already running. Wait until it is through and read the state again; do not repeat the call."
	case "cancellation_blocked_overdue_invoice":
		return "An overdue invoice blocks the cancellation; HostUp has switched off automatic renewal all the same. Tell the user both: the invoice has to be paid at HostUp first. Repeating the call does not help."
	case "pending_order":
		if about == aboutKeys {
			break // the gate in the list has more detail
		}
		return "A pending order blocks it. The user has to complete or cancel that order at HostUp first. Repeating the call does not help."
	case accountInactive:
		return "The HostUp account is not active; only the user can settle that with HostUp. Repeating the call does not help."
	case "upstream_invoice_shape_invalid", "upstream_renewal_regeneration_failed", "upstream_cloud_quick_deploy_shape_invalid":
		return "HostUp most likely did the work and could not read its own answer. Do not repeat the call: it may buy again. " + readState(about) + " and tell the user."
	}
	return ""
}

// hintFor returns the next right step after an error of a kind.
func hintFor(kind cloud.ErrorKind, about subject) string {
	switch kind {
	case cloud.ErrInvalid:
		return "Correct the fields that are named and call again; if none is named, the message says what is wrong."
	case cloud.ErrUnauthorized:
		return "HostUp did not accept the API key of this account. Ask the user to check it: it may be missing, mistyped or expired. Repeating the call does not help."
	case cloud.ErrForbidden:
		return "The API key may not do this. Ask the user for a key that has the scope. Repeating the call does not help."
	case cloud.ErrUnknownID:
		switch about {
		case aboutJobs:
			return "HostUp does not know this job, or no longer. Read the state of the VPS with get_vm instead."
		case aboutAccount:
			return "This account has no such thing at HostUp. Tell the user."
		}
		return "Take the exact ID from " + string(about) + " of this account. HostUp answers the same for one of another account."
	case cloud.ErrBlocked:
		if about == aboutKeys {
			return "HostUp does not allow it now. can_rename in list_ssh_keys says why; tell the user."
		}
		return "HostUp does not allow it now; the message says why. Tell the user."
	case cloud.ErrRateLimited:
		return "Wait for retry_after_seconds, or a minute if there is none, before the next call to this account."
	case cloud.ErrUnavailable:
		return "HostUp failed on its side. " + readState(about) + " before trying again; if it lasts, the user should contact HostUp's support with the request ID."
	}
	return ""
}

// readState returns how to read the state of a subject.
func readState(about subject) string {
	switch about {
	case aboutJobs:
		return "Read the state of the VPS with get_vm"
	case aboutAccount:
		return "Wait a moment"
	}
	return "Read the state with " + string(about)
}

// blocker returns the sentence for a reason why an account cannot buy, from the list of
// page "post-v2-vps-id-actions-convert-to-cloud" and with the storage limit of page
// "post-v2-vps-id-actions-add-disk"; empty for an unknown reason.
func blocker(reason string) string {
	switch reason {
	case "has_unpaid_invoice":
		return "An invoice is unpaid."
	case "no_card_on_file":
		return "No payment card is on file."
	case "not_verified":
		return "The account is not verified."
	case "no_cloud_access":
		return "The account has no access to cloud servers."
	case "cpu_limit_exceeded":
		return "The account's limit of CPU cores would be exceeded."
	case "memory_limit_exceeded":
		return "The account's limit of memory would be exceeded."
	case "storage_limit_exceeded", "cloud_storage_limit_exceeded":
		return "The account's limit of storage would be exceeded."
	case "instance_limit_exceeded":
		return "The account's limit of servers would be exceeded."
	}
	return ""
}

// blockerIssues returns the reasons as issues. An unknown reason is in the code only:
// the messages become part of a hint, which must not contain the vendor's text.
func blockerIssues(reasons []string) []cloud.Issue {
	var out []cloud.Issue
	for _, reason := range reasons {
		sentence := blocker(reason)
		if sentence == "" {
			sentence = "The account is blocked for another reason, which the code names."
		}
		out = append(out, cloud.Issue{Field: blockerReasons, Message: sentence, Code: reason})
	}
	return out
}

// blockerReasons is the member of a problem that lists what blocks an account.
const blockerReasons = "blockerReasons"

// blockerSteps returns the next right step after an error with blockers; empty where
// there are none.
func blockerSteps(issues []cloud.Issue) string {
	var sentences []string
	limits := false
	for _, issue := range issues {
		if issue.Field != blockerReasons {
			continue
		}
		if !slices.Contains(sentences, issue.Message) {
			sentences = append(sentences, issue.Message)
		}
		limits = limits || strings.HasSuffix(issue.Code, "_limit_exceeded")
	}
	if len(sentences) == 0 {
		return ""
	}
	steps := strings.Join(sentences, " ") + " Only the user can settle that with HostUp. Repeating the call does not help."
	if limits {
		steps += " A smaller machine may fit."
	}
	return steps
}
