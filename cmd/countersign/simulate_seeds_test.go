//go:build !race

package main

const (
	// seedsOfATest fit into a run of all tests.
	seedsOfATest = 200
	// seedsPlayedTwice are enough to meet every kind of actor.
	seedsPlayedTwice = 20
)
