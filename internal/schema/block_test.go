package schema_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/schema"
)

type create struct {
	Account account `json:"account" jsonschema_description:"The account."`
}

type smallVM struct {
	Name     string       `json:"name" jsonschema:"minLength=1" jsonschema_description:"Its name."`
	Disks    []disk       `json:"disks,omitempty" jsonschema_description:"Disks."`
	Password cloud.Secret `json:"password,omitzero" jsonschema_description:"A secret."`
}

type gpuVM struct {
	GPUs int `json:"gpus" jsonschema:"minimum=1" jsonschema_description:"How many GPUs."`
}

func smallBlock() schema.Block {
	return schema.Block{
		Name: "red_vm", Description: "A machine of the red cloud.",
		New: func() any { return new(smallVM) }, Example: `{"name":"web-1"}`,
		Retired: map[string]string{"label": "it is called name now"},
	}
}

func gpuBlock() schema.Block {
	return schema.Block{
		Name: "blue_gpu", Description: "A GPU of the blue cloud.",
		New: func() any { return new(gpuVM) }, Example: `{"gpus":1}`,
	}
}

func createSchema() *schema.Schema {
	return schema.Of[create](schema.Enum("account", "red", "blue"), schema.WithBlocks(smallBlock(), gpuBlock()))
}

func TestBlocksAreOptionalProperties(t *testing.T) {
	s := createSchema()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Required   []string
		Properties map[string]struct{ Type, Description string }
	}
	if err := json.Unmarshal(s.JSON(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"account"}, got.Required); diff != "" {
		t.Error(diff)
	}
	if p := got.Properties["blue_gpu"]; p.Type != "object" || p.Description != "A GPU of the blue cloud." {
		t.Errorf("blue_gpu = %+v", p)
	}
}

func TestDecodeWithBlockOpensTheOneThatIsGiven(t *testing.T) {
	value, block, name, err := schema.DecodeWithBlock[create](createSchema(),
		[]byte(`{"red_vm":{"disks":[{"size_gb":20}],"name":"web-1"},"account":"red"}`))
	if err != nil {
		t.Fatal(err)
	}
	if name != "red_vm" || value.Account != "red" {
		t.Errorf("got %q, %+v", name, value)
	}
	vm, ok := block.(*smallVM)
	if !ok || vm.Name != "web-1" || len(vm.Disks) != 1 || vm.Disks[0].SizeGB != 20 {
		t.Errorf("block = %#v", block)
	}
}

func TestDecodeWithBlockRefuses(t *testing.T) {
	const both = `give exactly one of red_vm, blue_gpu, for example {"red_vm":{"name":"web-1"}} or {"blue_gpu":{"gpus":1}}`
	tests := []struct {
		name string
		raw  string
		want []string
	}{
		{"none", `{"account":"red"}`, []string{"the arguments lack a block; " + both}},
		{"two", `{"account":"red","blue_gpu":{"gpus":1},"red_vm":{"name":"a"}}`, []string{"the arguments hold red_vm and blue_gpu; " + both}},
		{"two, one of them wrong", `{"account":"red","blue_gpu":{"gpus":0},"red_vm":{"name":"a"}}`, []string{
			"the arguments hold red_vm and blue_gpu; " + both, "blue_gpu.gpus: must be at least 1",
		}},
		{"an unknown one", `{"account":"red","green":{"gpus":1}}`, []string{"green: is not a block of this tool; " + both}},
		{"one nearly right", `{"account":"red","blueGPUs":{"gpus":1}}`, []string{`blueGPUs: is not a block of this tool; give exactly one of red_vm, blue_gpu, for example {"blue_gpu":{"gpus":1}}`}},
		{"an unknown one beside a known one", `{"account":"red","green":{},"blue_gpu":{"gpus":1}}`, []string{"green: is not a block of this tool; " + both}},
		{"none, and a misspelt field", `{"acount":{}}`, []string{
			"the arguments lack a block; " + both, "account: is required", "acount: is not an argument of this tool; did you mean account?",
		}},
		{"a wrong field", `{"account":"red","red_vm":{"nane":"a"}}`, []string{"red_vm.name: is required", "red_vm.nane: is not a field of red_vm; did you mean name?"}},
		{"a wrong field deep down", `{"account":"red","red_vm":{"name":"a","disks":[{"size_gb":10.0}]}}`, []string{
			"red_vm.disks[0].size_gb: must be a whole number without fraction or exponent, of 64 bits at most",
		}},
		{"a field of before", `{"account":"red","red_vm":{"name":"a","label":"b"}}`, []string{"red_vm.label: is refused: it is called name now"}},
		{"a field of before, in another block", `{"account":"red","blue_gpu":{"gpus":1,"label":"b"}}`, []string{"blue_gpu.label: is not a field of blue_gpu, which takes gpus"}},
		{"a block that is null", `{"account":"red","red_vm":null}`, []string{"red_vm: is null: leave it out instead"}},
		{"a block that is text", `{"account":"red","red_vm":"{}"}`, []string{"red_vm: must be an object, got a string"}},
		{"no object", `7`, []string{"the arguments must be an object, got a number"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, block, name, err := schema.DecodeWithBlock[create](createSchema(), []byte(tt.raw))
			if diff := cmp.Diff(tt.want, lines(t, err)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if block != nil || name != "" {
				t.Errorf("block = %v, %q", block, name)
			}
		})
	}
}

func TestBlocksDoNotMixWithPlainDecoding(t *testing.T) {
	var problems schema.Problems
	if _, err := schema.Decode[create](createSchema(), nil); err == nil || asProblems(err, &problems) {
		t.Errorf("Decode = %v, want an error of the program", err)
	}
	if _, _, _, err := schema.DecodeWithBlock[page](schema.Of[page](), nil); err == nil || asProblems(err, &problems) {
		t.Errorf("DecodeWithBlock = %v, want an error of the program", err)
	}
}

func TestWrongBlockShowsTheRightOne(t *testing.T) {
	got := createSchema().WrongBlock("red_vm", "blue_gpu").Error()
	want := `red_vm: does not fit the other arguments; give exactly one of blue_gpu, for example {"blue_gpu":{"gpus":1}}`
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestCheckRefusesBlocks(t *testing.T) {
	with := func(change func(*schema.Block)) *schema.Schema {
		b := smallBlock()
		change(&b)
		return schema.Of[create](schema.WithBlocks(b))
	}
	tests := []struct {
		name   string
		schema *schema.Schema
		want   string
	}{
		{"the name of a field", with(func(b *schema.Block) { b.Name = "account" }), "there is a property of that name"},
		{"a name twice", schema.Of[create](schema.WithBlocks(smallBlock(), smallBlock())), "there is a property of that name"},
		{"no description", with(func(b *schema.Block) { b.Description = "" }), "red_vm: lacks a description"},
		{"an example that is not JSON", with(func(b *schema.Block) { b.Example = "{" }), "red_vm: the example is not JSON"},
		{"an example that is not valid", with(func(b *schema.Block) { b.Example = `{"name":""}` }), "red_vm.name: must not be empty"},
		{"an example that lacks a field", with(func(b *schema.Block) { b.Example = `{}` }), "red_vm.name: is required"},
		{"no New", with(func(b *schema.Block) { b.New = nil }), "lacks New"},
		{"New of no pointer", with(func(b *schema.Block) { b.New = func() any { return smallVM{} } }), "must return a pointer"},
		{"New of nothing", with(func(b *schema.Block) { b.New = func() any { return nil } }), "must return a pointer"},
		{"New that panics", with(func(b *schema.Block) { b.New = func() any { panic("no") } }), "panic: no"},
		{"a map within", with(func(b *schema.Block) { b.New = func() any { return new(one[map[string]int]) } }), "field: maps are refused"},
		{"a bad tag within", with(func(b *schema.Block) { b.New = func() any { return new(camel) }; b.Example = `{"sizeGB":1}` }), "red_vm.sizeGB: the name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.schema.Check()
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Check = %v, want %q", err, tt.want)
			}
		})
	}
}

func BenchmarkDecodeWithBlock(b *testing.B) {
	raw := []byte(`{"account":"red","red_vm":{"name":"web-1","disks":[{"size_gb":20}]}}`)
	s := createSchema()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, _, err := schema.DecodeWithBlock[create](s, raw); err != nil {
			b.Fatal(err)
		}
	}
}
