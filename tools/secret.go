package tools

import (
	"errors"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// secretsToolset is the toolset of secrets that go into files.
const secretsToolset = "secrets"

// unsaved is a file that could not be written, which is certain; why stands in the
// chain of causes and not in the words.
func unsaved(err error, what string) error {
	if own, ok := errors.AsType[*tool.Error](err); ok {
		return tool.Errorf(own.Code, own.Hint, "%s %s", own.Message, what)
	}
	return &cloud.Error{
		Kind: cloud.ErrBlocked, Operation: "write file", Err: err,
		Message: "the file could not be written in the state folder. " + what,
		Hint:    "Ask the user to look whether the state folder can be written to and has room.",
	}
}
