// Package process says which processes are alive and who started whom.
//
// It must never know what the processes do: no store, no tool, no approval.
// What it cannot tell it reports as an error or in the careful direction, which
// each function names.
package process
