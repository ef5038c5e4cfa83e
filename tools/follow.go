package tools

import (
	"context"

	"countersign/internal/cloud"
)

// follow returns a function that reads the jobs of an account's cloud, for writes
// whose jobs are still running.
func follow(accounts cloud.Accounts) func(context.Context, cloud.AccountName, []cloud.JobID) ([]cloud.Job, error) {
	readers := cloud.Having[cloud.JobReader](accounts)
	return func(ctx context.Context, account cloud.AccountName, jobs []cloud.JobID) ([]cloud.Job, error) {
		c, err := find(readers, account)
		if err != nil {
			return nil, err
		}
		return c.ReadJobs(ctx, jobs)
	}
}
