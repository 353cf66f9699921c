# `make` alone prints the targets. A fresh machine needs Go and Node; scripts/needs offers the rest from apt.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Where the Go and Node distributions are often unpacked, for machines that have them off PATH.
export PATH := $(PATH):/usr/local/go/bin:/usr/local/node/bin
# The toolchain that is here is the one that builds; no other is downloaded.
export GOTOOLCHAIN := local

GOLANGCI_VERSION := v2.15.0
GOLANGCI := bin/golangci-lint
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)
RACE ?=
# Not within bcrypt's arithmetic, which shares nothing and would take fifteen times as long: the tests of the doors are full of passwords.
RACE_FLAGS := -race -gcflags=golang.org/x/crypto/blowfish=-race=false
FUZZTIME ?= 10m
REPEAT ?= 3
ARGS ?=

##@ Try it
.PHONY: run
run: ## start a whole installation on this machine (ARGS="--addr 127.0.0.1:8081" …)
	@scripts/needs run
	@$(MAKE) build
	@exec bin/parlor demo $(ARGS)

.PHONY: demo
demo: run ## the same as run

##@ Build
.PHONY: build
build: web ## bin/parlor with the app inside
	go build -trimpath -o bin/parlor ./cmd/parlor

.PHONY: web
web: web/dist/index.html ## the app alone, to web/dist

web/dist/index.html: web/node_modules/.installed $(WEB_SOURCES)
	cd web && npm run build
	@touch $@

web/node_modules/.installed: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

##@ Test
.PHONY: test
test: ## everything, on real PostgreSQL, nginx and Chromium (RACE=1: with the race detector)
	@scripts/needs $(if $(RACE),race,test)
	@$(MAKE) web
	cd web && npm test
	go test $(if $(RACE),$(RACE_FLAGS)) -timeout 14m ./...
	go test -tags e2e -count=1 -parallel 4 -timeout 14m ./e2e/... # never a remembered result: it does not know what is in the binary

.PHONY: e2e
e2e: ## the browser's tests alone
	@scripts/needs test
	@$(MAKE) web
	go test -tags e2e -count=1 -v ./e2e/...

.PHONY: screens
screens: ## a picture of every screen at three widths in light and dark, to docs/screens, and axe on each
	@scripts/needs test
	@$(MAKE) web
	PARLOR_TEST_SCREENS=../docs/screens go test -tags e2e -count=1 -timeout 30m -v -run '^TestScreens$$' ./e2e

.PHONY: check
check: ## what CI runs: format, lint, import order, generated files, tests with -race, web, compose files
	@$(MAKE) test RACE=1
	@$(MAKE) check-rest

.PHONY: check-rest
check-rest: lint verify web-check compose-check ## check without the tests

# What strangers send: webhooks, signed requests, answers of the Graph API, tokens, addresses and bytes of media.
FUZZ := ./instagram:FuzzParseDelivery ./instagram:FuzzParseSignedRequest ./instagram:FuzzGraphAnswers \
	./auth:FuzzVerify ./auth:FuzzVerifySigned \
	./conversations/media:FuzzAddress ./conversations/media:FuzzSniff ./conversations/media:FuzzTicket ./conversations/media:FuzzPayload \
	./conversations/words:FuzzIn

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (10m; CI: 6s)
	@for target in $(FUZZ); do \
		echo "fuzz $$target for $(FUZZTIME)"; \
		go test "$${target%%:*}" -run '^$$' -fuzz "^$${target##*:}$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5s; \
	done

.PHONY: topology
topology: ## docker-compose.yml and its override as plain processes: PostgreSQL, nginx, Parlor twice; runs until Ctrl-C
	@scripts/needs test
	@$(MAKE) web
	PARLOR_TEST_TOPOLOGY=stay go test -tags e2e -count=1 -timeout 0 -v -run '^TestTopology$$' ./e2e

.PHONY: chaos
chaos: ## a bad day in full: 2,000 messages in, 500 replies out, five kills, two database restarts (about ten minutes)
	@scripts/needs test
	@$(MAKE) web
	PARLOR_TEST_CHAOS=long go test -tags e2e -count=1 -timeout 30m -v -run '^TestChaos$$' ./e2e

.PHONY: long
long: ## what takes longer than CI may: fuzzing, the bad day, and many more random cases (docs/measurements.md); FUZZTIME=10m REPEAT=3
	@scripts/needs race
	@$(MAKE) fuzz
	@$(MAKE) chaos
	go test -race -timeout 60m ./tenants -run TestRandomChains -rapid.checks=1000
	go test -race -timeout 60m ./conversations -run TestAnyOrder -rapid.checks=500
	go test $(RACE_FLAGS) -count=$(REPEAT) -timeout 120m ./...

.PHONY: bench
bench: ## the measurements (docs/measurements.md)
	@scripts/needs run
	go run ./bench $(ARGS)

.PHONY: vulns
vulns: ## known vulnerabilities of what we import; needs the network, so not a part of check
	go run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./...

##@ Keep it tidy
.PHONY: lint
lint: $(GOLANGCI) ## golangci-lint: formatting, faults, the import order
	$(GOLANGCI) run ./...

.PHONY: fmt
fmt: $(GOLANGCI) web/node_modules/.installed ## format the Go code and the app's
	$(GOLANGCI) fmt ./...
	cd web && npm run format

.PHONY: web-check
web-check: web ## the app: lint, format, types, and the size of its first load
	cd web && npm run lint && npm run format:check && npm run typecheck && npm run budget

.PHONY: compose-check
compose-check: ## the compose files, checked without an engine
	cd configs/composecheck && go test -count=1 ./...

.PHONY: openapi
openapi: ## docs/openapi.json from the code
	go run ./cmd/parlor openapi > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json

.PHONY: generate
generate: openapi web/node_modules/.installed ## docs/openapi.json and the app's types from it
	cd web && npm run generate

.PHONY: verify
verify: web/node_modules/.installed ## generated files are what the code says
	scripts/verify

$(GOLANGCI):
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

.PHONY: clean
clean: ## remove what was built
	rm -rf bin web/node_modules
	find web/dist -mindepth 1 -not -name .gitkeep -delete

.PHONY: help
help:
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
