package gpcn_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/rest/resttest"
)

// recordings are the documented requests and responses. Pages "Create a new virtual
// machine" and "Update a GPU VM" print theirs, though no status; the others are
// composed from documented parts.
const recordings = "../../testdata/api/gpcn"

// documentedID stands for every ID in the pages' samples.
const documentedID = "123e4567-e89b-12d3-a456-426614174000"

func loadRecorded(t *testing.T) map[string]resttest.Example {
	t.Helper()
	return resttest.LoadByOperation(t, recordings)
}

// reply puts what a method of the client returned back into the parts of the
// envelope that it came from.
type reply struct {
	Data any
	Meta any
}

// data is the reply of a method that returns the data alone.
func data(v any, err error) (reply, error) { return reply{Data: v}, err }

// page is the reply of a method that returns a list.
func page[T any](list gpcn.List[T], err error) (reply, error) {
	return reply{list.Items, list.Meta}, err
}

// jobs is the reply of a method that returns jobs.
func jobs[T ~[]gpcn.Job](list T, err error) (reply, error) {
	return reply{Data: map[string]any{"jobs": list}}, err
}

// calls makes the client send the documented request of an operation.
func calls(t *testing.T) map[string]func(*gpcn.Client, json.RawMessage) (reply, error) {
	ctx := t.Context()
	type client = *gpcn.Client
	none := gpcn.ListOptions{}
	return map[string]func(client, json.RawMessage) (reply, error){
		"GET /v1/resource/data-centers": func(c client, _ json.RawMessage) (reply, error) {
			return page(c.ListDataCenters(ctx, gpcn.DataCenterFilter{}))
		},
		"GET /v1/resource/data-centers/{id}/virtual-machine-sizes": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.ListSizes(ctx, documentedID, ""))
		},
		"GET /v1/resource/data-centers/{id}/virtual-machine-images": func(c client, _ json.RawMessage) (reply, error) {
			images, err := c.ListImages(ctx, documentedID)
			return reply{images.Categories, images.Meta}, err
		},
		"GET /v1/resource/gpu/inventory": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.GetGPUInventory(ctx, gpcn.InventoryFilter{}))
		},
		"GET /v1/resource/gpu": func(c client, _ json.RawMessage) (reply, error) {
			return page(c.ListGPUs(ctx, gpcn.GPUFilter{}))
		},
		"POST /v1/resource/gpu": func(c client, body json.RawMessage) (reply, error) {
			return jobs(c.CreateGPU(ctx, decode[gpcn.GPUCreate](t, body)))
		},
		"GET /v1/resource/gpu/{id}": func(c client, _ json.RawMessage) (reply, error) { return data(c.GetGPU(ctx, documentedID)) },
		"PUT /v1/resource/gpu/{id}": func(c client, body json.RawMessage) (reply, error) {
			return data(c.UpdateGPU(ctx, documentedID, decode[gpcn.GPUUpdate](t, body)))
		},
		"DELETE /v1/resource/gpu/{id}": func(c client, _ json.RawMessage) (reply, error) { return data(c.DeleteGPU(ctx, documentedID)) },
		"POST /v1/resource/gpu/bulk/stop": func(c client, body json.RawMessage) (reply, error) {
			return data(c.StopGPUs(ctx, decode[struct{ IDs []cloud.VMID }](t, body).IDs...))
		},
		"GET /v1/resource/virtual-machines": func(c client, _ json.RawMessage) (reply, error) {
			return page(c.ListVMs(ctx, gpcn.VMFilter{}))
		},
		"POST /v1/resource/virtual-machines": func(c client, body json.RawMessage) (reply, error) {
			return jobs(c.CreateVMs(ctx, decode[gpcn.VMCreate](t, body)))
		},
		"GET /v1/resource/virtual-machines/{id}": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.GetVM(ctx, documentedID))
		},
		"PUT /v1/resource/virtual-machines/{id}": func(c client, body json.RawMessage) (reply, error) {
			return reply{}, c.UpdateVM(ctx, documentedID, decode[gpcn.VMUpdate](t, body))
		},
		"PUT /v1/resource/virtual-machines/{id}/size": func(c client, body json.RawMessage) (reply, error) {
			return data(c.ResizeVM(ctx, documentedID, decode[struct{ SKUID cloud.OfferID }](t, body).SKUID))
		},
		"DELETE /v1/resource/virtual-machines/{id}": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.DeleteVM(ctx, documentedID))
		},
		"POST /v1/resource/virtual-machines/{id}/start": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.StartVM(ctx, documentedID))
		},
		"POST /v1/resource/virtual-machines/{id}/stop": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.StopVM(ctx, documentedID))
		},
		"GET /v1/resource/virtual-machines/{id}/network-interfaces": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.ListInterfaces(ctx, documentedID))
		},
		"GET /v1/resource/data-centers/{id}/volume-sizes": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.ListVolumeSizes(ctx, documentedID))
		},
		"GET /v1/resource/volumes":      func(c client, _ json.RawMessage) (reply, error) { return page(c.ListVolumes(ctx, none)) },
		"GET /v1/resource/volumes/{id}": func(c client, _ json.RawMessage) (reply, error) { return data(c.GetVolume(ctx, documentedID)) },
		"POST /v1/resource/volumes": func(c client, body json.RawMessage) (reply, error) {
			return data(c.CreateVolume(ctx, decode[gpcn.VolumeCreate](t, body)))
		},
		"PUT /v1/resource/volumes/{id}/resize": func(c client, body json.RawMessage) (reply, error) {
			return data(c.ResizeVolume(ctx, documentedID, decode[struct{ NewSizeGb int }](t, body).NewSizeGb))
		},
		"PUT /v1/resource/volumes/{id}/attach": func(c client, body json.RawMessage) (reply, error) {
			return data(c.AttachVolume(ctx, documentedID, decode[struct{ VirtualMachineID cloud.MachineRef }](t, body).VirtualMachineID))
		},
		"PUT /v1/resource/volumes/{id}/detach": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.DetachVolume(ctx, documentedID))
		},
		"POST /v1/resource/volumes/bulk/detach": func(c client, body json.RawMessage) (reply, error) {
			return jobs(c.DetachVolumes(ctx, decode[struct{ IDs []cloud.VolumeID }](t, body).IDs...))
		},
		"DELETE /v1/resource/volumes/{id}": func(c client, _ json.RawMessage) (reply, error) { return data(c.DeleteVolume(ctx, documentedID)) },
		"POST /v1/resource/virtual-machines/{id}/network-interfaces": func(c client, body json.RawMessage) (reply, error) {
			return data(c.AddInterface(ctx, documentedID, decode[struct{ NetworkID gpcn.NetworkID }](t, body).NetworkID))
		},
		"PUT /v1/resource/virtual-machines/{id}/network-interfaces/{nicId}": func(c client, _ json.RawMessage) (reply, error) {
			return reply{}, c.SetPrimaryInterface(ctx, documentedID, documentedID)
		},
		"DELETE /v1/resource/virtual-machines/{id}/network-interfaces/{nicId}": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.RemoveInterface(ctx, documentedID, documentedID))
		},
		"POST /v1/resource/virtual-machines/{id}/network-interfaces/{nicId}/public-ip": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.AllocatePublicIP(ctx, documentedID, documentedID))
		},
		"DELETE /v1/resource/virtual-machines/{id}/network-interfaces/{nicId}/public-ip": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.ReleasePublicIP(ctx, documentedID, documentedID))
		},
		"GET /v1/resource/ssh-keys":      func(c client, _ json.RawMessage) (reply, error) { return page(c.ListSSHKeys(ctx, none)) },
		"GET /v1/resource/ssh-keys/{id}": func(c client, _ json.RawMessage) (reply, error) { return data(c.GetSSHKey(ctx, documentedID)) },
		"PUT /v1/resource/ssh-keys/{id}": func(c client, body json.RawMessage) (reply, error) {
			return reply{}, c.RenameSSHKey(ctx, documentedID, decode[gpcn.SSHKeyRename](t, body).Name)
		},
		"GET /v1/resource/ssh-keys/algorithms": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.ListSSHKeyAlgorithms(ctx))
		},
		"POST /v1/resource/ssh-keys": func(c client, body json.RawMessage) (reply, error) {
			made, err := c.CreateSSHKey(ctx, decode[gpcn.SSHKeyCreate](t, body))
			return reply{Data: map[string]any{"id": made.ID, "privateKey": made.PrivateKey.Reveal()}}, err
		},
		"DELETE /v1/resource/ssh-keys/{id}": func(c client, _ json.RawMessage) (reply, error) {
			return reply{}, c.DeleteSSHKey(ctx, documentedID)
		},
		"GET /v1/resource/networks": func(c client, _ json.RawMessage) (reply, error) {
			return page(c.ListNetworks(ctx, gpcn.NetworkFilter{}))
		},
		"GET /v1/resource/networks/{id}": func(c client, _ json.RawMessage) (reply, error) { return data(c.GetNetwork(ctx, documentedID)) },
		"GET /v1/resource/networks/{id}/virtual-machines": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.ListNetworkVMs(ctx, documentedID))
		},
		"POST /v1/resource/networks": func(c client, body json.RawMessage) (reply, error) {
			return data(c.CreateNetwork(ctx, decode[gpcn.NetworkCreate](t, body)))
		},
		"PUT /v1/resource/networks/{id}": func(c client, body json.RawMessage) (reply, error) {
			return reply{}, c.UpdateNetwork(ctx, documentedID, decode[gpcn.NetworkUpdate](t, body))
		},
		"DELETE /v1/resource/networks/{id}": func(c client, _ json.RawMessage) (reply, error) { return data(c.DeleteNetwork(ctx, documentedID)) },
		"POST /v1/resource/gpu/bulk/delete": func(c client, body json.RawMessage) (reply, error) {
			return jobs(c.DeleteGPUs(ctx, decode[struct{ IDs []cloud.VMID }](t, body).IDs...))
		},
		"POST /v1/resource/virtual-machines/{id}/rescue": func(c client, body json.RawMessage) (reply, error) {
			return data(c.RescueVM(ctx, documentedID, decode[gpcn.RescueOrder](t, body)))
		},
		"DELETE /v1/resource/virtual-machines/{id}/rescue": func(c client, _ json.RawMessage) (reply, error) {
			return data(c.EndRescue(ctx, documentedID))
		},
		"GET /v1/resource-groups/{id}": func(c client, _ json.RawMessage) (reply, error) { return data(c.GetResourceGroup(ctx, documentedID)) },
		"POST /v1/resource-groups": func(c client, body json.RawMessage) (reply, error) {
			return data(c.CreateResourceGroup(ctx, decode[gpcn.ResourceGroupSettings](t, body)))
		},
		"PUT /v1/resource-groups/{id}": func(c client, body json.RawMessage) (reply, error) {
			return reply{}, c.UpdateResourceGroup(ctx, documentedID, decode[gpcn.ResourceGroupSettings](t, body))
		},
		"DELETE /v1/resource-groups/{id}": func(c client, _ json.RawMessage) (reply, error) {
			return reply{}, c.DeleteResourceGroup(ctx, documentedID)
		},
		"GET /v1/resource-groups": func(c client, _ json.RawMessage) (reply, error) { return page(c.ListResourceGroups(ctx, none)) },
		"POST /v1/resource/jobs": func(c client, body json.RawMessage) (reply, error) {
			return jobs(c.GetJobs(ctx, decode[struct{ JobIDs []gpcn.JobID }](t, body).JobIDs...))
		},
	}
}

func decode[T any](t *testing.T, raw []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return v
}

// The client sends what the page shows, to the byte, and loses nothing of what
// the page answers.
func TestClientSpeaksAsDocumented(t *testing.T) {
	send := calls(t)
	for operation, r := range loadRecorded(t) {
		t.Run(operation, func(t *testing.T) {
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
			if got.Method != r.Method || got.URL.RequestURI() != r.Path {
				t.Errorf("sent %s %s, want %s %s", got.Method, got.URL.RequestURI(), r.Method, r.Path)
			}
			if key, other := got.Header.Get("X-API-Key"), got.Header.Get("Authorization"); key != "key" || other != "" {
				t.Errorf("X-API-Key %q, Authorization %q", key, other)
			}
			if diff := cmp.Diff(resttest.Compact(t, r.Request), string(body)); diff != "" {
				t.Errorf("body: -documented +sent\n%s", diff)
			}
			whole, err := json.Marshal(answer)
			if err != nil {
				t.Fatal(err)
			}
			if r.Response == nil { // no content
				r.Response = json.RawMessage(`{}`)
			}
			documented := decode[struct{ Data, Meta json.RawMessage }](t, r.Response)
			want, err := json.Marshal(reply{orNull(documented.Data), orNull(documented.Meta)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(decode[any](t, want), decode[any](t, whole)); diff != "" {
				t.Errorf("the answer lost something: -documented +decoded\n%s", diff)
			}
		})
	}
}

// orNull keeps a nil message from being an encoding error.
func orNull(raw json.RawMessage) any {
	if raw == nil {
		return nil
	}
	return raw
}

// Every operation of the client is recorded, and the other way round.
func TestEveryOperationIsRecorded(t *testing.T) {
	directives := resttest.Operations(t)
	slices.Sort(directives)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(loadRecorded(t))), directives); diff != "" {
		t.Errorf("operations: -recorded +declared\n%s", diff)
	}
}

// The sandbox answers each operation in the documented shape: the same members
// of the same types, all the way down.
func TestSandboxAnswersAsDocumented(t *testing.T) {
	mayBeNull := []string{".errorMessage", ".estimatedCompletion", ".timeRemaining", ".deletedAt", ".jupyterUrl", ".primaryPublicIp", ".error"}
	shape := resttest.Shape{Nullable: mayBeNull, Unshown: mayBeNull, Empty: []string{".availability"}}
	all := loadRecorded(t)
	for _, operation := range slices.Sorted(maps.Keys(all)) {
		r := all[operation]
		t.Run(operation, func(t *testing.T) {
			h := newHouse(t)
			path, body := h.realise(t, r)
			w := h.raw(r.Method, path, body)
			if w.Code != r.Status {
				t.Fatalf("status %d, documented %d: %s", w.Code, r.Status, w.Body)
			}
			if r.Response == nil {
				if w.Body.Len() > 0 {
					t.Errorf("body %s, documented none", w.Body)
				}
				return
			}
			want, got := decode[map[string]any](t, r.Response), decode[map[string]any](t, w.Body.Bytes())
			for _, optional := range []string{"message", "data", "meta"} { // an envelope's members may be missing
				if _, there := want[optional]; !there {
					delete(got, optional)
				}
			}
			shape.Compare(t, want, got)
		})
	}
}

// raw sends a request without our client between.
func (h house) raw(method, path string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.Header.Set("X-API-Key", "sandbox")
	w := httptest.NewRecorder()
	h.sandbox.ServeHTTP(w, r)
	return w
}

// Two pages print their examples; those stand here as they were printed.
func TestPrintedExamplesAreUntouched(t *testing.T) {
	resttest.Printed(t, loadRecorded(t), map[string]string{
		"POST /v1/resource/virtual-machines": "a325bcaadcfada5f",
		"PUT /v1/resource/gpu/{id}":          "46339549ffe7f0b8",
	})
}
