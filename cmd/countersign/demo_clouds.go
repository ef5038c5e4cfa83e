package main

import (
	"errors"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// The names of the machines on the two other clouds. The sandboxes have no other
// machines of these names.
const (
	demoGPCNName   = "api-1"
	demoHostUpName = "mail-1"
)

// The parts of the outputs that the story reads on the two other clouds.
type (
	demoLocations struct {
		Locations []struct {
			ID cloud.LocationID `json:"id"`
		} `json:"locations"`
	}
	demoOffers struct {
		Offers []cloud.Offer `json:"offers"`
	}
	demoImages struct {
		Images []struct {
			ID cloud.ImageID `json:"id"`
		} `json:"images"`
	}
	demoCosts struct {
		Totals []struct {
			Currency  string      `json:"currency"`
			Machines  int         `json:"machines"`
			PerHour   cloud.Money `json:"per_hour"`
			Per30Days cloud.Money `json:"per_30_days"`
		} `json:"totals"`
		Unknown []struct {
			Account  string `json:"account"`
			Machines int    `json:"machines"`
			Why      string `json:"why"`
		} `json:"unknown"`
	}
)

// demoPlace restricts a list to one location of an account.
type demoPlace struct {
	Account    string           `json:"account"`
	LocationID cloud.LocationID `json:"location_id,omitempty"`
}

type demoCreateGPCN struct {
	Account string `json:"account"`
	Block   struct {
		Name         string           `json:"name"`
		DatacenterID cloud.LocationID `json:"datacenter_id"`
		SKUID        cloud.OfferID    `json:"sku_id"`
		ImageID      cloud.ImageID    `json:"image_id"`
		AuthMethod   string           `json:"auth_method"`
		SSHKeyID     cloud.SSHKeyID   `json:"ssh_key_id"`
	} `json:"gpcn_vm"`
}

// createGPCN looks up every ID that GPCN needs, creates a VM and waits for the
// cloud's job.
func (s *story) createGPCN() (string, error) {
	s.say("\nThe same tools on GPCN, which makes machines in jobs and publishes no prices:")
	account := demoPlace{Account: "gpcn"}
	places, err := call1[demoLocations](s, "list_locations", account)
	if err != nil || len(places.Locations) == 0 {
		return "", errors.Join(err, errors.New("GPCN's sandbox has no location"))
	}
	account.LocationID = places.Locations[0].ID
	offers, offersErr := call1[demoOffers](s, "list_offers", account)
	images, imagesErr := call1[demoImages](s, "list_images", account)
	keys, keysErr := call1[demoKeys](s, "list_ssh_keys", demoAccount{"gpcn"})
	if err := errors.Join(offersErr, imagesErr, keysErr); err != nil {
		return "", err
	}
	if len(offers.Offers) == 0 || len(images.Images) == 0 || len(keys.SSHKeys) == 0 {
		return "", errors.New("GPCN's sandbox lacks an offer, an image or a key")
	}
	create := demoCreateGPCN{Account: "gpcn"}
	create.Block.Name, create.Block.AuthMethod = demoGPCNName, "ssh-key"
	create.Block.DatacenterID, create.Block.SKUID = account.LocationID, offers.Offers[0].ID
	create.Block.ImageID, create.Block.SSHKeyID = images.Images[0].ID, keys.SSHKeys[0].ID
	return s.make(create)
}

type demoSize struct {
	VCPUs     int `json:"vcpus"`
	RAMGB     int `json:"ram_gb"`
	StorageGB int `json:"storage_gb"`
	Limit     int `json:"limit"`
}

type demoCreateHostUp struct {
	Account string `json:"account"`
	Block   struct {
		Name      string        `json:"name"`
		Region    cloud.OfferID `json:"region"`
		Cores     int           `json:"cpu_cores"`
		MemoryGB  int           `json:"memory_gb"`
		StorageGB int           `json:"storage_gb"`
	} `json:"hostup_vps"`
}

// createHostUp compares small machines in dollars and in kronor, and creates one
// that is sold by the unit.
func (s *story) createHostUp() (string, error) {
	s.say("\nAnd on HostUp, which sells by the unit and in crowns:")
	size := demoSize{VCPUs: 2, RAMGB: 4, StorageGB: 80, Limit: 2}
	got, err := call1[demoCompared](s, "compare_offers", size)
	if err != nil {
		return "", err
	}
	create := demoCreateHostUp{Account: "hostup"}
	for _, group := range got.Currencies {
		for _, o := range group.Offers {
			s.offer(o)
			if o.Block == "hostup_vps" && create.Block.Region == "" {
				create.Block.Region = o.ID
			}
		}
	}
	create.Block.Name, create.Block.Cores, create.Block.MemoryGB, create.Block.StorageGB = demoHostUpName, size.VCPUs, size.RAMGB, size.StorageGB
	return s.make(create)
}

// make creates a machine and waits until it exists.
func (s *story) make(create any) (string, error) {
	made, err := call1[tool.Outcome](s, "create_vm", create)
	if err != nil {
		return "", err
	}
	if made, err = s.settled(made); err != nil {
		return "", err
	}
	if len(made.IDs) != 1 {
		return "", fmt.Errorf("create_vm answered with %d IDs", len(made.IDs))
	}
	return made.IDs[0].ID, nil
}

// demoOperation is the input of get_operation and wait_operation; the other type is
// the part of their output that the story reads.
type (
	demoOperation struct {
		Operation string `json:"operation"`
	}
	demoState struct {
		State string        `json:"state"`
		IDs   []tool.MadeID `json:"ids"`
	}
)

// settled waits until the cloud's jobs of an operation have ended.
func (s *story) settled(o tool.Outcome) (tool.Outcome, error) {
	s.say("  %s: %s", o.Status, o.Summary)
	if o.Status != tool.StatusRunning {
		return o, nil
	}
	got, err := call1[demoState](s, "wait_operation", demoOperation{o.Operation})
	if err != nil {
		return o, err
	}
	s.say("  %s", got.State)
	if got.State != string(tool.StatusDone) {
		return o, fmt.Errorf("operation %s ended as %s", o.Operation, got.State)
	}
	o.IDs = got.IDs
	return o, nil
}

// costs adds up the costs of the running machines on all clouds.
func (s *story) costs() error {
	s.say("\nWhat all of it costs:")
	got, err := call1[demoCosts](s, "list_costs", struct{}{})
	if err != nil {
		return err
	}
	for _, t := range got.Totals {
		s.say("  %d machine(s): %s per hour, %s per 30 days", t.Machines, t.PerHour, t.Per30Days)
	}
	for _, u := range got.Unknown {
		if u.Machines > 0 {
			s.say("  not in it: %d machine(s) of %s: %s", u.Machines, u.Account, u.Why)
		}
	}
	s.say("")
	return nil
}
