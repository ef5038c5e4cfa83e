// Package resttest holds what the tests of all clouds ask of a client and its
// sandbox: which operations a client declares, and whether an answer has the
// documented shape. It knows no cloud; only tests import it.
package resttest
