package hostup_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/hostup"
)

func TestGates(t *testing.T) {
	reason, code := "Busy.", "pending_order"
	open := &hostup.Gate{Allowed: true}
	tests := []struct {
		name, body string
		want       *hostup.Gate // canStart
	}{
		{"open", `{"actions":{"canStart":{"allowed":true,"reason":null,"code":null}}}`, open},
		{"open without words", `{"actions":{"canStart":{"allowed":true}}}`, open},
		{"closed", `{"actions":{"canStart":{"allowed":false,"reason":"Busy.","code":"pending_order"}}}`, &hostup.Gate{Reason: &reason, Code: &code}},
		{"reason of another type", `{"actions":{"canStart":{"allowed":false,"reason":7,"code":"pending_order"}}}`, &hostup.Gate{Code: &code}},
		{"another gate", `{"actions":{"canStop":{"allowed":true}}}`, nil},
		{"no gates", `{"actions":{}}`, nil},
		{"no actions", `{}`, nil},
		{"null actions", `{"actions":null}`, nil},
		{"actions of another type", `{"actions":["canStart"]}`, nil},
		{"null gate", `{"actions":{"canStart":null}}`, nil},
		{"gate that says nothing", `{"actions":{"canStart":{"reason":"Busy."}}}`, nil},
		{"gate with a word for a flag", `{"actions":{"canStart":{"allowed":"yes"}}}`, nil},
		{"gate of another type", `{"actions":{"canStart":true}}`, nil},
		{"beside garbage", `{"actions":{"note":"x","canMove":[1],"canStart":{"allowed":true}}}`, open},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var details hostup.VPSDetails
			if err := json.Unmarshal([]byte(tt.body), &details); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, details.Actions.Get(hostup.CanStart)); diff != "" {
				t.Errorf("gate (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOptionsOfAnotherForm(t *testing.T) {
	tests := []struct {
		name, body string
		want       hostup.DeploymentOptions
	}{
		{"as they are thought to be", `{"regions":[{"id":"stockholm","name":"Stockholm"}],"limits":{"cpuCores":{"min":1,"max":32}}}`, hostup.DeploymentOptions{
			Regions: hostup.Regions{{ID: "stockholm", Name: "Stockholm"}},
			Limits:  hostup.ResourceLimits{CPUCores: hostup.Range{Min: "1", Max: "32"}},
		}},
		{"regions by their IDs", `{"regions":["stockholm","malmo"]}`, hostup.DeploymentOptions{Regions: hostup.Regions{{ID: "stockholm"}, {ID: "malmo"}}}},
		{"regions by regionId", `{"regions":[{"regionId":"stockholm","city":"Stockholm"}]}`, hostup.DeploymentOptions{Regions: hostup.Regions{{ID: "stockholm"}}}},
		{"rows that say nothing", `{"regions":[null,7,{},"",{"id":9},{"id":"malmo","name":3}]}`, hostup.DeploymentOptions{Regions: hostup.Regions{{ID: "malmo"}}}},
		{"regions as an object", `{"regions":{"stockholm":{}},"available":true}`, hostup.DeploymentOptions{Available: true}},
		{"limits as a list", `{"limits":[1],"available":true}`, hostup.DeploymentOptions{Available: true}},
		{"limits without ranges", `{"limits":{"cpuCores":32,"memoryGb":{"min":1}}}`, hostup.DeploymentOptions{
			Limits: hostup.ResourceLimits{MemoryGB: hostup.Range{Min: "1"}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got hostup.DeploymentOptions
			if err := json.Unmarshal([]byte(tt.body), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
		})
	}
}
