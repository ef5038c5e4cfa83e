// Package guard is the only caller of anything above a read. It plans, applies
// the rules, asks a person, journals the intent, plans again, executes, and
// finds out what became of a call whose answer was lost.
//
// Review with extra care: every step that can say no comes before the step that
// cannot be undone, and what is in doubt is refused. The package must never
// know MCP or a vendor, and it holds no policy of its own but that a price which nobody
// knows, and a standing grant, take a person.
package guard
