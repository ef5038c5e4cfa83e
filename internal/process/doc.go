// Package process finds out which processes are alive and which process started which.
//
// It must never know what the processes do: no store, no tool, no approval. If it
// cannot find something out, it returns an error or the safe answer, which each function
// documents.
package process
