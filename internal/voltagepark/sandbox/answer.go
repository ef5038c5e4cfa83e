package sandbox

import (
	"net/http"

	"countersign/internal/sandboxkit"
	"countersign/internal/voltagepark"
)

// answer is a status and the value that is written as its JSON body.
type answer struct {
	status int
	body   any
}

func (a answer) write(w http.ResponseWriter) { sandboxkit.WriteJSON(w, a.status, a.body) }

func ok(body any) answer { return answer{http.StatusOK, body} }

// refuse returns an error with a text, in FastAPI's form [inferred].
func refuse(status int, detail string) answer {
	return answer{status, struct {
		Detail string `json:"detail"`
	}{detail}}
}

// issue is a row of FastAPI's error for a request that is not valid [inferred].
type issue struct {
	Type string `json:"type"`
	Loc  []any  `json:"loc"`
	Msg  string `json:"msg"`
}

// invalid returns FastAPI's 422.
func invalid(issues ...issue) answer {
	return answer{http.StatusUnprocessableEntity, struct {
		Detail []issue `json:"detail"`
	}{issues}}
}

// envelope returns one page of a list in the vendor's envelope; limit 0 is no limit.
func envelope[T any](items []T, limit, offset int) answer {
	return envelopeOf(items, limit, offset, func(item T) T { return item })
}

// envelopeOf returns an envelope, converting only the rows of the page.
func envelopeOf[T, Row any](items []T, limit, offset int, wire func(T) Row) answer {
	cut, next := sandboxkit.Offset(items, limit, offset)
	page := make([]Row, 0, len(cut))
	for _, item := range cut {
		page = append(page, wire(item))
	}
	previous, total := offset > 0, len(items)
	return ok(voltagepark.List[Row]{Results: page, TotalResultCount: &total, HasPrevious: &previous, HasNext: &next})
}
