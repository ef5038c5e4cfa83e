package voltagepark

import (
	"bytes"
	"encoding/json"
	"strings"

	"countersign/internal/cloud"
)

// ErrorBody is an error body. The API page names the statuses 400, 404 and 422 and shows
// no body; FastAPI, on which the API is built, sends a text or a list of issues as the
// detail [inferred].
type ErrorBody struct {
	Detail json.RawMessage `json:"detail"`
}

// ErrorIssue is one row of the detail of a 422.
type ErrorIssue struct {
	// Loc is the location: "body", "query" or "path", then names and indexes.
	Loc     []json.RawMessage `json:"loc"`
	Message string            `json:"msg"`
	Type    string            `json:"type"`
}

// pathIssue is the prefix of the Field of an issue with a path parameter.
const pathIssue = "path."

// decodeError fills e from an error body; a body in an unknown form changes nothing. The
// vendor documents no request ID.
func decodeError(body []byte, e *cloud.Error) {
	var answer ErrorBody
	if json.Unmarshal(body, &answer) != nil {
		return
	}
	var text string
	var issues []ErrorIssue
	switch {
	case json.Unmarshal(answer.Detail, &text) == nil:
		e.Message = text
	case json.Unmarshal(answer.Detail, &issues) == nil:
		var lines []string
		for _, issue := range issues {
			row := cloud.Issue{Field: issue.field(), Message: issue.Message, Code: issue.Type}
			e.Issues = append(e.Issues, row)
			lines = append(lines, strings.TrimPrefix(row.Field+": "+row.Message, ": "))
		}
		e.Message = strings.Join(lines, "; ")
	default:
		var compact bytes.Buffer
		if json.Compact(&compact, answer.Detail) == nil {
			e.Message = compact.String()
		}
	}
}

// field joins a location such as ["body","ssh_keys",0] to body.ssh_keys.0.
func (i ErrorIssue) field() string {
	parts := make([]string, len(i.Loc))
	for n, part := range i.Loc {
		parts[n] = sent(part).text()
	}
	return strings.Join(parts, ".")
}
