package cloud

import (
	"fmt"
	"log/slog"
)

// redacted is printed in place of a secret.
const redacted = "[secret]"

// Secret is a value that cannot be printed: API keys, passwords, tokens. Every
// formatting verb, JSON encoder and logger sees a placeholder; only Reveal
// returns the value. Compare revealed values, not Secrets.
type Secret struct {
	// value is a pointer because fmt calls no methods on unexported fields. Of a struct
	// with a Secret in such a field it prints the address only.
	value *string
}

// NewSecret wraps a value that must not be printed.
func NewSecret(value string) Secret { return Secret{value: &value} }

// Reveal returns the value. Only code that sends the secret to its owner may call it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether no secret was given; it makes omitzero work.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// String implements fmt.Stringer with a placeholder.
func (s Secret) String() string { return redacted }

// Format implements fmt.Formatter, so that no verb reaches the value.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText implements encoding.TextMarshaler with a placeholder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText reads a secret from an argument.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

// LogValue implements slog.LogValuer with a placeholder.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
