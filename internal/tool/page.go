package tool

// Page is embedded in the input of every list.
type Page struct {
	Limit  int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100" jsonschema_description:"Most rows; 20 unless given."`
	Cursor string `json:"cursor,omitempty" jsonschema:"maxLength=1024" jsonschema_description:"next_cursor of the page before."`
}

// DefaultLimit is the number of rows of a page unless the caller asks for another.
const DefaultLimit = 20

// Size returns the number of rows that was asked for.
func (p Page) Size() int {
	if p.Limit > 0 {
		return p.Limit
	}
	return DefaultLimit
}

// Failure is an account that could not be read. It is a row of a list, because the
// other accounts are listed all the same.
type Failure struct {
	Account string `json:"account" jsonschema_description:"The account."`
	Code    string `json:"code" jsonschema_description:"Kind of failure."`
	Message string `json:"message" jsonschema_description:"What happened, and the next right step."`
}

// SchemaOutlined leaves its members out of the output schemas of all lists.
func (Failure) SchemaOutlined() {}
