package sandbox

import (
	"net/http"

	"countersign/internal/hostup"
	"countersign/internal/sandboxkit"
)

// answer is a status with what is written as its JSON: a body, or the part of a
// problem document that differs from one refusal to the next.
type answer struct {
	status  int
	body    any
	problem *hostup.Problem
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

// refuse answers with a problem document.
func refuse(status int, code, detail string) answer {
	return answer{status: status, problem: &hostup.Problem{Code: code, Detail: detail}}
}

// invalid answers that the body or the query failed validation.
func invalid(issues ...hostup.ProblemIssue) answer {
	a := refuse(http.StatusBadRequest, "invalid_request", "The request body failed validation.")
	a.problem.Errors = issues
	return a
}

// notReady answers that a server is in no state for a call.
func notReady(detail string) answer { return refuse(http.StatusConflict, "vps_not_ready", detail) }

func (s *Sandbox) write(w http.ResponseWriter, r *http.Request, a answer) {
	if a.problem != nil {
		s.writeProblem(w, r, a.status, *a.problem)
		return
	}
	sandboxkit.WriteJSON(w, a.status, a.body)
}
