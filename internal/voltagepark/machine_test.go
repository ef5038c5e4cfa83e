package voltagepark_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/sandboxkit"
	"countersign/internal/voltagepark"
)

const (
	marker = "countersign-0123456789ab"
	// public is a valid public key without a private half.
	public            = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f alice@example.com"
	publicFingerprint = "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA"
)

func kind(h house) cloud.MachineKind { return h.MachineKinds()[0] }

// smallest is a valid block for the smallest preset.
func smallest(t *testing.T, h house) *voltagepark.VMSpec {
	t.Helper()
	return &voltagepark.VMSpec{ConfigID: h.offers(t)[0].ID, Name: "train-9"}
}

func TestPlanOfTheSmallestMachine(t *testing.T) {
	h := newHouse(t)
	plan, err := kind(h).PlanMachine(t.Context(), smallest(t, h))
	if err != nil {
		t.Fatal(err)
	}
	want := cloud.MachinePlan{
		Names: []string{"train-9"},
		Facts: []cloud.Fact{
			{Label: "config_id", Value: string(h.offers(t)[0].ID)},
			{Label: "size", Value: "1x h100-sxm5-80gb, 26 vCPU, 116 GB RAM, 2400 GB storage, TensorML 24 Everything"},
		},
		Price: h.offers(t)[0].Total,
		Consequences: []string{
			"The machine runs and costs until it is deleted.",
			"Stopping alone saves nothing: the vendor bills a stopped machine like a running one. Releasing it leaves the storage rate.",
			"The location cannot be chosen: the documented request has no field for it.",
			"Nobody can log in, as far as it is documented: no SSH key, no password and no cloud-init is given.",
		},
		Notes: []string{
			fmt.Sprintf("In stock: 15 at location %s.", h.location(t, "Dallas").ID),
			fmt.Sprintf("In stock: 3 at location %s.", h.location(t, "Seattle").ID),
		},
		Marks: true,
		Equal: plan.Equal,
		Offer: h.offers(t)[0].ID, Adds: cloud.Load{Machines: 1, GPUs: 1},
	}
	if diff := cmp.Diff(want, plan); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if h.writes() != 0 {
		t.Error("planning wrote something")
	}
}

func TestPlanShowsEveryDoor(t *testing.T) {
	h := newHouse(t)
	keys, err := h.ListSSHKeys(t.Context(), cloud.PageRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*voltagepark.VMSpec)
		opens  string
		fact   string
	}{
		"all keys": {func(s *voltagepark.VMSpec) { s.OrganizationSSHKeys.Mode = "all" },
			"SSH for every key of the organization (mode all); today they are 2, named in the facts.", "Alice laptop ssh-ed25519 SHA256:"},
		"one key": {func(s *voltagepark.VMSpec) {
			s.OrganizationSSHKeys = voltagepark.OrganizationSSHKeys{Mode: "selective", SSHKeyIDs: []cloud.SSHKeyID{keys.Items[0].ID}}
		}, "SSH for 1 chosen key(s) of the organization, named in the facts.", "build-server ssh-ed25519 " + keys.Items[0].Fingerprint},
		"a further key": {func(s *voltagepark.VMSpec) { s.SSHKeys = []string{public} },
			"SSH for 1 further public key(s) given in this call, named in the facts.", "ssh-ed25519 " + publicFingerprint},
		"a password": {func(s *voltagepark.VMSpec) { s.Password = cloud.NewSecret("correct horse") },
			"Login with the password given in this call.", ""},
		"cloud-init": {func(s *voltagepark.VMSpec) { s.CloudInit.RunCmd = []string{"reboot"} },
			"Cloud-init runs commands as root on the first boot; it is attached whole.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			spec := smallest(t, h)
			c.change(spec)
			plan, err := kind(h).PlanMachine(t.Context(), spec)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(plan.Opens, []string{c.opens}) {
				t.Errorf("opens %q, want %q", plan.Opens, c.opens)
			}
			if text := fmt.Sprint(plan.Facts); !strings.Contains(text, c.fact) {
				t.Errorf("facts %s lack %q", text, c.fact)
			}
			if strings.Contains(fmt.Sprint(plan.Consequences), "Nobody can log in") {
				t.Error("says that nobody can log in")
			}
			if strings.Contains(fmt.Sprintf("%+v", plan), "horse") {
				t.Error("the password stands in the plan")
			}
		})
	}
}

func TestCloudInitIsShownWhole(t *testing.T) {
	h := newHouse(t)
	spec := smallest(t, h)
	spec.CloudInit = cloud.InitScript{
		Packages: []string{"htop"},
		WriteFiles: []cloud.WriteFile{
			{Path: "/etc/motd", Content: "one\ntw\u200bo\n", Owner: "root:root", Permissions: "0644"},
			{Path: "/bin/x", Content: "Y3VybCBldmlsCg==", Encoding: "b64"},
		},
		RunCmd: []string{"echo \u202ehi", "true\nfalse"},
	}
	plan, err := kind(h).PlanMachine(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	want := `packages:
- htop
write_files:
- path: /etc/motd
  owner: root:root
  permissions: 0644
  content: |
    one
    tw\u{200b}o
- path: /bin/x
  encoding: b64
  content: |
    Y3VybCBldmlsCg==
  content, decoded: |
    curl evil
runcmd:
- echo \u{202e}hi
- true
  false
`
	if len(plan.Attachments) != 1 {
		t.Fatalf("%d attachments", len(plan.Attachments))
	}
	if diff := cmp.Diff(want, plan.Attachments[0].Body); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestBlocksThatAreRefused(t *testing.T) {
	const openSSH = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----"
	for name, c := range map[string]struct {
		change func(*voltagepark.VMSpec)
		field  string
		says   string
	}{
		"no name":           {func(s *voltagepark.VMSpec) { s.Name = "" }, "name", "empty"},
		"invisible name":    {func(s *voltagepark.VMSpec) { s.Name = "a\u200bb" }, "name", "invisible"},
		"short password":    {func(s *voltagepark.VMSpec) { s.Password = cloud.NewSecret("hunter2") }, "password", "password must have at least 8 characters"},
		"mode without keys": {func(s *voltagepark.VMSpec) { s.OrganizationSSHKeys.Mode = "selective" }, "organization_ssh_keys.ssh_key_ids", "required"},
		"keys without mode": {func(s *voltagepark.VMSpec) { s.OrganizationSSHKeys.SSHKeyIDs = []cloud.SSHKeyID{documentedID} }, "organization_ssh_keys.ssh_key_ids", "selective only"},
		"unknown mode":      {func(s *voltagepark.VMSpec) { s.OrganizationSSHKeys.Mode = "some" }, "organization_ssh_keys.mode", "none, all or selective"},
		"private key":       {func(s *voltagepark.VMSpec) { s.SSHKeys = []string{public, openSSH} }, "ssh_keys[1]", "private key"},
		"naked private key": {func(s *voltagepark.VMSpec) { s.SSHKeys = []string{"b3BlbnNzaC1rZXktdjEAAAAA"} }, "ssh_keys[0]", "private key"},
		"PuTTY private key": {func(s *voltagepark.VMSpec) { s.SSHKeys = []string{"PuTTY-User-Key-File-3: ssh-ed25519"} }, "ssh_keys[0]", "private key"},
		"two lines":         {func(s *voltagepark.VMSpec) { s.SSHKeys = []string{public + "\n" + public} }, "ssh_keys[0]", "one line"},
		"options":           {func(s *voltagepark.VMSpec) { s.SSHKeys = []string{`command="x" ` + public} }, "ssh_keys[0]", "options"},
		"cut key":           {func(s *voltagepark.VMSpec) { s.SSHKeys = []string{public[:60]} }, "ssh_keys[0]", "cut"},
		"key of another type": {func(s *voltagepark.VMSpec) {
			s.SSHKeys = []string{strings.Replace(public, "ssh-ed25519", "ssh-rsa", 1)}
		}, "ssh_keys[0]", "not a key of that type"},
		"a word":        {func(s *voltagepark.VMSpec) { s.SSHKeys = []string{"alice"} }, "ssh_keys[0]", "no OpenSSH public key"},
		"relative path": {func(s *voltagepark.VMSpec) { s.CloudInit.WriteFiles = []cloud.WriteFile{{Path: "x"}} }, "cloud_init.write_files[0].path", "absolute"},
		"forged marker": {func(s *voltagepark.VMSpec) { s.Tags = []string{marker} }, "tags[0]", "reserved"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			spec := &voltagepark.VMSpec{ConfigID: documentedID, Name: "x"}
			c.change(spec)
			_, err := kind(h).PlanMachine(t.Context(), spec)
			e := asCloudError(t, err, cloud.ErrInvalid)
			if len(e.Issues) != 1 || e.Issues[0].Field != c.field || !strings.Contains(e.Message, c.says) {
				t.Errorf("issues %v, message %q", e.Issues, e.Message)
			}
			for _, secret := range []string{"hunter2", "b3BlbnNz"} {
				if strings.Contains(fmt.Sprintf("%+v", e), secret) {
					t.Errorf("the error repeats %q", secret)
				}
			}
			if n := len(h.kit.Requests(vendor)); n != 0 {
				t.Errorf("%d requests left", n)
			}
		})
	}
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	h := newHouse(t)
	_, err := kind(h).PlanMachine(t.Context(), &voltagepark.VMSpec{Password: cloud.NewSecret("x"), Tags: []string{""}})
	if e := asCloudError(t, err, cloud.ErrInvalid); len(e.Issues) != 3 {
		t.Errorf("issues %v", e.Issues)
	}
}

func TestIDsAreEarned(t *testing.T) {
	h := newHouse(t)
	offers := h.offers(t)
	var all []cloud.OfferID
	for _, offer := range offers {
		all = append(all, offer.ID)
	}
	for name, c := range map[string]struct {
		config     cloud.OfferID
		candidates []cloud.OfferID
	}{
		"mistyped": {cloud.OfferID(flipped(string(offers[2].ID))), []cloud.OfferID{offers[2].ID}},
		"GPU":      {"8x-h200", []cloud.OfferID{offers[4].ID}},
		"nothing":  {"ffffffff-ffff-4fff-8fff-ffffffffffff", all}, // all, as they are few
	} {
		t.Run(name, func(t *testing.T) {
			spec := smallest(t, h)
			spec.ConfigID = c.config
			_, err := kind(h).PlanMachine(t.Context(), spec)
			e := asCloudError(t, err, cloud.ErrUnknownID)
			var got []cloud.OfferID
			for _, candidate := range e.Candidates {
				got = append(got, cloud.OfferID(candidate.ID))
			}
			if !slices.Equal(got, c.candidates) || !strings.Contains(e.Hint, "list_offers") {
				t.Errorf("candidates %v, want %v; hint %q", e.Candidates, c.candidates, e.Hint)
			}
		})
	}
	t.Run("SSH key by name", func(t *testing.T) {
		spec := smallest(t, h)
		spec.OrganizationSSHKeys = voltagepark.OrganizationSSHKeys{Mode: "selective", SSHKeyIDs: []cloud.SSHKeyID{"alice"}}
		_, err := kind(h).PlanMachine(t.Context(), spec)
		e := asCloudError(t, err, cloud.ErrUnknownID)
		if len(e.Candidates) != 1 || e.Candidates[0].Name != "Alice laptop" {
			t.Errorf("candidates %v", e.Candidates)
		}
	})
	t.Run("SSH key of nothing", func(t *testing.T) {
		spec := smallest(t, h)
		spec.OrganizationSSHKeys = voltagepark.OrganizationSSHKeys{Mode: "selective", SSHKeyIDs: []cloud.SSHKeyID{documentedID}}
		_, err := kind(h).PlanMachine(t.Context(), spec)
		if e := asCloudError(t, err, cloud.ErrUnknownID); len(e.Candidates) != 2 {
			t.Errorf("candidates %v", e.Candidates)
		}
	})
	t.Run("not looked up", func(t *testing.T) {
		h.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.ServerError, Path: "*/instant-deploy-presets/"})
		spec := smallest(t, newHouse(t)) // an ID of elsewhere
		spec.ConfigID = documentedID
		_, err := kind(h).PlanMachine(t.Context(), spec)
		asCloudError(t, err, cloud.ErrUnavailable)
	})
	if h.writes() != 0 {
		t.Error("something was written")
	}
}

// flipped changes one digit of an ID.
func flipped(id string) string {
	if id[0] == '0' {
		return "1" + id[1:]
	}
	return "0" + id[1:]
}

func TestSoldOutIsBlocked(t *testing.T) {
	h := newHouse(t)
	spec := smallest(t, h)
	spec.ConfigID = h.offers(t)[4].ID
	_, err := kind(h).PlanMachine(t.Context(), spec)
	if e := asCloudError(t, err, cloud.ErrBlocked); !strings.Contains(e.Hint, "list_offers") {
		t.Errorf("hint %q", e.Hint)
	}
	h.sandbox.SellOut() // between plan and create
	spec = smallest(t, h)
	_, err = kind(h).CreateMachine(t.Context(), spec, marker)
	if e := asCloudError(t, err, cloud.ErrInvalid); e.Ambiguous {
		t.Errorf("%+v", e)
	}
}

func TestEqualLooksThroughTheName(t *testing.T) {
	h := newHouse(t)
	equal := func(change func(*voltagepark.VMSpec)) string {
		spec := smallest(t, h)
		change(spec)
		plan, err := kind(h).PlanMachine(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		return plan.Equal
	}
	base := equal(func(*voltagepark.VMSpec) {})
	if !strings.HasPrefix(base, "voltagepark_vm:") || len(base) != len("voltagepark_vm:")+64 {
		t.Errorf("digest %q", base)
	}
	if equal(func(s *voltagepark.VMSpec) { s.Name = "other" }) != base {
		t.Error("another name is another machine")
	}
	if equal(func(s *voltagepark.VMSpec) { s.Tags = []string{"a"} }) == base {
		t.Error("other tags are the same machine")
	}
	one := equal(func(s *voltagepark.VMSpec) { s.Password = cloud.NewSecret("correct horse") })
	two := equal(func(s *voltagepark.VMSpec) { s.Password = cloud.NewSecret("battery staple") })
	if one != two || one == base {
		t.Error("the digest depends on the password, or does not know that there is one")
	}
}

func TestCreateSendsTheWholeBlock(t *testing.T) {
	h := newHouse(t)
	keys, err := h.ListSSHKeys(t.Context(), cloud.PageRequest{})
	if err != nil {
		t.Fatal(err)
	}
	stock := total(h.offers(t)[0].Stock)
	spec := smallest(t, h)
	spec.Password = cloud.NewSecret("correct horse")
	spec.OrganizationSSHKeys = voltagepark.OrganizationSSHKeys{Mode: "selective", SSHKeyIDs: []cloud.SSHKeyID{keys.Items[1].ID}}
	spec.SSHKeys = []string{public}
	spec.CloudInit = cloud.InitScript{Packages: []string{"htop"}, RunCmd: []string{"echo <a> & b"}}
	spec.Tags = []string{"mine"}
	made, err := kind(h).CreateMachine(t.Context(), spec, marker)
	if err != nil {
		t.Fatal(err)
	}
	requests := h.kit.Requests(vendor)
	var sent map[string]any
	if err := json.Unmarshal(requests[len(requests)-1].Body, &sent); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"config_id": string(spec.ConfigID), "name": "train-9", "password": "[secret]", // by the journal
		"organization_ssh_keys": map[string]any{"mode": "selective", "ssh_key_ids": []any{string(keys.Items[1].ID)}},
		"ssh_keys":              []any{public},
		"cloud_init":            map[string]any{"packages": []any{"htop"}, "runcmd": []any{"echo <a> & b"}},
		"tags":                  []any{"mine", marker},
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("-want +sent\n%s", diff)
	}
	vm, err := h.GetVM(t.Context(), made.IDs[0])
	if err != nil || vm.Name != "train-9" || vm.PublicIP != "" || vm.Login != "" {
		t.Errorf("%+v, %v", vm, err)
	}
	if after := total(h.offers(t)[0].Stock); after != stock-1 {
		t.Errorf("stock %d before, %d after", stock, after)
	}
	h.kit.Clock.Advance(20 * time.Second)
	if vm, err = h.GetVM(t.Context(), made.IDs[0]); err != nil || vm.PublicIP == "" || vm.Login == "" {
		t.Errorf("%+v, %v", vm, err)
	}
	if len(spec.Tags) != 1 {
		t.Error("the marker was written into the caller's block")
	}
}

func TestThePasswordIsSentAndNeverPrinted(t *testing.T) {
	body := voltagepark.InstantVM{Name: "x", Password: voltagepark.RevealedSecret{Secret: cloud.NewSecret("correct horse")}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(verb, body); strings.Contains(text, "horse") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
	sent, err := json.Marshal(body)
	if err != nil || !strings.Contains(string(sent), `"password":"correct horse"`) {
		t.Errorf("sends %s, %v", sent, err)
	}
}

func TestCreatesWithoutAUsableAnswer(t *testing.T) {
	const path = "/api/v1/virtual-machines/instant"
	for name, c := range map[string]struct {
		fault     sandboxkit.Fault
		ambiguous bool
		made      bool
	}{
		"lost answer":  {sandboxkit.Fault{Kind: sandboxkit.LostAnswer}, true, true},
		"cut":          {sandboxkit.Fault{Kind: sandboxkit.Cut}, true, true},
		"garbled":      {sandboxkit.Fault{Kind: sandboxkit.Garbled}, true, true},
		"500":          {sandboxkit.Fault{Kind: sandboxkit.ServerError, Status: 500}, true, false},
		"a proxy":      {sandboxkit.Fault{Kind: sandboxkit.HTML}, true, false},
		"refused":      {sandboxkit.Fault{Kind: sandboxkit.Refuse}, true, false},
		"rate limited": {sandboxkit.Fault{Kind: sandboxkit.RateLimited, RetryAfter: time.Second}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			c.fault.Method, c.fault.Path = "POST", path
			h.kit.AddFault(vendor, c.fault)
			since := h.kit.Clock.Now()
			_, err := kind(h).CreateMachine(t.Context(), smallest(t, h), marker)
			if err == nil || cloud.IsAmbiguous(err) != c.ambiguous {
				t.Errorf("ambiguous %t, error %v", cloud.IsAmbiguous(err), err)
			}
			if h.writes() != 1 {
				t.Errorf("%d writes: a create is never repeated", h.writes())
			}
			found, err := kind(h).FindMachine(t.Context(), cloud.MachineSearch{Marker: marker, Names: []string{"train-9"}, Since: since})
			if err != nil || (len(found.IDs) == 1) != c.made || len(found.Possible) != 0 {
				t.Errorf("found %+v, error %v", found, err)
			}
		})
	}
	t.Run("no ID", func(t *testing.T) {
		p := answering(t, 201, `{"vm_id":null}`)
		_, err := p.MachineKinds()[0].CreateMachine(t.Context(), &voltagepark.VMSpec{ConfigID: documentedID, Name: "x"}, marker)
		if e := asCloudError(t, err, cloud.ErrUnavailable); !e.Ambiguous {
			t.Errorf("%+v", e)
		}
	})
}

func TestFindMachine(t *testing.T) {
	h := newHouse(t)
	now := h.kit.Clock.Now()
	for i := range 120 {
		h.sandbox.PutVM(fmt.Sprintf("other-%d", i), now)
	}
	h.sandbox.PutVM("twin", now.Add(-time.Hour))                // too old
	h.sandbox.PutVM("twin ", now)                               // another name
	skewed := h.sandbox.PutVM("twin", now.Add(-30*time.Second)) // the vendor's clock is behind
	twin := h.sandbox.PutVM("twin", now)
	search := cloud.MachineSearch{Marker: marker, Names: []string{"twin"}, Since: now}
	found, err := kind(h).FindMachine(t.Context(), search)
	want := cloud.FoundMachine{Possible: []cloud.Candidate{{ID: string(skewed), Name: "twin"}, {ID: string(twin), Name: "twin"}}}
	if diff := cmp.Diff(want, found); diff != "" || err != nil {
		t.Errorf("error %v, -want +got\n%s", err, diff)
	}
	search.Others = []string{string(skewed)}
	want.Possible = want.Possible[1:]
	found, err = kind(h).FindMachine(t.Context(), search)
	if diff := cmp.Diff(want, found); diff != "" || err != nil {
		t.Errorf("what another create made: error %v, -want +got\n%s", err, diff)
	}
	marked := h.sandbox.PutVM("renamed since", now, "mine", marker)
	found, err = kind(h).FindMachine(t.Context(), search)
	if err != nil || !slices.Equal(found.IDs, []cloud.VMID{marked}) || len(found.Possible) != 0 {
		t.Errorf("%+v, %v", found, err)
	}
	h.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.ServerError})
	_, err = kind(h).FindMachine(t.Context(), search)
	asCloudError(t, err, cloud.ErrUnavailable)
}

func TestTheKindDescribesItself(t *testing.T) {
	h := newHouse(t)
	k := kind(h)
	spec := k.NewSpec()
	if k.BlockName() != "voltagepark_vm" || spec.BlockName() != k.BlockName() || k.BlockDescription() == "" {
		t.Errorf("%q, %q", k.BlockName(), spec.BlockName())
	}
	if err := json.Unmarshal([]byte(k.MinimalExample()), spec); err != nil {
		t.Error(err)
	}
	_, err := k.PlanMachine(t.Context(), strangeSpec{})
	asCloudError(t, err, cloud.ErrInvalid)
}

type strangeSpec struct{}

func (strangeSpec) BlockName() string { return "gpcn_vm" }
