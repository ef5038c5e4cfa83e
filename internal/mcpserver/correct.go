package mcpserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"countersign/internal/spelling"
)

// codedError is an error with a code of the protocol. mcp-go sends every error of a
// handler as an internal error with its text; correctCode restores the code from that
// text.
type codedError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

// codedMark is the beginning of the text of a codedError.
const codedMark = "countersign/coded "

// Error implements error.
func (e codedError) Error() string {
	raw, err := json.Marshal(e)
	if err != nil {
		return e.Message
	}
	return codedMark + string(raw)
}

// MissingCapability is the error of a handler whose request a client of revision
// 2026-07-28 may make only with a capability that it did not declare: code -32021.
// No tool needs a capability today, because an approval without a form goes through
// the terminal. The error is there for tools to come, and the conformance suite of
// that revision demands it.
func MissingCapability(name string) error {
	return codedError{
		Code: mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, Message: fmt.Sprintf("The client did not declare the capability %q, which this request needs.", name),
		Data: map[string]any{"requiredCapabilities": map[string]any{name: map[string]any{}}},
	}
}

// correct returns a message to a client with the code and the text that its error should
// have. Every message to a client passes through it.
func (s *Server) correct(c *Caller, message []byte) []byte {
	return s.correctName(c, correctCode(message))
}

// unknownTool is the beginning of the error that mcp-go writes for a call of a tool that
// is not there, and unknownToolEnd is the end of its text.
const (
	unknownTool    = `"error":{"code":-32602,"message":"tool '`
	unknownToolEnd = "' not found: tool not found"
)

// correctName replaces the text of an error about an unknown tool, which says twice that
// it was not found and not what there is instead.
func (s *Server) correctName(c *Caller, message []byte) []byte {
	if !bytes.Contains(message, []byte(unknownTool)) {
		return message
	}
	var m struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   *codedError     `json:"error"`
	}
	if json.Unmarshal(message, &m) != nil || m.Error == nil {
		return message // a result that contains such a text
	}
	name, ok := strings.CutPrefix(m.Error.Message, "tool '")
	if !ok {
		return message
	}
	if name, ok = strings.CutSuffix(name, unknownToolEnd); !ok {
		return message
	}
	m.Error.Message = fmt.Sprintf("tool '%s' not found", name)
	if near := spelling.Nearest(name, s.served(c)); near != "" {
		m.Error.Message += "; did you mean '" + near + "'?"
	} else {
		m.Error.Message += ": list the tools and use one of them"
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return message
	}
	return append(raw, '\n')
}

// correctCode replaces the code of an internal error by the code that the protocol has
// for errors of the client.
func correctCode(message []byte) []byte {
	if !bytes.Contains(message, []byte(wrongCode)) {
		return message
	}
	var m struct {
		ID    json.RawMessage `json:"id"`
		Error *struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(message, &m) != nil || m.Error == nil {
		return message // a result that contains such a text
	}
	if text, ok := strings.CutPrefix(m.Error.Message, codedMark); ok && m.Error.Code == mcp.INTERNAL_ERROR {
		return recode(message, m.ID, text)
	}
	if !strings.HasPrefix(m.Error.Message, invalidParams) {
		return message
	}
	right := fmt.Appendf(nil, `"error":{"code":%d,"message":"`, mcp.INVALID_PARAMS)
	return bytes.Replace(message, []byte(wrongCode), right, 1)
}

// wrongCode is the beginning of the error that mcp-go writes for a handler's error.
const wrongCode = `"error":{"code":-32603,"message":"`

func recode(message []byte, id json.RawMessage, text string) []byte {
	var e codedError
	if json.Unmarshal([]byte(text), &e) != nil {
		return message
	}
	raw, err := json.Marshal(struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   codedError      `json:"error"`
	}{mcp.JSONRPC_VERSION, id, e})
	if err != nil {
		return message
	}
	return append(raw, '\n')
}
