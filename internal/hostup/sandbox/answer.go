package sandbox

import (
	"net/http"

	"countersign/internal/hostup"
	"countersign/internal/sandboxkit"
)

// answer is a status with the value that is written as its JSON: a body, or the members
// of a problem document that differ between errors.
type answer struct {
	status  int
	body    any
	problem *hostup.Problem
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

// refuse returns an error as a problem document.
func refuse(status int, code, detail string) answer {
	return answer{status: status, problem: &hostup.Problem{Code: code, Detail: detail}}
}

// invalid returns the error for a body or a query that is not valid.
func invalid(issues ...hostup.ProblemIssue) answer {
	a := refuse(http.StatusBadRequest, "invalid_request", "The request body failed validation.")
	a.problem.Errors = issues
	return a
}

// notReady returns the error for a call that the state of a server forbids.
func notReady(detail string) answer { return refuse(http.StatusConflict, "vps_not_ready", detail) }

func (s *Sandbox) write(w http.ResponseWriter, r *http.Request, a answer) {
	if a.problem != nil {
		s.writeProblem(w, r, a.status, *a.problem)
		return
	}
	sandboxkit.WriteJSON(w, a.status, a.body)
}
