package tools

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

type checkCloudInitInput struct {
	Account   cloud.AccountName       `json:"account" jsonschema_description:"The account whose cloud is asked."`
	Machine   cloud.InitScriptMachine `json:"machine" jsonschema_description:"What it is for: a VM of create_vm or a rental of create_rental."`
	CloudInit cloud.InitScript        `json:"cloud_init" jsonschema_description:"Exactly what the create is to be given."`
}

func checkCloudInit(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.InitScriptChecker](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "check_cloud_init",
		Title:       "Check cloud-init",
		Toolset:     voltageparkExtra,
		Description: "Ask the cloud whether it would take a cloud-init, before a machine is made with it. Nothing is made. It does not say that the commands in it work.",
		Schema:      []schema.Option{schema.Enum("account", names(accounts)...)},
	}, func(ctx context.Context, in checkCloudInitInput) (cloud.InitScriptVerdict, error) {
		if in.CloudInit.Empty() {
			return cloud.InitScriptVerdict{}, tool.Errorf(tool.CodeInvalidArguments, "Give packages, write_files or runcmd.", "cloud_init: there is nothing in it to check.")
		}
		c, err := find(accounts, in.Account)
		if err != nil {
			return cloud.InitScriptVerdict{}, err
		}
		return c.CheckCloudInit(ctx, in.Machine, in.CloudInit)
	})
}
