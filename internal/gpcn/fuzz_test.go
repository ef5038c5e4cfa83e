package gpcn_test

import (
	"encoding/json"
	"testing"

	"countersign/internal/gpcn"
)

// Any response decodes to an error or to jobs with IDs.
func FuzzJobs(f *testing.F) {
	for _, seed := range []string{
		`{"jobs":[{"jobId":"1","progressPercentage":"40","isCompleted":1}]}`, `{"jobId":7,"hasFailed":"true"}`, `[{"jobId":"x"}]`,
		`{"jobs":{}}`, `{"jobs":[[]]}`, `null`, `"x"`, `{"JOBS":[{"jobid":"1"}]}`, `{"jobId":1e999,"canRetry":[]}`, `{"jobId":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var jobs gpcn.Jobs
		if json.Unmarshal(raw, &jobs) != nil || string(raw) == "null" {
			return
		}
		if len(jobs) == 0 {
			t.Fatal("no error and no job")
		}
		for _, job := range jobs {
			if job.JobID == "" || job.State() == "" {
				t.Errorf("job %+v", job)
			}
		}
	})
}
