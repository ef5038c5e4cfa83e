package cloud

import "context"

// PasswordRuler knows which passwords the vendor accepts for new machines.
type PasswordRuler interface {
	// PasswordRule returns the vendor's rule.
	PasswordRule() PasswordRule
}

// PasswordRule is the rule for a password: MinLength to MaxLength characters, which are
// ASCII letters, digits and Symbols, with at least one upper-case letter, one lower-case
// letter, one digit and one symbol. An unknown limit is 0.
type PasswordRule struct {
	MinLength, MaxLength int
	Symbols              string
}

// NotebookReader reads the address of a machine's notebook server (Jupyter), which
// may contain an access token.
type NotebookReader interface {
	VMReader
	// ReadNotebookURL returns the address; the zero Secret where there is no address now.
	ReadNotebookURL(ctx context.Context, id VMID) (Secret, error)
}
