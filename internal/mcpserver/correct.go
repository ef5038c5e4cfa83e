package mcpserver

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
)

// correctCode gives an error that is the client's the code that the protocol has
// for it. Every message that goes to a client passes here.
func correctCode(message []byte) []byte {
	wrong := fmt.Appendf(nil, `"error":{"code":%d,"message":"%s`, mcp.INTERNAL_ERROR, invalidParams)
	if !bytes.Contains(message, wrong) {
		return message
	}
	var m struct {
		Error *struct{} `json:"error"`
	}
	if json.Unmarshal(message, &m) != nil || m.Error == nil {
		return message // a result that holds such a text
	}
	right := fmt.Appendf(nil, `"error":{"code":%d,"message":"%s`, mcp.INVALID_PARAMS, invalidParams)
	return bytes.Replace(message, wrong, right, 1)
}
