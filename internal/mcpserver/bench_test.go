package mcpserver

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"countersign/internal/cloud"
	"countersign/tools" //nolint:depguard // the real tools are measured beside a plain one of the library
)

// fleet is a cloud in memory, so that only our own work is measured.
type fleet struct{ vms []cloud.VM }

func newFleet(n int) *fleet {
	rate, err := cloud.NewMoney("1.99", "USD")
	if err != nil {
		panic(err)
	}
	f := &fleet{}
	for i := range n {
		f.vms = append(f.vms, cloud.VM{
			ID: cloud.VMID(fmt.Sprintf("5f0c3a52-0000-4000-8000-%012d", i)), Account: "acme", Kind: "acme_vm", Name: fmt.Sprint("web-", i),
			Power: cloud.PowerRunning, Status: "Running", PublicIP: "203.0.113.7", GPUs: []cloud.GPU{{Model: "H100", Count: 8}},
			Price: cloud.HourlyPrice(rate, "the machine itself"),
		})
	}
	return f
}

func (*fleet) Vendor() cloud.Vendor           { return "acme" }
func (*fleet) Describe() cloud.Description    { return cloud.Description{Title: "Acme"} }
func (*fleet) CheckKey(context.Context) error { return nil }

func (f *fleet) ListVMs(_ context.Context, page cloud.PageRequest) (cloud.Page[cloud.VM], error) {
	return cloud.Page[cloud.VM]{Items: f.vms[:min(page.Limit, len(f.vms))]}, nil
}

func (f *fleet) GetVM(_ context.Context, id cloud.VMID) (cloud.VM, error) {
	for _, vm := range f.vms {
		if vm.ID == id {
			return vm, nil
		}
	}
	return cloud.VM{}, &cloud.Error{Kind: cloud.ErrUnknownID, Account: "acme", Operation: "get VM", Status: 404}
}

var _ cloud.VMDeleter = (*fleet)(nil)

func (*fleet) PlanDeletion(context.Context, cloud.VM, cloud.Deletion) ([]string, error) {
	return nil, nil
}

func (*fleet) DeleteVM(context.Context, cloud.VMID, cloud.Deletion) (cloud.Accepted, error) {
	panic("a benchmark deletes nothing")
}

func (*fleet) Deleting(context.Context, cloud.VMID, cloud.Deletion) (bool, error) { return false, nil }

// BenchmarkCall measures one call from the received message to the response, without
// transport and network: a read of 20 machines, and a write that is refused because its
// ID is invalid. Each is compared with mcp-go alone, which answers with the same bytes.
func BenchmarkCall(b *testing.B) {
	calls := []struct{ name, call string }{
		{"read", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_vms","arguments":{}}}`},
		{"refused write", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_vm","arguments":{"account":"acme","vm_id":"web-3"}}}`},
	}
	for _, c := range calls {
		definitions := tools.All(tools.Env{Accounts: cloud.Accounts{{Name: "acme", Provider: newFleet(20)}}})
		ours, _ := newServer(b, wireOptions{tools: definitions})
		plain, want := library(b, ours, c.call)
		ctx := withCaller(b.Context(), ours.opts.Caller)
		b.Run(c.name+"/mcp-go", func(b *testing.B) { measure(ctx, b, handledBy(plain, slices.Clip), c.call, want) })
		b.Run(c.name+"/countersign", func(b *testing.B) { measure(ctx, b, handlerOf(ours), c.call, want) })
	}
}

// library is a server of mcp-go alone that gives the same response to a call.
func library(b *testing.B, ours *Server, call string) (plain *server.MCPServer, answer string) {
	b.Helper()
	answer = handlerOf(ours)(withCaller(b.Context(), ours.opts.Caller), b, call)
	var parsed struct {
		Params struct{ Name string } `json:"params"`
		Result mcp.CallToolResult    `json:"result"`
	}
	if err := json.Unmarshal([]byte(call), &parsed); err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal([]byte(answer), &parsed); err != nil {
		b.Fatal(err)
	}
	if parsed.Result.StructuredContent != nil {
		text, _ := parsed.Result.Content[0].(mcp.TextContent)
		parsed.Result.StructuredContent = json.RawMessage(text.Text)
	}
	plain = server.NewMCPServer("plain", "1", server.WithToolCapabilities(false))
	plain.AddTool(mcp.NewToolWithRawSchema(parsed.Params.Name, "", json.RawMessage(`{"type":"object"}`)),
		func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) { return &parsed.Result, nil })
	return plain, answer
}

// handling takes a message and returns the response as it is written.
type handling func(ctx context.Context, b *testing.B, call string) string

func handlerOf(s *Server) handling { return handledBy(s.mcp, s.payloads.fill) }

func handledBy(s *server.MCPServer, finish func([]byte) []byte) handling {
	return func(ctx context.Context, b *testing.B, call string) string {
		b.Helper()
		raw, err := json.Marshal(s.HandleMessage(ctx, json.RawMessage(call)))
		if err != nil {
			b.Fatal(err)
		}
		return string(finish(raw))
	}
}

func measure(ctx context.Context, b *testing.B, handle handling, call, want string) {
	b.Helper()
	if got := handle(ctx, b, call); len(got) != len(want) {
		b.Fatalf("answered %s\nwant %s", got, want)
	}
	b.SetBytes(int64(len(want)))
	b.ReportAllocs()
	for b.Loop() {
		handle(ctx, b, call)
	}
}
