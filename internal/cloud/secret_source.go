package cloud

import "context"

// PasswordRuler knows which passwords the vendor takes for new machines.
type PasswordRuler interface {
	// PasswordRule says what a password must be like.
	PasswordRule() PasswordRule
}

// PasswordRule is what a password must be like: of MinLength to MaxLength
// characters, ASCII letters, digits and Symbols, with at least one upper-case
// letter, one lower-case letter, one digit and one symbol. No known limit is 0.
type PasswordRule struct {
	MinLength, MaxLength int
	Symbols              string
}

// NotebookReader reads the address of a machine's notebook server (Jupyter), which
// may hold what lets one in.
type NotebookReader interface {
	VMReader
	// ReadNotebookURL returns the address; the zero Secret where the machine has none
	// now.
	ReadNotebookURL(ctx context.Context, id VMID) (Secret, error)
}
