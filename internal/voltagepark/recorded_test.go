package voltagepark_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/rest/resttest"
	"countersign/internal/voltagepark"
)

// recordings are the documented requests and responses. The vendor's API page prints
// them all; paths have the page's own placeholders filled in.
const recordings = "../../testdata/api/voltagepark"

// unrecorded are operations that the vendor's API page does not show.
func unrecorded() map[string]string {
	return map[string]string{
		"GET /api/v1/virtual-machines/instant/locations":               "not on the page; known from other clients, and named by the vendor as successor of the presets list",
		"GET /api/v1/virtual-machines/instant/locations/{location_id}": "not on the page; known from other clients",
		"POST /api/v1/virtual-machines/{virtual_machine_id}/relocate":  "not on the page; known from other clients",
		"GET /api/v1/bare-metal/{baremetal_rental_id}":                 "not on the page; known from a later catalogue of the API",
		"PATCH /api/v1/bare-metal/{baremetal_rental_id}/remove-nodes":  "not on the page; known from other clients",
		"GET /api/v1/organization/":                                    "not on the page; known from other clients",
	}
}

// documentedID stands for every ID in the page's samples.
const documentedID = "123e4567-e89b-12d3-a456-426614174000"

// cutKey is the public key of the page's samples.
const cutKey = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDAKOgHv82A6Oi7AWLvBC9N..."

func loadRecorded(t *testing.T) map[string]resttest.Example {
	t.Helper()
	return resttest.LoadByOperation(t, recordings)
}

// calls makes the client send the documented request of an operation.
func calls(t *testing.T) map[string]func(*voltagepark.Client, json.RawMessage) (any, error) {
	ctx := t.Context()
	decode := func(raw json.RawMessage, into any) {
		t.Helper()
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	type client = *voltagepark.Client
	none := voltagepark.ListOptions{}
	return map[string]func(client, json.RawMessage) (any, error){
		"GET /api/v1/bare-metal/locations": func(c client, _ json.RawMessage) (any, error) { return c.ListBareMetalLocations(ctx) },
		"GET /api/v1/locations/":           func(c client, _ json.RawMessage) (any, error) { return c.ListLocations(ctx, none) },
		"GET /api/v1/locations/{location_id}": func(c client, _ json.RawMessage) (any, error) {
			return c.GetLocation(ctx, documentedID)
		},
		"GET /api/v1/instant-deploy-presets/": func(c client, _ json.RawMessage) (any, error) {
			return c.ListPresets(ctx, voltagepark.PresetFilter{})
		},
		"GET /api/v1/instant-deploy-presets/{instant_deploy_preset_id}": func(c client, _ json.RawMessage) (any, error) {
			return c.GetPreset(ctx, documentedID)
		},
		"GET /api/v1/hostnodes/{hostnode_id}": func(c client, _ json.RawMessage) (any, error) {
			return c.GetHostNode(ctx, documentedID)
		},
		"GET /api/v1/virtual-machines/": func(c client, _ json.RawMessage) (any, error) { return c.ListVMs(ctx, none) },
		"GET /api/v1/virtual-machines/{virtual_machine_id}": func(c client, _ json.RawMessage) (any, error) {
			return c.GetVM(ctx, documentedID)
		},
		"POST /api/v1/virtual-machines/instant": func(c client, body json.RawMessage) (any, error) {
			var vm voltagepark.InstantVM
			decode(body, &vm)
			return c.CreateInstantVM(ctx, vm)
		},
		"PATCH /api/v1/virtual-machines/{virtual_machine_id}": func(c client, body json.RawMessage) (any, error) {
			var details voltagepark.VMDetails
			decode(body, &details)
			return c.UpdateVM(ctx, documentedID, details)
		},
		"PUT /api/v1/virtual-machines/{virtual_machine_id}/power-status": func(c client, body json.RawMessage) (any, error) {
			var power voltagepark.VMPower
			decode(body, &power)
			return c.SetVMPower(ctx, documentedID, power.Status)
		},
		"DELETE /api/v1/virtual-machines/{virtual_machine_id}": func(c client, _ json.RawMessage) (any, error) {
			return nil, c.DeleteVM(ctx, documentedID)
		},
		"GET /api/v1/storage/hourly-rate":  func(c client, _ json.RawMessage) (any, error) { return c.GetStorageRate(ctx) },
		"GET /api/v1/storage/":             func(c client, _ json.RawMessage) (any, error) { return c.ListVolumes(ctx, none) },
		"GET /api/v1/storage/{storage_id}": func(c client, _ json.RawMessage) (any, error) { return c.GetVolume(ctx, documentedID) },
		"POST /api/v1/storage/": func(c client, body json.RawMessage) (any, error) {
			var volume voltagepark.NewVolume
			decode(body, &volume)
			return c.CreateVolume(ctx, volume)
		},
		"PATCH /api/v1/storage/{storage_id}": func(c client, body json.RawMessage) (any, error) {
			var details voltagepark.VolumeDetails
			decode(body, &details)
			return c.UpdateVolume(ctx, documentedID, details)
		},
		"DELETE /api/v1/storage/{storage_id}": func(c client, _ json.RawMessage) (any, error) {
			return nil, c.DeleteVolume(ctx, documentedID)
		},
		"GET /api/v1/bare-metal/": func(c client, _ json.RawMessage) (any, error) { return c.ListRentals(ctx, none) },
		"POST /api/v1/bare-metal/": func(c client, body json.RawMessage) (any, error) {
			var order voltagepark.BareMetalOrder
			decode(body, &order)
			return c.CreateRental(ctx, order)
		},
		"PATCH /api/v1/bare-metal/{baremetal_rental_id}": func(c client, body json.RawMessage) (any, error) {
			var details voltagepark.VMDetails
			decode(body, &details)
			return c.UpdateRental(ctx, documentedID, details)
		},
		"PUT /api/v1/bare-metal/{baremetal_rental_id}/power-status": func(c client, body json.RawMessage) (any, error) {
			var power voltagepark.VMPower
			decode(body, &power)
			return nil, c.SetRentalPower(ctx, documentedID, power.Status)
		},
		"POST /api/v1/bare-metal/{baremetal_rental_id}/reboot": func(c client, body json.RawMessage) (any, error) {
			var nodes voltagepark.RentalNodes
			decode(body, &nodes)
			return nil, c.RebootNodes(ctx, documentedID, nodes)
		},
		"DELETE /api/v1/bare-metal/{baremetal_rental_id}": func(c client, _ json.RawMessage) (any, error) {
			return nil, c.DeleteRental(ctx, documentedID)
		},
		"POST /api/v1/validate/cloudinit": func(c client, body json.RawMessage) (any, error) {
			var check voltagepark.CloudInitCheck
			decode(body, &check)
			return c.CheckCloudInit(ctx, check)
		},
		"GET /api/v1/organization/ssh-keys": func(c client, _ json.RawMessage) (any, error) { return c.ListSSHKeys(ctx, none) },
		"POST /api/v1/organization/ssh-keys": func(c client, body json.RawMessage) (any, error) {
			var key voltagepark.NewSSHKey
			decode(body, &key)
			return c.AddSSHKey(ctx, key)
		},
		"DELETE /api/v1/organization/ssh-keys/{ssh_key_id}": func(c client, _ json.RawMessage) (any, error) {
			return nil, c.DeleteSSHKey(ctx, documentedID)
		},
		"GET /api/v1/billing/hourly-rate": func(c client, _ json.RawMessage) (any, error) { return c.GetHourlyRate(ctx) },
		"GET /api/v1/billing/transactions": func(c client, _ json.RawMessage) (any, error) {
			return c.ListTransactions(ctx, voltagepark.TransactionQuery{})
		},
		"GET /api/v1/billing/reports/{year}/{month}/transactions": func(c client, _ json.RawMessage) (any, error) {
			return c.GetMonthlyReport(ctx, 2024, time.October)
		},
	}
}

// The client sends what the page shows, to the byte, and loses nothing of what
// the page answers.
func TestClientSpeaksAsDocumented(t *testing.T) {
	send := calls(t)
	for operation, r := range loadRecorded(t) {
		t.Run(r.Page, func(t *testing.T) {
			call, ok := send[operation]
			if !ok {
				t.Fatalf("no method of the client sends %s", operation)
			}
			var got *http.Request
			var body []byte
			client := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				got = req
				body, _ = io.ReadAll(req.Body)
				w.WriteHeader(r.Status)
				_, _ = w.Write(r.Response)
			}), "key")
			answer, err := call(client, r.Request)
			if err != nil {
				t.Fatal(err)
			}
			if got.Method != r.Method || got.URL.EscapedPath() != r.Path || got.URL.RawQuery != r.Query {
				t.Errorf("sent %s %s?%s, want %s %s?%s", got.Method, got.URL.EscapedPath(), got.URL.RawQuery, r.Method, r.Path, r.Query)
			}
			if key := got.Header.Get("Authorization"); key != "Bearer key" {
				t.Errorf("Authorization is %q", key)
			}
			if diff := cmp.Diff(resttest.Compact(t, r.Request), string(body)); diff != "" || len(body) != r.ContentLength {
				t.Errorf("body (%d bytes, documented %d): -documented +sent\n%s", len(body), r.ContentLength, diff)
			}
			if r.Response == nil {
				return
			}
			whole, err := json.Marshal(answer)
			if err != nil {
				t.Fatal(err)
			}
			documented := bytes.ReplaceAll(r.Response, []byte(`"kubeconfig": "text"`), []byte(`"kubeconfig": "[secret]"`)) // never encoded
			if diff := cmp.Diff(parse(t, documented), parse(t, whole)); diff != "" {
				t.Errorf("the answer lost something: -documented +decoded\n%s", diff)
			}
		})
	}
}

// Every operation of the client is on the page, or in the list of those that are not.
func TestEveryOperationIsRecorded(t *testing.T) {
	recordings, excused := loadRecorded(t), unrecorded()
	directives := resttest.Operations(t)
	for _, operation := range directives {
		_, isRecorded := recordings[operation]
		_, isExcused := excused[operation]
		if isRecorded == isExcused {
			t.Errorf("%s: recorded %t, listed as unrecorded %t", operation, isRecorded, isExcused)
		}
	}
	for operation := range recordings {
		if !slices.Contains(directives, operation) {
			t.Errorf("%s is recorded and no method declares it", operation)
		}
	}
	for operation := range excused {
		if !slices.Contains(directives, operation) {
			t.Errorf("%s is excused and no method declares it", operation)
		}
	}
}

// The sandbox answers each operation in the shape that the page shows: the same
// members of the same types, all the way down.
func TestSandboxAnswersAsDocumented(t *testing.T) {
	shape := resttest.Shape{
		Nullable: []string{".timestamp_completion", ".timestamp_deletion", ".warning"},
		Empty:    []string{".tags", ".location_ids_with_availability", ".order_ids"},
		Sample:   "h100-sxm5-80gb",
	}
	all := loadRecorded(t)
	for _, operation := range slices.Sorted(maps.Keys(all)) {
		r := all[operation]
		t.Run(r.Page, func(t *testing.T) {
			h := newHouse(t)
			path, body := h.realise(t, r)
			if r.Operation == "GET /api/v1/billing/transactions" {
				path += "?types=virtual_machine" // the page shows a charge; deposits have other members
			}
			client := newRawServer(t, h)
			status, answer := client.send(t, r.Method, path, body)
			if status != r.Status {
				t.Fatalf("status %d, documented %d: %s", status, r.Status, answer)
			}
			if r.Response != nil {
				shape.Compare(t, parse(t, r.Response), parse(t, answer))
			}
		})
	}
}

// realise replaces the page's placeholder IDs with IDs of the sandbox.
func (h house) realise(t *testing.T, r resttest.Example) (path string, body []byte) {
	t.Helper()
	places, err := h.client.ListLocations(t.Context(), voltagepark.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := h.client.ListSSHKeys(t.Context(), voltagepark.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	location := string(places.Results[0].ID)
	id := string(h.firstVM())
	body = bytes.Replace(r.Request, []byte(documentedID), []byte(h.offers(t)[0].ID), 1) // config_id
	switch {
	case strings.Contains(r.Operation, "/storage"):
		rental := cloud.MachineRef(h.sandbox.PutRental("cluster-1", "Running"))
		attached := h.sandbox.PutVolume("datasets", 1, rental)
		id = string(attached)
		if r.Method == http.MethodDelete {
			id = string(h.sandbox.PutVolume("scratch", 1)) // one that is attached is refused
		}
		body = r.Request
		for _, sample := range []string{"19793722-5ca1-4791-a412-86a3b9c8050c", documentedID} {
			body = bytes.ReplaceAll(body, []byte(sample), []byte(rental))
		}
	case strings.Contains(r.Operation, "{location_id}"):
		id = location
	case strings.Contains(r.Operation, "{hostnode_id}"):
		id = string(places.Results[0].HostNodes[0].ID)
	case strings.Contains(r.Operation, "{instant_deploy_preset_id}"):
		id = string(h.offers(t)[0].ID)
	case r.Operation == "POST /api/v1/bare-metal/":
		body = []byte(strings.NewReplacer("a3111bd4-550a-47d0-838a-0a52bff2ae3f", location,
			`"gpu_count": 1`, `"gpu_count": 8`, `"storage_id": "`+documentedID, `"storage_id": "`+string(h.sandbox.PutVolume("data", 100))).Replace(string(r.Request)))
	case strings.Contains(r.Operation, "/bare-metal/"):
		data := h.sandbox.PutVolume("data", 100)
		rental := h.rent(t, 16, func(s *voltagepark.RentalSpec) { s.StorageID, s.SubOrder = data, "12345" })
		id = string(rental.ID)
		body = bytes.Replace(r.Request, []byte(`"public_ips": [
    "text"`), []byte(`"public_ips": [
    "`+string(rental.Nodes[0].PublicIP)+`"`), 1)
	case strings.Contains(r.Operation, "{ssh_key_id}"):
		id = string(keys.Results[0].ID)
	case r.Operation == "POST /api/v1/organization/ssh-keys": // the page's key is cut
		return r.Path, bytes.Replace(r.Request, []byte(cutKey), []byte(public), 1)
	}
	body = bytes.ReplaceAll(body, []byte(documentedID), []byte(keys.Results[0].ID))
	now := h.kit.Clock.Now().Format("2006/1")
	return strings.NewReplacer(documentedID, id, "2024/10", now).Replace(r.Path), body
}

func parse(t *testing.T, raw []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return v
}

// The page's samples have placeholder texts, and has_next after the only row: the adapter
// reads them whole and requests one page.
func TestPlaceholdersAreReadAndDoNotPageForever(t *testing.T) {
	all := loadRecorded(t)
	t.Run("VMs", func(t *testing.T) {
		p := answering(t, http.StatusOK, string(all["GET /api/v1/virtual-machines/"].Response))
		page, err := p.ListVMs(t.Context(), cloud.PageRequest{Limit: 1})
		if err != nil || len(page.Items) != 1 || page.Next != "" {
			t.Fatalf("page %+v, error %v", page, err)
		}
		vm := page.Items[0]
		if vm.Price.Known() || vm.Price.Unknown == "" || vm.Name != "text" || vm.Login != "" {
			t.Errorf("price %+v, name %q, login %q", vm.Price, vm.Name, vm.Login)
		}
	})
	t.Run("SSH keys", func(t *testing.T) {
		p := answering(t, http.StatusOK, string(all["GET /api/v1/organization/ssh-keys"].Response))
		page, err := p.ListSSHKeys(t.Context(), cloud.PageRequest{})
		if err != nil || len(page.Items) != 1 || page.Next != "" || page.Items[0].Fingerprint != "" {
			t.Fatalf("page %+v, error %v", page, err)
		}
	})
	t.Run("transactions", func(t *testing.T) {
		p := answering(t, http.StatusOK, string(all["GET /api/v1/billing/transactions"].Response))
		page, err := p.ListTransactions(t.Context(), cloud.TransactionFilter{}, cloud.PageRequest{})
		if err != nil || len(page.Items) != 1 || page.Next != "" || page.Items[0].Total != nil || page.Items[0].ResourceID != documentedID {
			t.Fatalf("page %+v, error %v", page, err)
		}
	})
	t.Run("presets", func(t *testing.T) {
		p := answering(t, http.StatusOK, string(all["GET /api/v1/instant-deploy-presets/{instant_deploy_preset_id}"].Response))
		offer, err := p.GetOffer(t.Context(), documentedID)
		if err != nil || offer.Total.Unknown == "" || !*offer.InStock {
			t.Fatalf("offer %+v, error %v", offer, err)
		}
	})
}

// The API page prints an example of each of its operations; they are unchanged.
func TestPrintedExamplesAreUntouched(t *testing.T) {
	resttest.Printed(t, loadRecorded(t), map[string]string{
		"DELETE /api/v1/organization/ssh-keys/{ssh_key_id}":              "6e340b9cffb37a98",
		"POST /api/v1/organization/ssh-keys":                             "83c8e276a34e224c",
		"DELETE /api/v1/bare-metal/{baremetal_rental_id}":                "6e340b9cffb37a98",
		"DELETE /api/v1/storage/{storage_id}":                            "6e340b9cffb37a98",
		"GET /api/v1/bare-metal/":                                        "bd7308456d3dab1d",
		"GET /api/v1/storage/":                                           "ec238ee024f2e46d",
		"GET /api/v1/storage/hourly-rate":                                "a0c6d109924c987c",
		"GET /api/v1/storage/{storage_id}":                               "81bb8e5e2c72aa40",
		"PATCH /api/v1/bare-metal/{baremetal_rental_id}":                 "fba1bdcd4ccc75f7",
		"PATCH /api/v1/storage/{storage_id}":                             "25744fab4f5fc0ac",
		"POST /api/v1/bare-metal/":                                       "61e24a3a7813ed75",
		"POST /api/v1/bare-metal/{baremetal_rental_id}/reboot":           "5558d899fde8ed8d",
		"POST /api/v1/storage/":                                          "94df6626e14ec757",
		"POST /api/v1/validate/cloudinit":                                "e9235180fe1c9a6f",
		"PUT /api/v1/bare-metal/{baremetal_rental_id}/power-status":      "08f5e84c91da609f",
		"DELETE /api/v1/virtual-machines/{virtual_machine_id}":           "6e340b9cffb37a98",
		"GET /api/v1/bare-metal/locations":                               "d4b6d56d99685a50",
		"GET /api/v1/billing/hourly-rate":                                "e62d57c46c8f54af",
		"GET /api/v1/billing/reports/{year}/{month}/transactions":        "69be5879444bb960",
		"GET /api/v1/billing/transactions":                               "607d2bd710c19563",
		"GET /api/v1/hostnodes/{hostnode_id}":                            "1c001158ca09cda1",
		"GET /api/v1/instant-deploy-presets/":                            "3503924a3339fe5c",
		"GET /api/v1/instant-deploy-presets/{instant_deploy_preset_id}":  "1400f7f080a5dc11",
		"GET /api/v1/locations/":                                         "e075de8f47321eb3",
		"GET /api/v1/locations/{location_id}":                            "d90d326a44a4e907",
		"GET /api/v1/organization/ssh-keys":                              "b83e31bb32882f46",
		"GET /api/v1/virtual-machines/":                                  "4582d799ce959a24",
		"GET /api/v1/virtual-machines/{virtual_machine_id}":              "87e6a523b7439892",
		"PATCH /api/v1/virtual-machines/{virtual_machine_id}":            "fba1bdcd4ccc75f7",
		"POST /api/v1/virtual-machines/instant":                          "4119b396e31e19da",
		"PUT /api/v1/virtual-machines/{virtual_machine_id}/power-status": "b8ee387a2ae1165b",
	})
}
