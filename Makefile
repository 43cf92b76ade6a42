# Everything a person or CI runs. Each target sets up what it needs; see CONTRIBUTING.md.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
# Every branch is covered where a wrong one costs money, and nearly every one where a wrong one loses it. A part of
# the tests, as ARGS='-k floor', is not held to it.
EXACT := money margin engine
DURABLE := journal runtime
MEASURE := $(foreach room,$(EXACT) $(DURABLE),--cov=solvent.$(room)) --cov-branch --cov-report=
comma := ,
empty :=
space := $(empty) $(empty)
covered = $(BIN)/python -m coverage report --include=$(subst $(space),$(comma),$(foreach room,$(1),src/solvent/$(room)/*)) --fail-under=$(2)
WITHOUT_POSTGRES = $$(scripts/postgres --has || echo '--omit=src/solvent/journal/postgres/*')
# xdist's workers; `make test JOBS=0` runs in one process.
JOBS ?= auto

.PHONY: help
help:  ## List the targets
	@echo "Solvent. Needs Python 3.11 or later with venv; every target sets up the rest by itself."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: runtime-environment
runtime-environment:
	@scripts/environment runtime

.PHONY: dev-environment
dev-environment:
	@scripts/environment dev

.PHONY: bench-environment
bench-environment: dev-environment
	@scripts/environment bench

.PHONY: demo
demo: runtime-environment  ## Tell the stories: four by the library, one by a venue that is killed
	@$(BIN)/solvent demo

.PHONY: serve
serve: runtime-environment  ## Serve a sandbox with its terminal at http://127.0.0.1:8420; ARGS='--port 0' for others
	@exec $(BIN)/solvent serve $(ARGS)

.PHONY: test
test: dev-environment  ## Run every test, with the coverage gates from money to runtime; clients and browser come last
	@mkdir -p .coverage && rm -f .coverage/*
	@$(if $(ARGS),true,scripts/postgres)
	@HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} $(BIN)/python -m pytest -n $(JOBS) \
		$(if $(ARGS),$(ARGS),--ignore=tests/e2e $(MEASURE))
	@$(if $(ARGS),true,$(call covered,$(EXACT),100) && $(call covered,$(DURABLE),95) $(WITHOUT_POSTGRES))
	@$(if $(ARGS),true,scripts/web test)
	@$(if $(ARGS),true,JOBS=$(JOBS) scripts/sdks -q)
	@$(if $(ARGS),true,JOBS=$(JOBS) scripts/e2e -q)

.PHONY: test-fast
test-fast: dev-environment  ## Run the unit tests that are not slow, for use on save
	@$(BIN)/python -m pytest -q -m 'not slow' tests/unit $(ARGS)

# A step says its name and its last line, or everything when it fails; all steps run, whatever one finds.
STEPS := format lint types imports spelling tidy locks secrets web
step = @out=$$($(1) 2>&1) && printf '%-10s %s\n' '$(@:check-%=%)' "$${out\#\#*$$'\n'}" \
	|| { printf '%-10s FAILED\n%s\n' '$(@:check-%=%)' "$$out"; exit 1; }

.PHONY: check $(STEPS:%=check-%)
check: dev-environment  ## Check format, lint, types, imports, spelling, tidiness, locks, secrets, the terminal
	@$(MAKE) --keep-going $(STEPS:%=check-%) 2>/dev/null || { echo "check: FAILED; see above"; exit 1; }
	@echo "check: all of $(words $(STEPS)) steps passed"

check-format:
	$(call step,$(BIN)/ruff format --quiet --check . && echo formatted)
check-lint:
	$(call step,$(BIN)/ruff check .)
check-types:
	$(call step,$(BIN)/mypy)
check-imports:
	$(call step,$(BIN)/lint-imports --no-cache)
check-spelling:
	$(call step,$(BIN)/codespell && echo "no misspelt word")
check-tidy:
	$(call step,$(BIN)/python -m pytest -q -p no:cacheprovider tests/test_tidy.py)
check-locks:
	$(call step,$(BIN)/python scripts/locks.py --check)
check-secrets:
	$(call step,$(BIN)/python scripts/secrets_scan.py)
check-web:
	$(call step,scripts/web check)

.PHONY: web
web: dev-environment  ## Build the terminal anew from web/ into src/solvent/web/static
	@scripts/web build

.PHONY: web-check
web-check: dev-environment check-web  ## Check the terminal's source, its size, and that the built files are of this source

.PHONY: web-test
web-test: dev-environment  ## Run the terminal's component tests
	@scripts/web test $(ARGS)

.PHONY: test-sdks
test-sdks: dev-environment  ## Run the vendors' own clients, two versions of each, against the gateways
	@JOBS=$(JOBS) scripts/sdks $(ARGS)

.PHONY: test-e2e
test-e2e: dev-environment  ## Run the browser tests: the terminal in Chromium, in front of a server
	@JOBS=$(JOBS) scripts/e2e $(ARGS)

.PHONY: screenshots
screenshots: dev-environment  ## Take the docs' pictures of the terminal anew, into docs/images/terminal
	@$(BIN)/python -m scripts.screenshots

.PHONY: sim
sim: runtime-environment  ## Put a whole venue through SEEDS=20 seeds from SEED=1 on, with crashes and an auditor
	@$(BIN)/solvent simulate --seed $(or $(SEED),1) --seeds $(or $(SEEDS),$(if $(SEED),1,20)) $(ARGS)

.PHONY: bench
bench: bench-environment  ## Measure every row of docs/benchmarks.md against its peers in one run, in some fifteen minutes
	@PYTHONPATH=src .venv-bench/bin/python -m benchmarks $(ARGS)

.PHONY: bench-floors
bench-floors: bench-environment  ## Measure small books in some two minutes; fails where a floor breaks twice in a row
	@PYTHONPATH=src .venv-bench/bin/python -m benchmarks --floors $(ARGS)

.PHONY: docs
docs: dev-environment  ## Write docs/reference/ anew from the code
	@$(BIN)/python -m scripts.reference

.PHONY: lock
lock: dev-environment  ## Write the lock files anew; UPGRADE=1 takes newer versions
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/locks.py $(if $(UPGRADE),--upgrade)

.PHONY: mutants
mutants: dev-environment  ## Change the margin maths on purpose and see whether the tests notice (long)
	@$(BIN)/mutmut run
	@$(BIN)/mutmut results

.PHONY: hooks
hooks: dev-environment  ## Run the checks before each of your commits
	@$(BIN)/pre-commit install

.PHONY: clean
clean:  ## Remove the environments and whatever tools left behind
	rm -rf .venv .venv-bench .venv-sdks .venv-sdks-older .environment.lock .coverage .hypothesis .mypy_cache \
		.pytest_cache .ruff_cache .import_linter_cache web/node_modules mutants build dist
	find src tests scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
