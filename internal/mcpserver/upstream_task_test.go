package mcpserver

// The faults of tasks in mcp-go v1.2.1. This server offers none: what takes long is an
// operation, which belongs to its caller. The faults are logged, because they are the
// reason.

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"countersign/internal/tool"
)

// asTask is the member of a call that makes a task of it.
const asTask = `"task":{"ttl":60000}`

// TestNoTasks pins that no call goes past the guard as a task, and that nobody lists or
// cancels any.
func TestNoTasks(t *testing.T) {
	for _, era := range eras() {
		t.Run(string(era), func(t *testing.T) {
			did := 0
			w := newWeb(t, wireOptions{tools: []*tool.Definition{act(tool.Destroy, func(context.Context) error { did++; return nil })}}, nil)
			v := w.visit("alice", era, "{}")
			if a := v.call("act", acme, asTask); !strings.Contains(a.body, "approval_required") || strings.Contains(a.body, "taskId") {
				t.Errorf("a call as a task: %s", a.body)
			}
			if a := v.call("act", `{"n":"no number"}`, asTask); a.message.code() != tool.CodeInvalidArguments {
				t.Errorf("wrong arguments as a task: %s", a.body)
			}
			for _, method := range []string{"tasks/list", "tasks/get", "tasks/result", "tasks/cancel"} {
				if a, err := v.post(t.Context(), 900, method, "", `"taskId":"1"`); err != nil || a.message.Error == nil {
					t.Errorf("%s: %v %s", method, err, a.body)
				}
			}
			if did > 0 {
				t.Errorf("it was done %d times", did)
			}
		})
	}
}

// taskServer is mcp-go's own server with a tool that can be a task and one that is always
// one; ended receives how their contexts ended.
func taskServer(ended chan<- string, opts ...server.ServerOption) *server.MCPServer {
	s := server.NewMCPServer("plain", "1", append(opts, server.WithTaskCapabilities(true, true, true))...)
	work := func(ctx context.Context) {
		select {
		case <-ctx.Done():
			ended <- "is cancelled"
		case <-time.After(200 * time.Millisecond):
			ended <- "goes on"
		}
	}
	s.AddTool(mcp.NewTool("job", mcp.WithTaskSupport(mcp.TaskSupportOptional), mcp.WithNumber("n", mcp.Required())),
		func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			work(ctx)
			return mcp.NewToolResultText("done"), nil
		})
	s.AddTaskTool(mcp.NewTool("task", mcp.WithTaskSupport(mcp.TaskSupportRequired), mcp.WithNumber("n", mcp.Required())),
		func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CreateTaskResult, error) {
			work(ctx)
			return &mcp.CreateTaskResult{}, nil
		})
	return s
}

// TestUpstream5_ContextsOfTasks: the context of a task is cancelled as soon as its
// creation is answered.
func TestUpstream5_ContextsOfTasks(t *testing.T) {
	ended := make(chan string, 1)
	v := serveAlone(t, server.NewStreamableHTTPServer(taskServer(ended))).visitAlone(legacy)
	for _, name := range []string{"job", "task"} {
		v.call(name, `{"n":1}`, asTask)
		t.Logf("the library alone: the context of %q as a task %s", name, <-ended)
	}
}

// TestUpstream6_TasksPassTheChecks: middleware and the validation of arguments do not see
// calls that are tasks.
func TestUpstream6_TasksPassTheChecks(t *testing.T) {
	ended, checked := make(chan string, 1), 0
	s := taskServer(ended, server.WithInputSchemaValidation(), server.WithToolHandlerMiddleware(func(next server.ToolHandlerFunc) server.ToolHandlerFunc {
		return func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			checked++
			return next(ctx, r)
		}
	}))
	v := serveAlone(t, server.NewStreamableHTTPServer(s)).visitAlone(legacy)
	for _, name := range []string{"job", "task"} {
		checked = 0
		body := v.call(name, `{"n":"no number"}`, asTask).body
		ran := false
		select {
		case <-ended:
			ran = true
		case <-time.After(500 * time.Millisecond):
		}
		t.Logf("the library alone: %q as a task with a wrong argument: middleware saw %d, it ran: %t, accepted: %t", name, checked, ran, strings.Contains(body, "taskId"))
	}
}

// TestUpstream7_TasksOfOthers: every session sees the tasks of all.
func TestUpstream7_TasksOfOthers(t *testing.T) {
	ended := make(chan string, 1)
	s := taskServer(ended)
	w, stateless := serveAlone(t, server.NewStreamableHTTPServer(s)), serveAlone(t, server.NewStreamableHTTPServer(s, server.WithStateLess(true)))
	owner, other := w.visitAlone(legacy), w.visitAlone(legacy)
	owner.call("job", `{"n":1}`, asTask)
	<-ended
	a, err := other.post(t.Context(), 901, "tasks/list", "", "")
	if err != nil {
		t.Fatal(err)
	}
	pushed := strings.Count(a.body, "notifications/tasks/status")
	listed := strings.Count(stateless.must(http.MethodPost, "", "", `{"jsonrpc":"2.0","id":1,"method":"tasks/list"}`).body, `"taskId"`)
	t.Logf("the library alone: another session is sent %d notifications of the task, a client without a session lists %d tasks", pushed, listed)
}

// TestUpstream8_PanicsOfTasks: a panic in a tool that runs as a task ends the process.
func TestUpstream8_PanicsOfTasks(t *testing.T) {
	const child = "COUNTERSIGN_TEST_TASK_PANICS"
	if os.Getenv(child) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestUpstream8_PanicsOfTasks$")
		cmd.Env = append(os.Environ(), child+"=1")
		_, err := cmd.CombinedOutput()
		t.Logf("the library alone: the process survives a panic in a task: %t", err == nil)
		return
	}
	s := server.NewMCPServer("plain", "1", server.WithTaskCapabilities(true, true, true))
	s.AddTool(mcp.NewTool("boom", mcp.WithTaskSupport(mcp.TaskSupportOptional)),
		func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) { panic("boom") })
	serveAlone(t, server.NewStreamableHTTPServer(s)).visitAlone(legacy).call("boom", "{}", asTask)
	time.Sleep(300 * time.Millisecond)
}
