//go:build race

package main

// The race detector makes a seed several times as slow.
const (
	seedsOfATest     = 30
	seedsPlayedTwice = 3
)
