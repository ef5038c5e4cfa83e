package tools

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type listImagesInput struct {
	Account    cloud.AccountName `json:"account,omitempty" jsonschema_description:"Only this account."`
	LocationID cloud.LocationID  `json:"location_id,omitempty" jsonschema_description:"Images of this location (GPCN)."`
	VMID       cloud.VMID        `json:"vm_id,omitempty" jsonschema_description:"Images that this VM can be given (HostUp)."`
	tool.Page
}

type listImagesOutput struct {
	Images            []cloud.Image  `json:"images" jsonschema_description:"Images."`
	ReservedUsernames []string       `json:"reserved_usernames,omitempty" jsonschema_description:"User names that none of them takes."`
	NextCursor        string         `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
	Failures          []tool.Failure `json:"failures,omitempty" jsonschema_description:"Accounts that could not be read."`
}

func listImages(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.ImageLister](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "list_images",
		Title:       "List images",
		Description: "List operating systems with exact IDs and how one gets in (SSH key, password, user name). A cloud needs the location or the VM; it says which.",
		Schema:      anyAccount(accounts),
	}, func(ctx context.Context, in listImagesInput) (listImagesOutput, error) {
		var reserved []string
		got, err := gather(ctx, accounts, in.Account, in.Page,
			func(ctx context.Context, a cloud.Capable[cloud.ImageLister], page cloud.PageRequest) (cloud.Page[cloud.Image], []string, error) {
				p, err := a.Cloud.ListImages(ctx, cloud.ImageQuery{LocationID: in.LocationID, VMID: in.VMID}, page)
				reserved = p.ReservedUsernames
				return p.Page, nil, err
			})
		return listImagesOutput{got.rows, reserved, got.next, got.failures}, err
	})
}
