package hostup_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
	"countersign/internal/rest/resttest"
)

func TestJobShapes(t *testing.T) {
	tests := []struct {
		name, body string
		at         hostup.JobStatus // empty: the answer says nothing
		percent    hostup.Number
		why        string
	}{
		{"status at the top", `{"jobId":"job_1","status":"queued"}`, "queued", "", ""},
		{"state at the top", `{"state":"in_progress","progress":40}`, "in_progress", "40", ""},
		{"in data", `{"data":{"status":"completed","progress":100}}`, "completed", "100", ""},
		{"state in data", `{"data":{"state":"failed"}}`, "failed", "", ""},
		{"in operation", `{"operation":{"status":"in_progress","jobId":"job_1","pollUrl":"/api/jobs/job_1","result":null}}`, "in_progress", "", ""},
		{"in operation in data", `{"data":{"operation":{"status":"failed"}}}`, "failed", "", ""},
		{"envelope of before", `{"success":true,"timestamp":"t","requestId":"r","data":{"state":"completed","status":"completed","progress":100,"progressMessage":"Done.","result":{"success":true},"isCompleted":true}}`, "completed", "100", "Done."},
		{"list in data", `{"status":"processing","data":[{"domain":"x"}],"reason":"wait"}`, "processing", "", "wait"},
		{"text in data", `{"status":"completed","data":"done"}`, "completed", "", ""},
		{"null data", `{"status":"completed","data":null}`, "completed", "", ""},
		{"envelope's own word first", `{"status":"success","data":{"status":"failed","reason":"no guest"}}`, "failed", "", "no guest"},
		{"number for a status", `{"status":200,"data":{"status":"pending"}}`, "pending", "", ""},
		{"state beside an unknown status", `{"status":"waiting","state":"in_progress"}`, "in_progress", "", ""},
		{"word that is not listed", `{"status":"paused"}`, "paused", "", ""},
		{"flags only: completed", `{"data":{"isCompleted":true,"isFailed":false}}`, "completed", "", ""},
		{"flags only: failed counts first", `{"data":{"isCompleted":true,"isFailed":true}}`, "failed", "", ""},
		{"flags only: running", `{"data":{"isRunning":true}}`, "in_progress", "", ""},
		{"flags only: waiting", `{"data":{"isWaiting":true}}`, "queued", "", ""},
		{"flag beside an unknown word", `{"data":{"status":"finito","isCompleted":true}}`, "completed", "", ""},
		{"completed with a result that failed", `{"data":{"status":"completed","result":{"success":false,"error":"no disk"}}}`, "failed", "", "no disk"},
		{"completed with a word for a flag", `{"data":{"status":"completed","result":{"success":"yes"}}}`, "completed", "", ""},
		{"running with an old result", `{"data":{"status":"in_progress","result":{"success":false}}}`, "in_progress", "", ""},
		{"result that is a text", `{"status":"completed","result":"ok"}`, "completed", "", ""},
		{"failed with a message", `{"status":"failed","message":"The guest did not answer."}`, "failed", "", "The guest did not answer."},
		{"progress in a string", `{"status":"in_progress","progress":"12.5"}`, "in_progress", "12.5", ""},
		{"empty", `{}`, "", "", ""},
		{"null", `null`, "", "", ""},
		{"refusal with 200", `{"success":false,"error":"nope","code":"BAD_REQUEST"}`, "", "", ""},
		{"flags that are off", `{"data":{"isCompleted":false,"isFailed":false}}`, "", "", ""},
		{"a list", `[]`, "", "", ""},
		{"page of a proxy", `<html>`, "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, _ := replay(t, resttest.Example{Status: 200, Response: []byte(tt.body)})
			job, err := client.GetJob(t.Context(), documentedJob)
			if tt.at == "" {
				if e := cloudError(t, err); e.Kind != cloud.ErrUnavailable || e.Ambiguous || e.Account != "hostup" || e.Operation != "get job" {
					t.Errorf("got %+v", e)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if job.At() != tt.at || job.Percent() != tt.percent || job.Why() != tt.why {
				t.Errorf("at %q, percent %q, why %q", job.At(), job.Percent(), job.Why())
			}
			if over := tt.at == "completed" || tt.at == "failed"; job.At().Over() != over {
				t.Errorf("over: %v", !over)
			}
		})
	}
}

func TestJobAddresses(t *testing.T) {
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.EscapedPath()
		_, _ = io.WriteString(w, `{"status":"completed"}`)
	}))
	t.Cleanup(server.Close)
	client := newClient(t, server.URL, "good")
	host := strings.TrimPrefix(server.URL, "http://")
	tests := []struct {
		address string
		asked   string // empty: refused
	}{
		{"/api/jobs/job_1", "/api/jobs/job_1"},
		{server.URL + "/api/jobs/job_1", "/api/jobs/job_1"},
		{"/api/jobs/9c1d:2", "/api/jobs/9c1d:2"},
		{"", ""},
		{"/api/jobs/", ""},
		{"/api/jobs", ""},
		{"api/jobs/job_1", ""},
		{"/api/v2/vps/vps_1", ""},
		{"/api/jobs/../v2/vps", ""},
		{"/api/jobs/..", ""},
		{"/api/jobs/.", ""},
		{"/api/jobs/a/b", ""},
		{"/api/jobs/a%2fb", ""},
		{"/api/jobs/%2e%2e", ""},
		{"/api/jobs/..\\v2", ""},
		{"/api/jobs/a b", ""},
		{"/api/jobs/a?b=c", ""},
		{"/api/jobs/a?", ""},
		{"/api/jobs/a#b", ""},
		{"/api/jobs/a#", ""},
		{"/API/jobs/a", ""},
		{"//evil.example/api/jobs/a", ""},
		{"//" + host + "/api/jobs/a", ""},
		{"https://evil.example/api/jobs/a", ""},
		{"https://" + host + "/api/jobs/a", ""},
		{"http://user@" + host + "/api/jobs/a", ""},
		{"http:/api/jobs/a", ""},
		{"javascript:/api/jobs/a", ""},
		{"/api/jobs/" + strings.Repeat("a", 129), ""},
		{"/api/jobs/a\x00", ""},
	}
	for _, tt := range tests {
		asked = ""
		_, err := client.GetJob(t.Context(), tt.address)
		if asked != tt.asked {
			t.Errorf("%q asked for %q, want %q", tt.address, asked, tt.asked)
		}
		if tt.asked != "" {
			if err != nil {
				t.Errorf("%q: %v", tt.address, err)
			}
			continue
		}
		if e := cloudError(t, err); e.Kind != cloud.ErrVendor || e.Account != "hostup" || e.Hint == "" {
			t.Errorf("%q: %+v", tt.address, e)
		}
	}
}

func TestOperationAddress(t *testing.T) {
	given, empty := "/api/jobs/job_2", ""
	tests := []struct {
		operation hostup.Operation
		want      string
	}{
		{hostup.Operation{JobID: "job_1", PollURL: &given}, "/api/jobs/job_2"},
		{hostup.Operation{JobID: "job_1"}, "/api/jobs/job_1"},
		{hostup.Operation{JobID: "job_1", PollURL: &empty}, "/api/jobs/job_1"},
		{hostup.Operation{}, ""},
	}
	for _, tt := range tests {
		if got := tt.operation.Address(); got != tt.want {
			t.Errorf("%+v: address %q, want %q", tt.operation, got, tt.want)
		}
	}
}
