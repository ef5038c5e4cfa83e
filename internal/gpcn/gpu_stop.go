package gpcn

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"countersign/internal/cloud"
)

// MaxIDs is the most IDs that one bulk or job call takes.
const MaxIDs = 50

// gpuSelection is the body of a bulk operation.
type gpuSelection struct {
	IDs []cloud.VMID `json:"ids"`
}

// BulkResult is the response of a bulk operation that starts no jobs: each machine
// succeeds or fails on its own.
type BulkResult struct {
	Results []BulkRow   `json:"results"`
	Summary BulkSummary `json:"summary"`
}

// BulkRow is the result for one machine.
type BulkRow struct {
	ID      cloud.VMID  `json:"id"`
	Success bool        `json:"success"`
	Error   *BulkReason `json:"error"`
}

// BulkReason says why a machine failed.
type BulkReason string

// UnmarshalJSON reads a text, or the message or code of an object. It keeps any
// other value as its JSON.
func (b *BulkReason) UnmarshalJSON(raw []byte) error {
	if text, err := decode[string](raw); err == nil {
		*b = BulkReason(text)
		return nil
	}
	detail, _ := decode[ErrorDetail](raw) // never fails
	*b = BulkReason(detail.Message)
	if *b == "" {
		*b = BulkReason(detail.Code)
	}
	if *b == "" {
		var compact bytes.Buffer
		_ = json.Compact(&compact, raw) // raw is JSON
		*b = BulkReason(compact.String())
	}
	return nil
}

// BulkSummary counts the rows.
type BulkSummary struct {
	Total     int `json:"total"`
	Succeeded int `json:"succeeded"`
	Failed    int `json:"failed"`
}

// StopGPUs stops 1 to MaxIDs GPU VMs and returns when all are done. A machine that
// failed is a row with an error, and no error of the call. Page: "Stop GPU VMs in
// bulk".
//
//api:operation POST /v1/resource/gpu/bulk/stop
func (c *Client) StopGPUs(ctx context.Context, ids ...cloud.VMID) (BulkResult, error) {
	return send[BulkResult](ctx, c, "stop GPU VMs", http.MethodPost, gpus+"/bulk/stop", gpuSelection{ids})
}
