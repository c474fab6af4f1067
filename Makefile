# Three commands matter: `make demo` shows the pipe at work, `make quick` is the loop while you change it, `make test` proves it.

GO      ?= go
# urfave_cli_no_docs leaves a Markdown parser out of both programs.
TAGS    := urfave_cli_no_docs
LDFLAGS := -s -w
# What --version says comes from the checkout, by the Go toolchain. BUILDVCS=false builds where git cannot be asked.
BUILDVCS ?= auto

STATICCHECK   := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK   := golang.org/x/vuln/cmd/govulncheck@v1.9.0

.PHONY: help demo quick test check neighbours build bench bench-tap whole golden catalogs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

demo: ## run the whole pipe twice against embedded doubles and show the tables; DEMO="--select=*" for every stream
	$(GO) run -tags $(TAGS) ./target-azuresqldw/demo $(DEMO)

# Memory is there in exchange for time. Killing the pipe at each of its steps is left to make test; tap and target have the like, without processes, in quick.
quick: ## vet, and the tests with fewer seeds, kills and cases, without the race detector: about a minute
	$(GO) vet ./...
	GOGC=400 $(GO) test -short -skip '^TestPipe$$/^(kill|drop|signals)' ./...

test: ## every Go test, with the race detector; needs no network
	GORACE="atexit_sleep_ms=0 $$GORACE" $(GO) test -race -timeout 30m ./...

check: ## gofmt, vet, staticcheck, golangci-lint, govulncheck (when its database can be reached)
	@out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "not gofmt-ed:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) run $(GOLANGCI_LINT) run ./...
	@.ci/vulncheck $(GO) $(GOVULNCHECK)

neighbours: ## both programs with other people's: needs Python and the package registries
	@.ci/neighbours/run

build: ## both programs, static, into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=$(BUILDVCS) -tags $(TAGS) -ldflags "$(LDFLAGS)" -o bin/ ./tap-intercom ./target-azuresqldw

bench: ## every benchmark (docs/benchmarks.md says how to read them)
	$(GO) test -run '^$$' -bench . -benchmem ./...

whole: ## the whole target against gzip -1, and its memory over 1 GB in 200 streams; minutes, on an idle machine
	BENCH_WHOLE=1 $(GO) test -run '^$$' -bench WholeTarget -benchtime 5x -timeout 30m ./target-azuresqldw/target

bench-tap: ## the tap against a workspace of 20,000 conversations at the rate limit; minutes, on an idle machine
	BENCH_TAP=1 $(GO) test -run '^$$' -bench WholeWorkspace -benchtime 1x -timeout 30m ./tap-intercom/tap

golden: ## renew golden files; read the diff before committing
	UPDATE=1 $(GO) test ./...

catalogs: ## regenerate the stream schemas: make catalogs OPENAPI=path/to/api.intercom.io.yaml
	$(GO) run ./catalogs/generate -openapi $(OPENAPI)

clean: ## remove what the targets above made
	rm -rf bin .demo
