// Package resttest has checks for the tests of all clouds: the operations that a client
// declares, and whether a response has the documented form. It knows no cloud, and only
// tests import it.
package resttest
