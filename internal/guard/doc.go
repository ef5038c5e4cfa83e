// Package guard is the only caller of anything above a read. It plans, applies
// the rules, asks a person, journals the intent, plans again, executes, and
// finds out what became of a call whose response was lost.
//
// Review with extra care: every step that can refuse comes before the step that
// cannot be undone, and what is in doubt is refused. The package must never
// know MCP or a vendor. It has three rules of its own, and the rules of the operator
// cannot loosen them: a person is asked about a call whose price is unknown, about a
// standing grant, and about a call under a cap on money while something runs at an
// unknown price, because that cap may be passed already.
package guard
