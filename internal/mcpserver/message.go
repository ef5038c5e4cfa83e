package mcpserver

import (
	"bytes"
	"encoding/json"
)

// isRequest reports whether a line is one request, to which mcp-go writes one response
// that isResponse recognizes. A batch, invalid JSON, an ID of another type and a message
// with a result are not: waiting for their response could take forever.
func isRequest(line []byte) bool {
	var m struct {
		Version string           `json:"jsonrpc"`
		ID      any              `json:"id"`
		Method  string           `json:"method"`
		Result  *json.RawMessage `json:"result"` // nil for null, as mcp-go takes it
	}
	return json.Unmarshal(line, &m) == nil && m.Method != "" && m.Result == nil && isID(m.ID)
}

// isBatch reports whether a message is a JSON-RPC batch, which the protocol no longer has.
func isBatch(message []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(message, " \t\r\n"), []byte("["))
}

const (
	codeInvalidRequest = -32600
	noBatches          = "Batches of messages are not part of this protocol: send one message at a time."
)

// isID reports whether a decoded value may be the ID of a request.
func isID(value any) bool {
	switch value.(type) {
	case string, float64:
		return true
	}
	return false
}

// inspect reports whether a message to the client is a response, and returns the ID of
// the operation whose result it carries, if any.
func inspect(message []byte) (answered bool, operation string) {
	if !isResponse(message) {
		return false, ""
	}
	if !bytes.Contains(message, []byte(metaOperation)) {
		return true, ""
	}
	var m struct {
		Result struct {
			Meta struct {
				Operation string `json:"countersign/operation"`
			} `json:"_meta"`
		} `json:"result"`
	}
	_ = json.Unmarshal(message, &m)
	return true, m.Result.Meta.Operation
}

// isProgress reports whether a message to the client is a notification of progress.
func isProgress(message []byte) bool {
	var m struct {
		Method string `json:"method"`
	}
	return json.Unmarshal(message, &m) == nil && m.Method == methodProgress
}

// isResponse reports whether a message to the client is a response. It decodes only the
// first members, because results can be long.
func isResponse(message []byte) bool {
	d := json.NewDecoder(bytes.NewReader(message))
	if _, err := d.Token(); err != nil {
		return false
	}
	hasID := false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return false
		}
		switch key {
		case "method":
			return false
		case "result", "error":
			return hasID
		}
		value, err := d.Token()
		if err != nil {
			return false
		}
		hasID = hasID || key == "id" && isID(value)
	}
	return false
}
