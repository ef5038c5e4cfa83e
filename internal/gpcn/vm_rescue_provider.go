package gpcn

import (
	"context"
	"strings"

	"countersign/internal/cloud"
)

var _ cloud.VMRescuer = (*Provider)(nil)

const operationRescue = "rescue VM"

// InRescue reports whether a machine is in rescue, or on its way there.
func (*Provider) InRescue(vm cloud.VM) bool {
	return Status(vm.Status).Is(StatusRescue, StatusRescuing)
}

// PlanRescue confirms the image in the data center of the machine. That rescue images
// are in the list for creates, and custom ones in the category of that name, is
// [inferred]; an image that is not there is refused.
func (p *Provider) PlanRescue(ctx context.Context, vm cloud.VM, image cloud.RescueImage) ([]cloud.Fact, []string, error) {
	if err := p.checkRescue(vm); err != nil {
		return nil, nil, err
	}
	if Status(vm.Status).Is(StatusProvisioning) {
		return nil, nil, p.refuse(cloud.ErrBlocked, operationRescue, "the machine is not fully provisioned yet", "Read its state with get_vm and call again when it runs.")
	}
	catalogue, err := p.client.ListImages(ctx, vm.LocationID)
	if err != nil {
		return nil, nil, err
	}
	var offered []Image
	for _, category := range catalogue.Categories {
		if strings.EqualFold(category.Name, "custom") == (image.Source == cloud.RescueFromCustom) {
			offered = append(offered, category.Images...)
		}
	}
	want := lookup{operationRescue, "image_id", string(image.ID), string(image.Source) + " image in this machine's data center", "list_images with location_id"}
	found, err := confirm(p, want, offered, func(i Image) cloud.Candidate { return cloud.Candidate{ID: string(i.ID), Name: i.Name} })
	if err != nil {
		return nil, nil, err
	}
	var out facts
	out.add("source", string(image.Source))
	out.addNamed("image_id", string(found.ID), found.Name)
	return out, []string{
		"The machine reboots from this image. What runs on it stops, and stays stopped until end_rescue.",
		"Whoever gets into the rescue system reaches all that is on the machine's disk. How one logs in there is not documented.",
		"That its charge goes on meanwhile is assumed.",
	}, nil
}

func (p *Provider) checkRescue(vm cloud.VM) error {
	if vm.Kind == vmBlock {
		return nil
	}
	return p.refuse(cloud.ErrUnsupported, operationRescue, "GPCN documents no rescue of GPU VMs", "Ask the user to use GPCN's console.")
}

// RescueVM starts to boot a machine from the image.
func (p *Provider) RescueVM(ctx context.Context, id cloud.VMID, image cloud.RescueImage) (cloud.Accepted, error) {
	return cloud.ByUUID(p.account, operationRescue, id, func(id cloud.VMID) (cloud.Accepted, error) {
		return begun(p.client.RescueVM(ctx, id, RescueOrder{SourceType: string(image.Source), SourceImageID: ImageID(image.ID)}))
	})
}

// PlanEndRescue returns what the end of a rescue interrupts.
func (p *Provider) PlanEndRescue(_ context.Context, vm cloud.VM) ([]string, error) {
	if err := p.checkRescue(vm); err != nil {
		return nil, err
	}
	out := []string{"The machine reboots from its own disk; what is being done in the rescue system stops."}
	if Status(vm.Status).Is(StatusRescuing) {
		out = append(out, "It is on its way into rescue now; GPCN may refuse.")
	}
	return out, nil
}

// EndRescue starts to boot a machine from its own disk again.
func (p *Provider) EndRescue(ctx context.Context, id cloud.VMID) (cloud.Accepted, error) {
	return cloud.ByUUID(p.account, operationRescue, id, func(id cloud.VMID) (cloud.Accepted, error) {
		return begun(p.client.EndRescue(ctx, id))
	})
}
