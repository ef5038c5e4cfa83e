//go:build !race

package main

const (
	// seedsOfATest is the number of seeds in a run of all tests.
	seedsOfATest = 200
	// seedsPlayedTwice is enough for every kind of actor to occur.
	seedsPlayedTwice = 20
)
