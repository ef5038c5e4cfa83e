//go:build conformance

package mcpserver

// The fixture's resources and prompts.

import (
	"context"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

func (f *fixture) resources() {
	for _, contents := range []mcp.ResourceContents{
		mcp.TextResourceContents{URI: "test://static-text", MIMEType: "text/plain", Text: "This is the content of the static text resource."},
		mcp.TextResourceContents{URI: "test://watched-resource", MIMEType: "text/plain", Text: "Watched resource content"},
		mcp.BlobResourceContents{URI: "test://static-binary", MIMEType: "image/png", Blob: onePixel},
	} {
		uri, media := "", ""
		switch c := contents.(type) {
		case mcp.TextResourceContents:
			uri, media = c.URI, c.MIMEType
		case mcp.BlobResourceContents:
			uri, media = c.URI, c.MIMEType
		}
		resource := mcp.NewResource(uri, uri, mcp.WithResourceDescription("Conformance."), mcp.WithMIMEType(media))
		f.AddResource(resource, func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{contents}, nil
		})
	}
	template := mcp.NewResourceTemplate("test://template/{id}/data", "template", mcp.WithTemplateDescription("Conformance."), mcp.WithTemplateMIMEType("application/json"))
	f.AddResourceTemplate(template, func(_ context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		id := strings.TrimSuffix(strings.TrimPrefix(r.Params.URI, "test://template/"), "/data")
		text := fmt.Sprintf(`{"id":%q,"templateTest":true,"data":"Data for ID: %s"}`, id, id)
		return []mcp.ResourceContents{mcp.TextResourceContents{URI: r.Params.URI, MIMEType: "application/json", Text: text}}, nil
	})
}

// prompt adds a prompt of these contents.
func (f *fixture) prompt(name string, contents ...mcp.Content) {
	f.promptOf(name, func(map[string]string) []mcp.Content { return contents })
}

func (f *fixture) promptOf(name string, contents func(given map[string]string) []mcp.Content, arguments ...string) {
	options := []mcp.PromptOption{mcp.WithPromptDescription("Conformance: " + name + ".")}
	for _, argument := range arguments {
		options = append(options, mcp.WithArgument(argument, mcp.RequiredArgument(), mcp.ArgumentDescription("Anything.")))
	}
	f.AddPrompt(mcp.NewPrompt(name, options...), func(_ context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		result := &mcp.GetPromptResult{}
		for _, c := range contents(r.Params.Arguments) {
			result.Messages = append(result.Messages, mcp.PromptMessage{Role: mcp.RoleUser, Content: c})
		}
		return result, nil
	})
}

func (f *fixture) prompts() {
	f.prompt("test_simple_prompt", mcp.NewTextContent("This is a simple prompt for testing."))
	f.prompt("test_prompt_with_image", mcp.NewImageContent(onePixel, "image/png"), mcp.NewTextContent("Please analyze the image above."))
	f.promptOf("test_prompt_with_arguments", func(given map[string]string) []mcp.Content {
		return []mcp.Content{mcp.NewTextContent(fmt.Sprintf("Prompt with arguments: arg1='%s', arg2='%s'", given["arg1"], given["arg2"]))}
	}, "arg1", "arg2")
	f.promptOf("test_prompt_with_embedded_resource", func(given map[string]string) []mcp.Content {
		return []mcp.Content{
			embedded(given["resourceUri"], "text/plain", "Embedded resource content for testing."),
			mcp.NewTextContent("Please process the embedded resource above."),
		}
	}, "resourceUri")
	asked := form("In which context?", object(map[string]any{"context": map[string]any{"type": "string"}}, "context"))
	f.AddPrompt(mcp.NewPrompt("test_input_required_result_prompt", mcp.WithPromptDescription("Conformance: a prompt that asks.")),
		func(_ context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			a := server.ElicitationResponse(r.Params.InputResponses, "user_context")
			if a == nil {
				return server.NewInputRequestBuilder("").Elicit("user_context", asked).PromptResult(), nil
			}
			message := mcp.PromptMessage{Role: mcp.RoleUser, Content: mcp.NewTextContent("Prompt with context: " + field(a, "context"))}
			return &mcp.GetPromptResult{Messages: []mcp.PromptMessage{message}}, nil
		})
}
