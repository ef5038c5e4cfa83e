package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/audit"
	"countersign/internal/store"
	"countersign/internal/store/sqlite"
	"countersign/internal/tool"
)

// The planted secrets, one for every place from which a secret can come.
const (
	plantedKey        = "planted-api-key-4711"
	plantedHeader     = "planted-answer-header-4712"
	plantedAnswer     = "planted-answer-member-4713"
	plantedPassword   = `planted-"Pass"<4714>\a`
	plantedRefused    = `planted-"Pass"<4715>\b`
	plantedGPCN       = "planted-Pass-4716a"
	plantedPassphrase = "planted-passphrase-4717"
	plantedPrivate    = "cGxhbnRlZC1wcml2YXRlLWtleS00NzE4"
	plantedTypo       = "planted-wrong-member-4719"
	plantedCloudInit  = "planted-cloud-init-4720"
)

// TestNoSecretGetsOut plants a marked secret in every input, header, response and
// error, uses the operations of the clouds, and searches everything that remains:
// the state folder, results, log, anchor, exports and goldens.
func TestNoSecretGetsOut(t *testing.T) {
	dir := t.TempDir()
	front := &leakyVendor{sandbox: sandboxRoutes(1)}
	server := httptest.NewServer(front)
	defer server.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	p := &inProcess{t: t, state: filepath.Join(dir, "state"), null: null}
	anchor := filepath.Join(dir, "anchor")
	for name, value := range map[string]string{
		"COUNTERSIGN_STATE": p.state, "COUNTERSIGN_LOG_LEVEL": "trace", "COUNTERSIGN_AUDIT_ANCHOR": anchor, "COUNTERSIGN_TOOLSETS": "all",
		"COUNTERSIGN_FORM_MIN_SECONDS": "0", "COUNTERSIGN_RETRIES": "0",
	} {
		t.Setenv(name, value)
	}
	for _, entry := range clouds() {
		t.Setenv(entry.prefix+"_API_KEY", plantedKey)
		t.Setenv(entry.prefix+"_BASE_URL", server.URL+"/"+string(entry.vendor)+pathOf(entry.baseURL))
	}
	operations := playWithSecrets(t, p, front)

	given := givenSecrets(t, p.state)
	places := map[string][]byte{"what was said": p.said.Bytes()}
	read := func(root string, skip string) {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			if skip == "" || !strings.Contains(path, skip) {
				places[path], err = os.ReadFile(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	read(p.state, "secrets"+string(filepath.Separator))
	read(anchor, "")
	read(filepath.Join("..", "..", "testdata", "tools"), "")
	record := auditTexts(t, p, operations)
	maps.Copy(places, record)
	if !bytes.Contains(places[filepath.Join(p.state, sqlite.FileName)], []byte("secretive-1")) && !bytes.Contains(places[filepath.Join(p.state, sqlite.FileName+"-wal")], []byte("secretive-1")) {
		t.Error("the search does not find what is there")
	}
	secrets := append([]string{
		plantedKey, plantedHeader, plantedAnswer, plantedPassword, plantedRefused, plantedGPCN, plantedPassphrase, plantedPrivate, plantedTypo,
	}, given...)
	for _, secret := range secrets {
		for place, content := range places {
			if form := standsIn(content, secret); form != "" {
				t.Errorf("%q stands in %s, %s", secret, place, form)
			}
		}
	}
	// Cloud-init is shown to the approver completely, so it is in the stored plan;
	// the audit and the log have its digest at most.
	for name, text := range record {
		if form := standsIn(text, plantedCloudInit); form != "" {
			t.Errorf("cloud-init stands in %s, %s", name, form)
		}
	}
}

// playWithSecrets uses every secret where it belongs, where it does not belong, and
// where the cloud repeats it in an error. It returns the operations.
func playWithSecrets(t *testing.T, p *inProcess, front *leakyVendor) []string {
	t.Helper()
	var operations []string
	done := func(name, arguments string) tool.Outcome {
		t.Helper()
		o := p.call(name, arguments)
		if o.Status != tool.StatusDone && o.Status != tool.StatusRunning {
			t.Fatalf("%s %s: %+v\n%s", name, arguments, o, lastOf(p.said.String()))
		}
		operations = append(operations, o.Operation)
		return o
	}
	refused := func(name, arguments string) {
		t.Helper()
		front.mu.Lock()
		front.refuse, front.echoed = 100, 0
		front.mu.Unlock()
		if o := p.call(name, arguments); o.Status == tool.StatusDone || o.Status == tool.StatusRunning {
			t.Errorf("%s %s: %+v", name, arguments, o)
		}
		front.mu.Lock()
		if front.echoed == 0 {
			t.Errorf("%s %s: no error repeated its secrets", name, arguments)
		}
		front.refuse = 0
		front.mu.Unlock()
	}
	invalid := func(name, arguments string) {
		t.Helper()
		if code, out := p.run("call", name, arguments); code == exitOK || code == exitApproval {
			t.Errorf("%s %s: code %d: %s", name, arguments, code, out)
		}
	}
	preset := p.find("offers.0.id", "list_offers", `{"account":"voltagepark","in_stock_only":true}`)
	voltagepark := func(name, more string) string {
		return fmt.Sprintf(`{"account":"voltagepark","voltagepark_vm":{"config_id":%q,"name":%q,%s}}`, preset, name, more)
	}
	secretive := func(password string) string {
		return fmt.Sprintf(`"password":%s,"cloud_init":{"runcmd":["echo %s"]}`, inJSON(password), plantedCloudInit)
	}
	done("create_vm", voltagepark("secretive-1", secretive(plantedPassword)))
	refused("create_vm", voltagepark("secretive-2", secretive(plantedRefused)))
	invalid("create_vm", voltagepark("secretive-3", `"passwort":"`+plantedTypo+`"`))
	invalid("create_vm", voltagepark("secretive-3", `"password":{"value":"`+plantedTypo+`"}`))
	invalid("create_vm", `{"account":"voltagepark","api_key":"`+plantedTypo+`"}`)

	dc := p.find("locations.0.id", "list_locations", `{"account":"gpcn"}`)
	sku := p.find("offers.0.id", "list_offers", fmt.Sprintf(`{"account":"gpcn","location_id":%q}`, dc))
	image := p.find("images.0.id", "list_images", fmt.Sprintf(`{"account":"gpcn","location_id":%q}`, dc))
	gpcn := func(name string) string {
		return fmt.Sprintf(`{"account":"gpcn","gpcn_vm":{"name":%q,"datacenter_id":%q,"sku_id":%q,"image_id":%q,"auth_method":"password","password":%q}}`, name, dc, sku, image, plantedGPCN)
	}
	done("create_vm", gpcn("secretive-4"))
	refused("create_vm", gpcn("secretive-5"))

	passphrase := `{"account":"gpcn","name":%q,"algorithm":"ed25519","passphrase":"` + plantedPassphrase + `"}`
	done("generate_ssh_key", fmt.Sprintf(passphrase, "secretive-key"))
	refused("generate_ssh_key", fmt.Sprintf(passphrase, "secretive-key-2"))
	invalid("add_ssh_key", `{"account":"voltagepark","name":"mine","public_key":"-----BEGIN OPENSSH PRIVATE KEY-----\n`+plantedPrivate+`\n-----END OPENSSH PRIVATE KEY-----"}`)
	invalid("add_ssh_key", `{"account":"voltagepark","name":"mine","public_key":"`+plantedPrivate+`"}`)
	done("generate_password", `{"account":"gpcn"}`)

	gpu := p.find("vms.name=train-1.id", "list_vms", `{"account":"gpcn","name":"train-1"}`)
	done("save_jupyter_url", fmt.Sprintf(`{"account":"gpcn","vm_id":%q}`, gpu))
	place := p.find("locations.city=Dallas.id", "list_locations", `{"account":"voltagepark"}`)
	rental := done("create_rental", fmt.Sprintf(`{"account":"voltagepark","voltagepark_rental":{"location_id":%q,"gpu_count":8,"name":"secretive-6","network_type":"infiniband"}}`, place))
	advance(t, front, "20m")
	if len(rental.IDs) > 0 {
		done("save_kubeconfig", fmt.Sprintf(`{"account":"voltagepark","rental_id":%q}`, rental.IDs[0].ID))
	}
	refused("create_vm", `{"account":"hostup","hostup_vps":{"name":"secretive-7","cpu_cores":2,"memory_gb":4,"storage_gb":80,"region":"stockholm"}}`)
	for _, secret := range []string{plantedPassword, plantedRefused, plantedGPCN, plantedPassphrase, plantedCloudInit} {
		if standsIn(front.bodies.Bytes(), secret) == "" {
			t.Errorf("%s never reached its cloud", secret)
		}
	}
	return operations
}

// givenSecrets returns the secrets that clouds returned, from the files in which
// they are expected.
func givenSecrets(t *testing.T, state string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(state, "secrets", "*"))
	if err != nil || len(files) != 5 {
		t.Errorf("files of secrets (%v), want a key and the place of another, a password, a Jupyter address and a kubeconfig: %q", err, files)
	}
	var secrets []string
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			line = strings.TrimSpace(line)
			if _, token, ok := strings.Cut(line, "token"); ok {
				line = strings.Trim(token, "=: ")
			}
			if len(line) >= 16 && !strings.HasPrefix(line, "-----") && !strings.HasPrefix(line, "This file holds no private key.") {
				secrets = append(secrets, line)
			}
		}
	}
	if len(secrets) < 4 {
		t.Errorf("secrets in files: %q", secrets)
	}
	return secrets
}

// auditTexts returns the output of the audit commands in every form, and the log.
func auditTexts(t *testing.T, p *inProcess, operations []string) map[string][]byte {
	t.Helper()
	texts := map[string][]byte{}
	commands := [][]string{{"list"}, {"export"}, {"export", "--format", "csv"}, {"verify"}}
	for _, operation := range operations {
		commands = append(commands, []string{"show", operation})
	}
	for _, args := range commands {
		code, out := p.run(append([]string{"audit"}, args...)...)
		if code != exitOK || out == "" {
			t.Errorf("audit %v ended with %d", args, code)
		}
		texts["audit "+strings.Join(args, " ")] = []byte(out)
	}
	s, err := sqlite.Open(t.Context(), p.state)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	err = s.Records(t.Context(), 0, func(r store.Record) bool {
		texts["the records"] = append(texts["the records"], r.Body...)
		_, more := audit.ReadBody(r)
		if len(more) > 0 {
			t.Errorf("the audit has no words for %q of record %d, which is %s", more, r.Seq, r.Kind)
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// standsIn returns in which form a content contains a secret, plain or in a usual
// encoding; empty for none.
func standsIn(content []byte, secret string) string {
	quoted := inJSON(secret)
	forms := map[string]string{
		"plain": secret, "in JSON": quoted[1 : len(quoted)-1], "in JSON without need": strings.ReplaceAll(strings.ReplaceAll(secret, `\`, `\\`), `"`, `\"`),
		"in JSON twice":  strings.ReplaceAll(strings.ReplaceAll(quoted[1:len(quoted)-1], `\`, `\\`), `"`, `\"`),
		"in hexadecimal": hex.EncodeToString([]byte(secret)), "in a URL": url.QueryEscape(secret),
	}
	for shift := range 3 {
		// Within a longer text the digits depend on the offset.
		padded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
		from, to := (shift*8+5)/6, len(padded)-2
		forms[fmt.Sprint("in base64, shifted by ", shift)] = padded[from:to]
	}
	for form, text := range forms {
		if bytes.Contains(content, []byte(text)) {
			return form
		}
	}
	return ""
}

// inJSON returns a text as JSON.
func inJSON(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(raw)
}
