package tools

import (
	"time"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

// Env is what the tools need from the program.
type Env struct {
	Accounts cloud.Accounts
	// Unconfigured are clouds without a key, and how to give them one.
	Unconfigured []Unconfigured
	Operations   tool.Operations
	// Grants are the standing grants; if nil, the tools for grants are left out.
	Grants tool.Grants
	// CallersConfirm says that the rules leave some calls to their callers.
	CallersConfirm bool
	// Unmarked disables the mark that is otherwise put on created things.
	Unmarked bool
	// Files is where tools save secrets; if nil, those tools are left out.
	Files tool.SecretFiles
	// Toolsets are the enabled toolsets; none means the default one.
	Toolsets []string
	// Now returns the current time; if nil, the system clock is used.
	Now func() time.Time
	// Allows reports whether a tool whose highest effect is ceiling can ever be
	// allowed by the rules; if nil, all are.
	Allows func(ceiling tool.Effect) bool
}

// Unconfigured is a cloud that has no account.
type Unconfigured struct {
	Cloud     cloud.Vendor `json:"cloud" jsonschema_description:"The cloud."`
	Variables []string     `json:"variables" jsonschema_description:"Environment variables of the server, one of which holds its key or names where it is."`
}

// All returns every tool that the configured accounts can serve and the rules
// allow, in the order of the list below. It ignores which toolsets are enabled.
func All(env Env) []*tool.Definition {
	var served []*tool.Definition
	for _, construct := range constructors() {
		if d := construct(env); d != nil && (env.Allows == nil || env.Allows(d.Effect)) {
			served = append(served, d)
		}
	}
	return served
}

// anyAccount restricts the account argument of a list to the accounts that can
// serve it.
func anyAccount[C any](accounts []cloud.Capable[C]) []schema.Option {
	return []schema.Option{schema.Enum("account", names(accounts)...)}
}

func names[C any](accounts []cloud.Capable[C]) []string {
	var all []string
	for _, a := range accounts {
		all = append(all, string(a.Account))
	}
	return all
}

// find returns the cloud of the account with that name. The schema has already
// refused names of other accounts.
func find[C any](accounts []cloud.Capable[C], name cloud.AccountName) (C, error) {
	for _, a := range accounts {
		if a.Account == name {
			return a.Cloud, nil
		}
	}
	var none C
	return none, tool.Errorf(tool.CodeUnknownAccount, "list_accounts has the configured accounts.", "No configured account of that name can do this.")
}

// constructors returns the constructors of all tools. Each returns nil if no
// account can serve its tool.
func constructors() []func(Env) *tool.Definition {
	return []func(Env) *tool.Definition{
		listAccounts,
		listLocations, listOffers, compareOffers, listImages, listNetworks, listResourceGroups,
		listVMs, getVM, createVM, updateVM, powerVM, deleteVM, cancelVMDeletion,
		listSSHKeys, renameSSHKey, getSSHKey, addSSHKey, deleteSSHKey, listSSHKeyAlgorithms, generateSSHKey,
		generatePassword, saveJupyterURL,
		listCosts, getBilling, listTransactions,
		listVolumes, getVolume, listVolumeOffers, createVolume, updateVolume, deleteVolumes,
		listRentals, getRental, createRental, updateRental, powerRental, rebootRentalNodes, removeRentalNodes, deleteRental, saveKubeconfig,
		checkCloudInit, getOrganization, relocateVM,
		resizeVM,
		getVMStatus, getVMMetrics, listVMDisks, getVMNetwork, listVMSSHKeys, listVMDeletions,
		listSnapshots, createSnapshot, restoreSnapshot, listBackups, createBackup, restoreBackup,
		getNetwork, createNetwork, updateNetwork, deleteNetwork, listVMInterfaces, updateVMInterfaces,
		getResourceGroup, createResourceGroup, updateResourceGroup, deleteResourceGroup,
		rescueVM, endRescue, stopGPCNGPUs, deleteGPCNGPUs,
		getOperation, listOperations, waitOperation, cancelOperation, confirmOperation,
		requestGrant, listGrants, revokeGrant,
	}
}
