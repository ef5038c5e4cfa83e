package mcpclient

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
)

// Completion is the possible values of an argument of a prompt, as a client sees them.
type Completion struct {
	Values  []string `json:"values"`
	Total   int      `json:"total"`
	HasMore bool     `json:"has_more"`
	// Names are the names of the resources that the values identify.
	Names map[string]any `json:"names"`
}

// Prompts lists the names of the prompts.
func (c *Client) Prompts(ctx context.Context) ([]string, error) {
	list, err := c.mcp.ListPrompts(ctx, mcp.ListPromptsRequest{})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, p := range list.Prompts {
		names = append(names, p.Name)
	}
	return names, nil
}

// Prompt returns the text of a prompt.
func (c *Client) Prompt(ctx context.Context, name string, arguments map[string]string) (string, error) {
	var request mcp.GetPromptRequest
	request.Params.Name = name
	request.Params.Arguments = arguments
	got, err := c.mcp.GetPrompt(ctx, request)
	if err != nil {
		return "", err
	}
	text := ""
	for _, m := range got.Messages {
		if block, ok := m.Content.(mcp.TextContent); ok {
			text += string(m.Role) + ": " + block.Text + "\n"
		}
	}
	return text, nil
}

// Complete completes an argument of a prompt; given are the arguments so far.
func (c *Client) Complete(ctx context.Context, prompt, argument, typed string, given map[string]string) (Completion, error) {
	var request mcp.CompleteRequest
	request.Params.Ref = mcp.PromptReference{Type: "ref/prompt", Name: prompt}
	request.Params.Argument = mcp.CompleteArgument{Name: argument, Value: typed}
	request.Params.Context = mcp.CompleteContext{Arguments: given}
	got, err := c.mcp.Complete(ctx, request)
	if err != nil {
		return Completion{}, err
	}
	out := Completion{Values: got.Completion.Values, Total: got.Completion.Total, HasMore: got.Completion.HasMore}
	if got.Meta != nil {
		out.Names, _ = got.Meta.AdditionalFields["countersign/names"].(map[string]any)
	}
	return out, nil
}
