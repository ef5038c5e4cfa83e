# The front door. Everything that is checked is checked by `make check`, on a
# laptop and in CI alike. Only Go and a POSIX shell are needed; what else a
# target wants is said beside it.

GO            ?= go
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK   := golang.org/x/vuln/cmd/govulncheck@v1.8.0
FUZZTIME      ?= 1m
BINARY        := bin/countersign

.DEFAULT_GOAL := help
.PHONY: help build run sandbox test check fmt vet tidy docs-check lint vulncheck race \
	golden docs bench fuzz nightly mutate interop conformance clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' Makefile

# Pure Go, so that the binary depends on no system library.
build: ## build bin/countersign
	CGO_ENABLED=0 $(GO) build -mod=readonly -trimpath -ldflags '-s -w' -o $(BINARY) ./cmd/countersign

run: build ## play the whole story on the sandbox; needs no account
	$(BINARY) demo

sandbox: build ## serve the sandboxes of all clouds on loopback
	$(BINARY) sandbox

test: ## run all tests
	$(GO) test -timeout 20m ./...

# From the quick to the slow: the first failure is there early.
check: fmt vet tidy docs-check lint vulncheck race ## run everything that has to hold before a change lands

fmt: ## gofmt finds nothing to change
	@files=$$(gofmt -l cmd internal prompts testdata tools) && if [ -n "$$files" ]; then echo "not gofmt-ed:"; echo "$$files"; exit 1; fi

vet: ## go vet finds nothing
	$(GO) vet ./...

tidy: ## go.mod and go.sum are tidy
	$(GO) mod tidy -diff

docs-check: ## what is generated in README and manual is fresh
	$(GO) run ./cmd/countersign docs --check

lint: ## golangci-lint finds nothing; each rule has its reason in .golangci.yml
	$(GO) run $(GOLANGCI_LINT) run --allow-parallel-runners ./...

vulncheck: ## nothing that is called has a known vulnerability; skipped where the database is out of reach
	@.ci/vulncheck $(GO) run $(GOVULNCHECK) ./...

# Goldens are compared by tests, so this covers them too.
race: ## run all tests with the race detector; needs a C compiler
	$(GO) test -race -timeout 40m ./...

golden: ## rewrite testdata/tools from the tools as they are
	$(GO) test ./cmd/countersign -run Golden -update

docs: ## rewrite what is generated in README and manual
	$(GO) run ./cmd/countersign docs

bench: ## run the benchmarks
	@set -e; packages=$$(.ci/targets Benchmark | cut -d ' ' -f 1 | sort -u); \
	$(GO) test -run '^$$' -bench . -benchmem $$packages

fuzz: ## run every fuzz target for FUZZTIME (1m)
	@set -e; targets=$$(.ci/targets Fuzz); \
	echo "$$targets" | while read -r package target; do \
		echo "== $$package $$target"; \
		$(GO) test "$$package" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x; \
	done

# One guard after the other is left out of the program, and the simulation has to
# notice; go run ./cmd/mutate -only GLOB tries some.
mutate: ## take each guard away and hold that the simulation finds it
	$(GO) run ./cmd/mutate

nightly: fuzz mutate ## what takes too long for every change: fuzzing, 20 000 simulations, a million calls, and the tests again in random order
	$(GO) test -run 'Simulate$$' -v -timeout 120m ./cmd/countersign -seeds 20000
	COUNTERSIGN_NIGHTLY=1 $(GO) test -run MemoryIsFlat -timeout 60m ./internal/mcpserver
	$(GO) test -race -shuffle on -count 3 -timeout 120m ./...

# What others wrote to test clients and servers with, once for all targets.
INTEROP := testdata/interop/node_modules/.package-lock.json

$(INTEROP): testdata/interop/package-lock.json
	cd testdata/interop && npm ci --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@

interop: build $(INTEROP) ## play with clients of others over every transport; needs node, npm and script
	cd testdata/interop && GO='$(GO)' node run.mjs ../../$(BINARY)

conformance: build $(INTEROP) ## run the official conformance suite; needs node and npm
	$(GO) test -tags conformance -count 1 -run '^TestConformance$$' -v ./internal/mcpserver

clean: ## delete what was built
	rm -rf bin testdata/interop/node_modules
