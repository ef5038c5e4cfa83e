//go:build race

package main

// The race detector makes a seed several times slower.
const (
	seedsOfATest     = 30
	seedsPlayedTwice = 3
)
