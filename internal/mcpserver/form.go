package mcpserver

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"countersign/internal/guard"
)

const (
	// formID names the one question of a call.
	formID = "countersign"
	// formField is the one field that a form may have.
	formField = "confirm"
)

// canForm reports whether the client of this call declared that it can show a
// form. URL mode alone is not a form.
func canForm(ctx context.Context) bool {
	if streamOf(ctx) != nil {
		return false // the oldest transport carries no questions
	}
	return showsForms(clientCapabilities(ctx))
}

func showsForms(caps *mcp.ClientCapabilities) bool {
	return caps != nil && caps.Elicitation != nil && (caps.Elicitation.Form != nil || caps.Elicitation.URL == nil)
}

func clientCapabilities(ctx context.Context) *mcp.ClientCapabilities {
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.Modern {
		return info.ClientCapabilities
	}
	session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo)
	if !ok {
		return nil
	}
	caps := session.GetClientCapabilities()
	return &caps
}

// directForm asks a client of the legacy era inside the call, apart from
// mcp-go's own bridge, which has no deadline and cannot be recovered from.
func (s *Server) directForm(ctx context.Context, q guard.Question) (guard.Answer, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(s.gone, cancel)
	defer stop()
	answer, err := s.mcp.RequestElicitation(ctx, mcp.ElicitationRequest{
		Request: mcp.Request{Method: string(mcp.MethodElicitationCreate)},
		Params:  formParams(q),
	})
	if err != nil {
		return guard.Answer{}, err
	}
	return formAnswer(answer), nil
}

// roundTripAnswer is the answer that came back with a repeated call, if any.
func roundTripAnswer(responses mcp.InputResponses) *guard.Answer {
	answer := server.ElicitationResponse(responses, formID)
	if answer == nil {
		return nil
	}
	a := formAnswer(answer)
	return &a
}

// notAsked stands for content that no form asks for. It is in no name.
const notAsked = "\x00"

// formAnswer is what a client sent back. A field that the form does not have, or one
// of another type, may say anything, a no as well: it is never what had to be typed.
func formAnswer(r *mcp.ElicitationResult) guard.Answer {
	a := guard.Answer{Action: guard.Action(r.Action)}
	if r.Content == nil {
		return a
	}
	content, ok := r.Content.(map[string]any)
	if ok && len(content) == 0 {
		return a
	}
	if a.Typed, ok = content[formField].(string); !ok || len(content) > 1 {
		a.Typed = notAsked
	}
	return a
}

// formParams puts a question into a form: no field where accepting is enough,
// one string where something has to be typed.
func formParams(q guard.Question) mcp.ElicitationParams {
	properties := map[string]any{}
	schema := map[string]any{"type": "object", "properties": properties}
	if q.Typed != "" {
		properties[formField] = map[string]any{"type": "string", "title": "Confirm", "description": q.TypedLabel}
		schema["required"] = []string{formField}
	}
	return mcp.ElicitationParams{Mode: mcp.ElicitationModeForm, Message: q.Text, RequestedSchema: schema}
}
