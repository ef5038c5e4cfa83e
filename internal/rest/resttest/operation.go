package resttest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Operations returns the //api:operation lines of the package under test, which are
// the operations that the methods of its client send.
func Operations(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if comment, ok := n.(*ast.Comment); ok {
				if operation, ok := strings.CutPrefix(comment.Text, "//api:operation "); ok {
					out = append(out, operation)
				}
			}
			return true
		})
	}
	if len(out) == 0 {
		t.Fatal("no //api:operation was found")
	}
	return out
}
