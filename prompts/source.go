package prompts

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/prompt"
	"countersign/internal/tool"
)

// rowsPerRequest is the page size in rows for requests to a cloud.
const rowsPerRequest = 100

// source describes where the values of one kind of argument come from.
type source struct {
	// what is its name in a sentence.
	what string
	// exact requires an argument to be one of the values, so it is looked up.
	exact   bool
	listers func(Env) []lister
}

// lister reads the values of one account. A source that is not a cloud has no
// account.
type lister struct {
	account cloud.AccountName
	list    func(context.Context) iter.Seq2[prompt.Value, error]
}

// sourceOf returns the source of a kind of argument.
func sourceOf(s prompt.Source) source {
	switch s {
	case prompt.Account:
		return source{what: "account", exact: true, listers: accountListers}
	case prompt.Location:
		return source{what: "location", exact: true, listers: locationListers}
	case prompt.Offer:
		return source{what: "offer", exact: true, listers: offerListers}
	case prompt.GPUModel:
		return source{what: "GPU model", listers: modelListers}
	case prompt.VM:
		return source{what: "VM", exact: true, listers: vmListers}
	case prompt.SSHKey:
		return source{what: "SSH key", exact: true, listers: keyListers}
	case prompt.Operation:
		return source{what: "operation", exact: true, listers: operationListers}
	}
	return source{listers: func(Env) []lister { return nil }}
}

func accountListers(env Env) []lister {
	return []lister{{list: func(context.Context) iter.Seq2[prompt.Value, error] {
		return func(yield func(prompt.Value, error) bool) {
			for _, a := range env.Accounts {
				if !yield(prompt.Value{ID: string(a.Name), Name: a.Provider.Describe().Title}, nil) {
					return
				}
			}
		}
	}}}
}

// listFunc reads one page; partial names what could not be read.
type listFunc[C, T any] func(ctx context.Context, c C, page cloud.PageRequest) (rows cloud.Page[T], partial []string, err error)

// listersOf returns a lister for each account that has a capability.
func listersOf[C, T any](env Env, list listFunc[C, T], values func(T) []prompt.Value) []lister {
	var all []lister
	for _, a := range cloud.Having[C](env.Accounts) {
		all = append(all, lister{account: a.Account, list: func(ctx context.Context) iter.Seq2[prompt.Value, error] {
			return valuesOf(ctx, a, list, values)
		}})
	}
	return all
}

// valuesOf reads all pages of a list. If a part could not be read, it yields an
// error after the rows.
func valuesOf[C, T any](ctx context.Context, a cloud.Capable[C], list listFunc[C, T], values func(T) []prompt.Value) iter.Seq2[prompt.Value, error] {
	return func(yield func(prompt.Value, error) bool) {
		var missing []string
		for row, err := range cloud.All(ctx, rowsPerRequest, func(ctx context.Context, page cloud.PageRequest) (cloud.Page[T], error) {
			rows, partial, err := list(ctx, a.Cloud, page)
			missing = append(missing, partial...)
			return rows, err
		}) {
			if err != nil {
				yield(prompt.Value{}, err)
				return
			}
			for _, value := range values(row) {
				value.Account = string(a.Account)
				if !yield(value, nil) {
					return
				}
			}
		}
		if len(missing) > 0 {
			yield(prompt.Value{}, errors.New(strings.Join(missing, " ")))
		}
	}
}

func locationListers(env Env) []lister {
	return listersOf(env, func(ctx context.Context, c cloud.LocationLister, page cloud.PageRequest) (cloud.Page[cloud.Location], []string, error) {
		got, err := c.ListLocations(ctx, page)
		return got.Page, got.Partial, err
	}, func(l cloud.Location) []prompt.Value {
		return one(string(l.ID), joined(l.City, l.Region, l.Country))
	})
}

func ofOffers(env Env, values func(cloud.Offer) []prompt.Value) []lister {
	return listersOf(env, func(ctx context.Context, c cloud.OfferLister, page cloud.PageRequest) (cloud.Page[cloud.Offer], []string, error) {
		got, err := c.ListOffers(ctx, cloud.OfferQuery{}, page)
		return got.Page, got.Partial, err
	}, values)
}

func offerListers(env Env) []lister {
	return ofOffers(env, func(o cloud.Offer) []prompt.Value {
		if o.Block == "" {
			return nil // an offer without a block cannot be created
		}
		parts := []string{o.Name}
		for _, g := range o.GPUs {
			parts = append(parts, g.String())
		}
		return one(string(o.ID), joined(parts...))
	})
}

func modelListers(env Env) []lister {
	return ofOffers(env, func(o cloud.Offer) []prompt.Value {
		var models []prompt.Value
		for _, g := range o.GPUs {
			models = append(models, prompt.Value{ID: g.Model, Name: g.Model})
		}
		return models
	})
}

func vmListers(env Env) []lister {
	return listersOf(env, func(ctx context.Context, c cloud.VMReader, page cloud.PageRequest) (cloud.Page[cloud.VM], []string, error) {
		rows, err := c.ListVMs(ctx, page)
		return rows, nil, err
	}, func(vm cloud.VM) []prompt.Value { return one(string(vm.ID), vm.Name) })
}

func keyListers(env Env) []lister {
	return listersOf(env, func(ctx context.Context, c cloud.SSHKeyLister, page cloud.PageRequest) (cloud.Page[cloud.SSHKey], []string, error) {
		rows, err := c.ListSSHKeys(ctx, page)
		return rows, nil, err
	}, func(k cloud.SSHKey) []prompt.Value { return one(string(k.ID), k.Name) })
}

// operationListers lists the operations, newest first. An operation has no name of
// its own, so its state and its summary are used.
func operationListers(env Env) []lister {
	if env.Operations == nil {
		return nil
	}
	return []lister{{list: func(ctx context.Context) iter.Seq2[prompt.Value, error] {
		rows := cloud.All(ctx, rowsPerRequest, func(ctx context.Context, page cloud.PageRequest) (cloud.Page[tool.OperationRow], error) {
			return env.Operations.ListOperations(ctx, tool.OperationFilter{Page: page})
		})
		return func(yield func(prompt.Value, error) bool) {
			for row, err := range rows {
				value := prompt.Value{ID: string(row.Operation), Name: string(row.State) + ": " + row.Summary, Account: string(row.Account)}
				if !yield(value, err) {
					return
				}
			}
		}
	}}}
}

func one(id, name string) []prompt.Value { return []prompt.Value{{ID: id, Name: name}} }

// joined joins the parts that are not empty, without duplicates.
func joined(parts ...string) string {
	var there []string
	for _, part := range parts {
		if part != "" && !slices.Contains(there, part) {
			there = append(there, part)
		}
	}
	return strings.Join(there, ", ")
}
