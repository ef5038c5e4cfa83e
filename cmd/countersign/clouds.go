package main

import (
	"fmt"
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/gpcn"
	gpcnsandbox "countersign/internal/gpcn/sandbox"
	"countersign/internal/hostup"
	hostupsandbox "countersign/internal/hostup/sandbox"
	"countersign/internal/pricebook"
	"countersign/internal/rest"
	"countersign/internal/sandboxkit"
	"countersign/internal/voltagepark"
	voltageparksandbox "countersign/internal/voltagepark/sandbox"
	"countersign/tools"
)

// cloudEntry is one cloud that this program can be configured for.
type cloudEntry struct {
	vendor cloud.Vendor
	// prefix is the prefix of its environment variables.
	prefix string
	// baseURL is the vendor's base URL; a sandbox serves the same path.
	baseURL  string
	provider func(rest.Options, cloud.PriceBook) (cloud.Provider, error)
	sandbox  func(*sandboxkit.Kit) sandboxHandler
	// unpriced reports that the vendor publishes no prices; the operator's price
	// book can have them.
	unpriced bool
}

// sandboxHandler is a vendor's sandbox with the routes that control its state.
type sandboxHandler interface {
	http.Handler
	Control() http.Handler
}

// clouds returns all clouds. A new cloud is one line here and one package.
func clouds() []cloudEntry {
	return []cloudEntry{
		{gpcn.Vendor, "GPCN", gpcn.DefaultBaseURL, newGPCN, sandboxOf(gpcnsandbox.New), true},
		{hostup.Vendor, "HOSTUP", hostup.DefaultBaseURL, connector(hostup.NewClient, hostup.New), sandboxOf(hostupsandbox.New), false},
		{voltagepark.Vendor, "VOLTAGEPARK", voltagepark.DefaultBaseURL, connector(voltagepark.NewClient, voltagepark.New), sandboxOf(voltageparksandbox.New), false},
	}
}

// newGPCN returns the provider of the only vendor that needs a price book.
func newGPCN(opts rest.Options, book cloud.PriceBook) (cloud.Provider, error) {
	client, err := gpcn.NewClient(opts)
	if err != nil {
		return nil, err
	}
	return gpcn.New(opts.Account, client, gpcn.WithPriceBook(book)), nil
}

// connector returns a function that makes a provider from the client and the
// adapter of a vendor that publishes its prices.
func connector[C any, P cloud.Provider](newClient func(rest.Options) (C, error), newProvider func(cloud.AccountName, C) P) func(rest.Options, cloud.PriceBook) (cloud.Provider, error) {
	return func(opts rest.Options, _ cloud.PriceBook) (cloud.Provider, error) {
		client, err := newClient(opts)
		if err != nil {
			return nil, err
		}
		return newProvider(opts.Account, client), nil
	}
}

// sandboxOf adapts the constructor of a vendor's sandbox.
func sandboxOf[S sandboxHandler](newSandbox func(*sandboxkit.Kit) S) func(*sandboxkit.Kit) sandboxHandler {
	return func(kit *sandboxkit.Kit) sandboxHandler { return newSandbox(kit) }
}

// connect returns a provider for every cloud that has a key, and the clouds that
// have none. It sends no request.
func connect(cfg *config.Config, books pricebook.Books, lookup func(string) (string, bool), more ...func(*rest.Options)) (cloud.Accounts, []tools.Unconfigured, error) {
	var accounts cloud.Accounts
	var missing []tools.Unconfigured
	for _, entry := range clouds() {
		credential := config.NewCredential(entry.prefix+"_API_KEY", lookup)
		if !credential.Configured() {
			missing = append(missing, tools.Unconfigured{Cloud: entry.vendor, Variables: credential.Variables()})
			continue
		}
		if err := credential.Check(); err != nil {
			return nil, nil, exit{exitUsage, err}
		}
		baseURL := entry.baseURL
		if override, ok := lookup(entry.prefix + "_BASE_URL"); ok && override != "" {
			baseURL = override
		}
		name := cloud.AccountName(entry.vendor)
		options := rest.Options{
			Account: name, BaseURL: baseURL, Credential: credential.Key, KeyName: credential.InUse(), Version: version(), Timeout: cfg.Timeout, Retries: cfg.Retries,
		}
		for _, change := range more {
			change(&options)
		}
		provider, err := entry.provider(options, books[name])
		if err != nil {
			return nil, nil, exit{exitUsage, fmt.Errorf("%s_BASE_URL: %w", entry.prefix, err)}
		}
		accounts = append(accounts, cloud.Account{Name: name, Provider: provider})
	}
	return accounts, missing, nil
}
