package schema

// The formats that every client accepts.
const (
	formatDateTime = "date-time"
	formatDate     = "date"
	formatUUID     = "uuid"
)

func isFormat(name string) bool {
	return name == formatDateTime || name == formatDate || name == formatUUID
}

// formatWords describes a format, with an example.
func formatWords(name string) string {
	switch name {
	case formatDateTime:
		return "a date and time with time zone, such as 2026-01-31T15:04:05Z"
	case formatDate:
		return "a date such as 2026-01-31"
	case formatUUID:
		return "a UUID such as 123e4567-e89b-42d3-a456-426614174000"
	}
	return "a valid " + name
}
