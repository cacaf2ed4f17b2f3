# Video Chat. `make` or `make help` lists what there is.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
# How many tests run side by side; with ARGS (a single test, say) one after the other in one process, where -s and --pdb work.
WORKERS ?= $(if $(ARGS),0,2)

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# One target after the other, but for those that `make test` runs side by side.
ifndef SIDE_BY_SIDE
.NOTPARALLEL:
endif
MAKEFLAGS += --no-builtin-rules

BIN := $(VENV)/bin
# Stamps lie beside what they speak of, and go away with it.
STAMPS := $(VENV)/.stamps
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
NODE_BIN := $(VENV)/node-bin
NPM := PATH="$(CURDIR)/$(NODE_BIN):$$PATH" npm
NPM_LOCKS := $(wildcard web/package-lock.json bench/package-lock.json)
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)
PACKAGE_SOURCES := $(shell find src protocol -type f -not -path '*/__pycache__/*') \
	pyproject.toml scripts/hatch_build.py README.md LICENSE CHANGELOG.md

.PHONY: help
help: ## List these commands
	@echo "Video Chat: make <command>"
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' \
		| while IFS=$$'\t' read -r name text; do printf '  %-14s %s\n' "$$name" "$$text"; done
	@echo "Options of a command go into ARGS, as in: make run ARGS='--port 9000 --sign-up closed'"

# --- Run -------------------------------------------------------------------------------------------------------------

.PHONY: run
run: $(STAMPS)/package web/dist/index.html ## Build what is needed and serve on http://localhost:8000
	exec $(BIN)/videochat serve --data data $(ARGS)

# --- Check -----------------------------------------------------------------------------------------------------------

.PHONY: test
test: $(STAMPS)/dev $(STAMPS)/package web/node_modules/.installed ## Style, types, layers, unit to property tests, real browsers and networks, the emulated cloud
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target SIDE_BY_SIDE=yes web/dist/index.html lint-python lint-web lint-template test-web
	$(MAKE) --no-print-directory test-python test-e2e test-network test-cloud

.PHONY: lint
lint: lint-python lint-web lint-template ## Formatting, linters, types, layers, locks, generated files, the AWS template

.PHONY: lint-python
lint-python: $(STAMPS)/dev $(STAMPS)/package
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_locks.py
	$(BIN)/python scripts/complete_npm_lock.py --check $(NPM_LOCKS)

.PHONY: lint-web
lint-web: web/node_modules/.installed
	cd web && $(NPM) run --silent lint
	cd web && $(NPM) run --silent typecheck

.PHONY: test-web
test-web: web/node_modules/.installed ## The web app's unit tests
	cd web && $(NPM) run --silent test

.PHONY: test-python
test-python: $(STAMPS)/dev $(STAMPS)/package web/dist/index.html ## Unit, contract, edge and property tests
	$(BIN)/python -m pytest --ignore=tests/e2e --ignore=tests/network --ignore=tests/cloud \
		-n $(WORKERS) --dist worksteal $(ARGS)

.PHONY: test-e2e
test-e2e: $(STAMPS)/dev $(STAMPS)/package web/dist/index.html $(STAMPS)/wheel ## A real server, real sockets, the wheel, real Chromium
	CHROMIUM="$$(scripts/find-chromium.sh)" $(BIN)/python -m pytest tests/e2e \
		-n $(WORKERS) --dist worksteal $(ARGS)

.PHONY: test-network
test-network: $(STAMPS)/dev $(STAMPS)/package web/dist/index.html ## Calls through NAT and TURN, on bad lines, with Firefox, between many devices
	scripts/find-network-tools.sh
	CHROMIUM="$$(scripts/find-chromium.sh)" PATH="$$PATH:/usr/sbin:/sbin" $(BIN)/python -m pytest tests/network $(ARGS)

.PHONY: format
format: $(STAMPS)/dev web/node_modules/.installed ## Format everything and fix what linters can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cd web && $(NPM) run --silent format

.PHONY: bench
bench: bench-servers bench-calls bench-aws ## Measure speed, size, cold starts and billed units: all three

.PHONY: bench-servers
bench-servers: $(STAMPS)/dev $(STAMPS)/package web/dist/index.html bench/node_modules/.installed ## The server next to PeerServer, and the first page
	PATH="$(CURDIR)/$(NODE_BIN):$$PATH" $(BIN)/python -m bench $(ARGS)

.PHONY: bench-calls
bench-calls: $(STAMPS)/dev $(STAMPS)/package web/dist/index.html bench/node_modules/.installed ## From Accept to the picture, next to a bare page and PeerJS
	PATH="$(CURDIR)/$(NODE_BIN):$$PATH" CHROMIUM="$$(scripts/find-chromium.sh)" $(BIN)/python -m bench.calls $(ARGS)

.PHONY: screenshots
screenshots: $(STAMPS)/dev $(STAMPS)/package web/dist/index.html ## Take the pictures of the README from the running product
	CHROMIUM="$$(scripts/find-chromium.sh)" $(BIN)/python -m scripts.screenshots $(ARGS)

# --- AWS -------------------------------------------------------------------------------------------------------------

include cloud.mk

# --- Package ---------------------------------------------------------------------------------------------------------

.PHONY: wheel
wheel: $(STAMPS)/wheel ## Build dist/*.whl (and the source archive), the web app inside

.PHONY: lock
lock: $(STAMPS)/dev ## Lock the Python dependencies again (ARGS=--upgrade for newer ones) and complete npm's locks
	VENV=$(VENV) scripts/lock.sh $(ARGS)
	$(BIN)/python scripts/complete_npm_lock.py $(NPM_LOCKS)

.PHONY: clean
clean: ## Remove all that was built or installed here, but no data
	rm -rf $(VENV) $(CLOUD_VENV) $(SCAN_VENV) dist build web/dist web/node_modules bench/node_modules test-results
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- What the commands stand on --------------------------------------------------------------------------------------

$(STAMPS)/venv: requirements/pip.txt
	scripts/setup-python.sh $(VENV) $(PYTHON)
	@mkdir -p $(@D) && touch $@

$(STAMPS)/run: requirements/run.txt requirements/build.txt | $(STAMPS)/venv
	$(PIP_INSTALL) --require-hashes -r requirements/run.txt
	$(PIP_INSTALL) --require-hashes -r requirements/build.txt
	@touch $@

$(STAMPS)/dev: requirements/dev.txt | $(STAMPS)/venv
	$(PIP_INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

# The package itself, editable: what it needs comes from the lock alone, so that pip has nothing to fetch.
$(STAMPS)/package: pyproject.toml scripts/hatch_build.py $(STAMPS)/run
	$(PIP_INSTALL) --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(STAMPS)/node: scripts/setup-node.sh requirements/node.txt | $(STAMPS)/venv
	scripts/setup-node.sh $(NODE_BIN) $(VENV)
	@touch $@

%/node_modules/.installed: %/package.json %/package-lock.json $(STAMPS)/node
	cd $* && $(NPM) ci --silent --no-audit --no-fund
	@touch $@

web/dist/index.html: $(WEB_SOURCES) web/node_modules/.installed
	cd web && $(NPM) run --silent build
	@touch $@

# By way of the source archive, so that the archive is known to be complete.
$(STAMPS)/wheel: $(PACKAGE_SOURCES) web/dist/index.html $(STAMPS)/run
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist .
	@touch $@
