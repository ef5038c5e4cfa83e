package tools

import (
	"errors"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// secretsToolset is the toolset of the tools that save secrets to files.
const secretsToolset = "secrets"

// savedSlack is how far the clock of the file system may be behind ours.
const savedSlack = 2 * time.Second

// Values that a plan shows for the state of the file before the write.
const (
	noFile  = "not there"
	oldFile = "there already; replaced"
)

// secretFiles saves secrets of the clouds to files.
type secretFiles struct{ tool.SecretFiles }

// change returns the change that a plan shows: which file is written, and whether
// it replaces one.
func (s secretFiles) change(name tool.SecretName) ([]tool.FieldChange, error) {
	file, err := s.Look(name)
	if err != nil {
		return nil, err
	}
	before := noFile
	if file.Exists() {
		before = oldFile
	}
	return []tool.FieldChange{{Field: "file", Before: before, After: file.Path}}, nil
}

// save writes the file of a plan. It replaces an existing file only if the plan
// showed that.
func (s secretFiles) save(name tool.SecretName, secret cloud.Secret, p tool.Plan) error {
	_, err := s.Write(name, secret, p.Changes[0].Before == oldFile)
	switch {
	case errors.Is(err, tool.ErrSecretFileExists):
		return tool.Errorf(tool.CodeDrift, "Call again: the plan will say that the file is replaced.", "The file has appeared since it was approved; nothing was written.")
	case err != nil:
		return unsaved(err, "Nothing was saved.")
	}
	return nil
}

// settle checks the file of an intent. A file that is not older than the intent was
// written by it.
func (s secretFiles) settle(name tool.SecretName, intent tool.Intent, saved func(tool.Plan) tool.Made) (tool.Settlement, error) {
	file, err := s.Look(name)
	switch {
	case err != nil:
		return tool.Settlement{}, err
	case file.Exists() && !file.SavedAt.Before(intent.SentAt.Add(-savedSlack)):
		return tool.Settlement{Finding: tool.FoundDone, Made: saved(intent.Plan)}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}

// unsaved returns the error for a file that was certainly not written. The cause is
// wrapped and not part of the message.
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
