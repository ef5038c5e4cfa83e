package gpcn

// Bit is a flag that the vendor writes as the number 0 or 1. A boolean is read
// too; any other value is false.
type Bit bool

// MarshalJSON writes 0 or 1.
func (b Bit) MarshalJSON() ([]byte, error) {
	if b {
		return []byte("1"), nil
	}
	return []byte("0"), nil
}

// UnmarshalJSON reads a number, a boolean or either as text.
func (b *Bit) UnmarshalJSON(raw []byte) error {
	value, err := decode[bool](raw)
	*b = Bit(err == nil && value)
	return nil
}
