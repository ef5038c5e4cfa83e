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
	// formField is the only field that a form may have.
	formField = "confirm"
)

// canForm reports whether the client of this call declared that it can show a
// form. URL mode alone is not a form.
func canForm(ctx context.Context) bool {
	if streamOf(ctx) != nil {
		return false // the oldest transport has no questions
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

// directForm asks a client of the legacy era during the call. It does not use mcp-go's
// own bridge, which has no deadline and from which a call cannot recover.
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

// roundTripAnswer returns the answer that was sent with a repeated call, if any.
func roundTripAnswer(responses mcp.InputResponses) *guard.Answer {
	answer := server.ElicitationResponse(responses, formID)
	if answer == nil {
		return nil
	}
	a := formAnswer(answer)
	return &a
}

// notAsked replaces content that the form did not ask for. No name contains it, so it
// never matches what had to be typed.
const notAsked = "\x00"

// formAnswer converts the answer of a client. A field that the form does not have, or
// one of another type, may have any meaning, so it never counts as what had to be typed.
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

// formParams returns the form of a question: without a field if accepting is enough,
// with one string field if something has to be typed.
func formParams(q guard.Question) mcp.ElicitationParams {
	properties := map[string]any{}
	schema := map[string]any{"type": "object", "properties": properties}
	if q.Typed != "" {
		properties[formField] = map[string]any{"type": "string", "title": "Confirm", "description": q.TypedLabel}
		schema["required"] = []string{formField}
	}
	return mcp.ElicitationParams{Mode: mcp.ElicitationModeForm, Message: q.Text, RequestedSchema: schema}
}
