# Every target is one line or two; what is longer lives in tools/. Needs Python 3.11 or newer and make, nothing else.

SHELL := /bin/sh
PYTHON ?= $(shell .venv/bin/python -SEc '' 2>/dev/null && echo .venv/bin/python || echo python3)
BIN := .venv/bin
STACK := $(BIN)/python -m stack
EXPORT := --quiet --no-hashes --no-annotate --no-header --all-groups --all-packages --no-emit-workspace
COMPILE := --quiet --universal --python-version 3.11 --no-annotate --no-header
PYTHON_CODE := shared services emulators tools tests benchmarks samples
SAGA_CODE := services benchmarks samples tests/docs tests/support tests/e2e

.DEFAULT_GOAL := help
.PHONY: help setup run up down test conformance conformance-page coverage check format lint sagas types imports tidy secrets audit fmt lock dist fuzz bench scale bench-endpoints kills soak clean interop infra-check images

# The launcher and the import rules find their packages in tools/.
run up down bench scale imports clean infra-check images: export PYTHONPATH := tools

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Prepare .venv (a prerequisite of everything else; instant when nothing changed)
	@command -v $(PYTHON) >/dev/null || { echo "DurableOrchestrator needs Python 3.11 or newer: install python3 (with venv)"; exit 1; }
	@$(PYTHON) -E tools/setup.py

run: setup ## Start a stack of its own, send the samples through it, print each saga's result, stop it (SAMPLE=large: a load; TRACES=1)
	@$(STACK) run --sample $(or $(SAMPLE),small) --share $(or $(SHARE),1) $(if $(TRACES),--traces)

up: setup ## Start the stack in the background on fixed ports, with its data in .local/
	@$(STACK) up

down: setup ## Stop what `make up` started
	@$(STACK) down

test: setup ## Run every test, the files spread over the cores (four at most)
	@$(BIN)/pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

conformance: setup ## Play the cases of conformance; at Azure if CONFORMANCE_SERVICEBUS or CONFORMANCE_COSMOS say where
	@$(BIN)/pytest --quiet tests/conformance

conformance-page: setup
	@$(BIN)/python -m tests.conformance

coverage: setup ## Measure that the tests of the engine reach every branch of it
	@$(BIN)/coverage run --branch --source=orchestrator.engine -m pytest --quiet tests/unit/engine
	@$(BIN)/coverage report --show-missing --skip-covered --fail-under=100

check: format lint sagas types imports tidy secrets audit ## Run every static check: format, lint, saga rules, types, import rules, tidy rules, secrets, vulnerabilities

format: setup
	@$(BIN)/ruff format --check --quiet $(PYTHON_CODE) || { echo "Some files are not formatted: run make fmt"; exit 1; }

lint: setup
	@$(BIN)/ruff check --quiet $(PYTHON_CODE)

sagas: setup
	@$(BIN)/durable lint $(SAGA_CODE)

types: setup
	@$(BIN)/mypy

imports: setup
	@$(BIN)/lint-imports --no-logo

tidy: setup
	@$(BIN)/pytest --quiet tests/tidy

secrets: setup ## Look for secrets in what git tracks
	@$(BIN)/python tools/find_secrets.py

audit: setup ## Ask whether a locked package is known to be vulnerable; says so if nobody can be asked
	@$(BIN)/python tools/audit.py

fmt: setup ## Format the code and apply the safe lint fixes
	@$(BIN)/ruff format $(PYTHON_CODE) && $(BIN)/ruff check --fix $(PYTHON_CODE)

infra-check: setup ## Check Bicep, images and Compose without a cloud or an engine (BICEP_TYPES=folder: properties too)
	@$(BIN)/python -m infra_check

images: setup ## Build every image without an engine, run each, then the whole system (root; ten minutes; LAYERS=folder keeps them)
	@$(BIN)/python -m images $(if $(LAYERS),--layers $(LAYERS))

lock: setup ## Resolve the dependencies anew and write requirements.lock
	@$(BIN)/uv lock --quiet && $(BIN)/uv export $(EXPORT) --output-file requirements.lock
	@$(BIN)/uv pip compile $(COMPILE) infra/requirements-infra.in --output-file infra/requirements-infra.txt
	@! grep -n '://' requirements.lock infra/requirements-infra.txt || { echo "A lock file must not name an address (see docs/adr/0001)"; exit 1; }

dist: setup ## Build the wheels of all packages into dist/, for a repository of your own to install from
	@$(BIN)/uv build --quiet --all-packages --wheel --clear --out-dir dist && ls dist

simulate: setup ## Break everything on purpose: shipped sagas at each crash point, then 10,000 seeds (SEEDS=n, SEED=n)
	@$(BIN)/python -m tests.simulation

kills: setup ## Kill both endpoints under load again and again, and compare with what was acknowledged (ROUNDS=n, SEED=n)
	@ROUNDS=$(or $(ROUNDS),50) $(BIN)/pytest -q tests/endpoint/*/test_*kills_under_load.py

interop: setup ## Play clients of other families against both endpoints: Proton, rhea, the SDKs for Node (installs them in .local/)
	@$(BIN)/python -m tests.interop

fuzz: setup ## Attack both endpoints by chance beside a client of the SDK (SECONDS=60, SEED=n, AT=n)
	@$(BIN)/python -m tests.fuzz

bench: setup ## Measure the stack and print the figures
	@$(BIN)/python -m benchmarks && $(BIN)/python -m benchmarks.tracing

scale: setup ## Measure replicas x fan-out x rate and write docs/scale.md (QUICK=1: four cells; SECONDS=n: what fits)
	@$(BIN)/python -m benchmarks.scaling $(if $(QUICK),--quick) $(if $(MISSING),--missing) $(if $(SECONDS),--seconds $(SECONDS))

bench-endpoints: setup ## Measure the processor time that each endpoint takes for an operation of the SDK
	@$(BIN)/python -m benchmarks.endpoints

soak: setup ## Run both endpoints at full speed for ten minutes and judge whether they stay as they are (SECONDS=n)
	@$(BIN)/python -m benchmarks.soak --seconds $(or $(SECONDS),600)

clean: ## Remove what building and running left behind (.venv stays)
	@test ! -e .local/stack.json || $(STACK) down
	rm -rf .local out dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
