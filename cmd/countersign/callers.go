package main

import (
	"errors"
	"fmt"

	"countersign/internal/policy"
)

// ownRules reads the policy file of a caller. It has to stand in one with prices:
// those are of an account, whoever calls.
func ownRules(path string) (*policy.Rules, error) {
	file, err := policyFile(path)
	if err != nil {
		return nil, err
	}
	if file.Prices != nil {
		return nil, fmt.Errorf("%s: %w", path, errors.New("prices are those of the server, in its --policy or --prices; take them out here"))
	}
	return file.Rules, nil
}
