package main

import (
	"bytes"
	"go/ast"
	gobuild "go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// reach determines which of the clients' operations each tool can send. It analyses
// the source: it follows references from the constructor of a tool to the methods
// of a client. A method of a capability stands for its implementations in all
// clouds.
type reach struct {
	// uses are the functions that a function refers to.
	uses map[*types.Func][]*types.Func
	// operation is the operation that a client's method declares.
	operation map[*types.Func]operation
	// reads are the keys of the operations that change nothing, whatever their
	// HTTP method.
	reads map[string]bool
	// constructor is the constructor of a tool, by its name.
	constructor map[string]*types.Func
	// clouds are the packages of the clouds.
	clouds []*types.Package
}

// operation is an operation of a vendor's API.
type operation struct{ cloud, method, path string }

// key returns a text that is the same for equal routes, whatever the names of their
// parameters are.
func (o operation) key() string {
	parts := strings.Split(strings.Trim(o.path, "/"), "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			parts[i] = "{}"
		}
	}
	return o.cloud + " " + o.method + " /" + strings.Join(parts, "/")
}

const (
	module    = "countersign"
	directive = "//api:operation "
)

// newReach reads the packages of the tools and of the clouds.
func newReach(t *testing.T, clouds []string) *reach {
	t.Helper()
	r := &reach{uses: map[*types.Func][]*types.Func{}, operation: map[*types.Func]operation{}, reads: map[string]bool{}, constructor: map[string]*types.Func{}}
	own := &sources{t: t, fset: token.NewFileSet(), exported: exportData(t), checked: map[string]*checkedPackage{}}
	own.compiled = importer.ForCompiler(own.fset, "gc", own.open)
	for _, cloud := range clouds {
		path := module + "/internal/" + cloud
		p := own.check(path)
		r.clouds = append(r.clouds, p.types)
		r.read(p, func(f *types.Func, decl *ast.FuncDecl) {
			if decl.Doc == nil {
				return
			}
			for _, c := range decl.Doc.List {
				if text, ok := strings.CutPrefix(c.Text, directive); ok {
					method, path, _ := strings.Cut(text, " ")
					r.operation[f] = operation{cloud, method, path}
				}
			}
		})
	}
	for f, o := range r.operation {
		r.reads[o.key()] = !r.mentions(f, "Send")
	}
	r.read(own.check(module+"/tools"), func(f *types.Func, decl *ast.FuncDecl) {
		for _, name := range toolNames(decl) {
			r.constructor[name] = f
		}
	})
	return r
}

// read records the references of every function in a package.
func (r *reach) read(p *checkedPackage, each func(*types.Func, *ast.FuncDecl)) {
	for _, file := range p.files {
		for _, d := range file.Decls {
			decl, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			f, ok := p.info.Defs[decl.Name].(*types.Func)
			if !ok {
				continue
			}
			each(f, decl)
			ast.Inspect(decl, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					if used, ok := p.info.Uses[id].(*types.Func); ok {
						r.uses[f] = append(r.uses[f], used.Origin())
					}
				}
				return true
			})
		}
	}
}

// mentions reports whether a client's method reaches the function of that name in
// package rest.
func (r *reach) mentions(f *types.Func, name string) bool {
	found := false
	walk(f, func(f *types.Func) []*types.Func {
		if f.Pkg() != nil && f.Pkg().Path() == module+"/internal/rest" {
			found = found || f.Name() == name
			return nil
		}
		return r.uses[f]
	})
	return found
}

// walk visits everything that is reachable, each once.
func walk(from *types.Func, visit func(*types.Func) []*types.Func) {
	seen := map[*types.Func]bool{}
	next := []*types.Func{from}
	for len(next) > 0 {
		f := next[0]
		next = next[1:]
		if f != nil && !seen[f] {
			seen[f] = true
			next = append(next, visit(f)...)
		}
	}
}

// toolNames returns the names in the tool specifications of a function.
func toolNames(decl *ast.FuncDecl) []string {
	var names []string
	ast.Inspect(decl, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if of, ok := literal.Type.(*ast.SelectorExpr); !ok || of.Sel.Name != "Spec" {
			return true
		}
		for _, e := range literal.Elts {
			member, ok := e.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			key, isName := member.Key.(*ast.Ident)
			value, isText := member.Value.(*ast.BasicLit)
			if isName && isText && key.Name == "Name" {
				if name, err := strconv.Unquote(value.Value); err == nil {
					names = append(names, name)
				}
			}
		}
		return true
	})
	return names
}

// operations returns the keys of the operations that a tool can send.
func (r *reach) operations(tool string) map[string]bool {
	found := map[string]bool{}
	walk(r.constructor[tool], func(f *types.Func) []*types.Func {
		if o, ok := r.operation[f]; ok {
			found[o.key()] = true
			return nil
		}
		if f.Name() == "constructors" { // it refers to all tools without calling them
			return nil
		}
		return append(slices.Clone(r.uses[f]), r.implementations(f)...)
	})
	return found
}

// implementations returns the methods of the clouds that implement a method of an
// interface.
func (r *reach) implementations(f *types.Func) []*types.Func {
	receiver := f.Signature().Recv()
	if receiver == nil {
		return nil
	}
	wanted, ok := receiver.Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	var out []*types.Func
	for _, p := range r.clouds {
		for _, name := range p.Scope().Names() {
			declared, ok := p.Scope().Lookup(name).(*types.TypeName)
			if !ok || types.IsInterface(declared.Type()) {
				continue
			}
			pointer := types.NewPointer(declared.Type())
			if named, ok := declared.Type().(*types.Named); ok && named.TypeParams().Len() > 0 || !types.Implements(pointer, wanted) {
				continue
			}
			if m, _, _ := types.LookupFieldOrMethod(pointer, true, p, f.Name()); m != nil {
				if method, ok := m.(*types.Func); ok {
					out = append(out, method.Origin())
				}
			}
		}
	}
	return out
}

// checkedPackage is a type-checked package of ours.
type checkedPackage struct {
	files []*ast.File
	info  *types.Info
	types *types.Package
}

// sources type-checks our own packages from source, so that all of them share the
// same objects, and imports all others in compiled form.
type sources struct {
	t        *testing.T
	fset     *token.FileSet
	exported map[string]string
	compiled types.Importer
	checked  map[string]*checkedPackage
}

// Import implements types.Importer.
func (s *sources) Import(path string) (*types.Package, error) {
	if strings.HasPrefix(path, module+"/") {
		return s.check(path).types, nil
	}
	return s.compiled.Import(path)
}

// open opens the compiled form of a package.
func (s *sources) open(path string) (io.ReadCloser, error) { return os.Open(s.exported[path]) }

func (s *sources) check(path string) *checkedPackage {
	if p, ok := s.checked[path]; ok {
		return p
	}
	p := &checkedPackage{info: &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}}
	s.checked[path] = p
	names, err := filepath.Glob(filepath.Join("..", "..", strings.TrimPrefix(path, module+"/"), "*.go"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, name := range names {
		fits, err := gobuild.Default.MatchFile(filepath.Split(name))
		if err != nil || !fits || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(s.fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			s.t.Fatal(err)
		}
		p.files = append(p.files, file)
	}
	if p.types, err = (&types.Config{Importer: s}).Check(path, s.fset, p.files, p.info); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// exportData returns the paths of the export data of the imports of the tools and
// the clouds.
func exportData(t *testing.T) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", ".")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	exported := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		exported[path] = file
	}
	return exported
}

// TestReach checks the result for a few tools whose operations are known.
func TestReach(t *testing.T) {
	r := newReach(t, vendorNames())
	for _, entry := range clouds() {
		for _, d := range definitionsFor(t, []string{entry.prefix}) {
			if r.constructor[d.Name] == nil {
				t.Errorf("no function of tools has the specification of %s", d.Name)
			}
		}
	}
	for tool, want := range map[string][]string{
		"list_images":        {"gpcn GET /v1/resource/data-centers/{}/virtual-machine-images"},
		"delete_ssh_key":     {"gpcn DELETE /v1/resource/ssh-keys/{}", "voltagepark DELETE /api/v1/organization/ssh-keys/{}", "gpcn GET /v1/resource/ssh-keys"},
		"cancel_vm_deletion": {"hostup DELETE /api/v2/vps/{}/cancellation"},
		"power_vm":           {"hostup POST /api/v2/vps/{}/actions/restart", "voltagepark PUT /api/v1/virtual-machines/{}/power-status", "gpcn POST /v1/resource/gpu/bulk/stop"},
		"create_vm":          {"gpcn POST /v1/resource/gpu", "gpcn POST /v1/resource/virtual-machines", "hostup POST /api/v2/vps/payg/deployments"},
	} {
		got := r.operations(tool)
		for _, o := range want {
			if !got[o] {
				t.Errorf("%s does not reach %s: %v", tool, o, slices.Sorted(maps.Keys(got)))
			}
		}
	}
	for tool, never := range map[string]string{
		"list_accounts": "gpcn DELETE /v1/resource/ssh-keys/{}", "get_vm": "gpcn DELETE /v1/resource/gpu/{}",
		"add_ssh_key": "gpcn DELETE /v1/resource/ssh-keys/{}", "rename_ssh_key": "gpcn POST /v1/resource/ssh-keys",
		"generate_password": "gpcn GET /v1/resource/ssh-keys",
	} {
		if r.operations(tool)[never] {
			t.Errorf("%s reaches %s", tool, never)
		}
	}
}

// vendorNames returns the names of all clouds, which are also the names of their
// packages.
func vendorNames() []string {
	var names []string
	for _, entry := range clouds() {
		names = append(names, string(entry.vendor))
	}
	return names
}
