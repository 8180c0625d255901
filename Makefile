# The commands of a newcomer and of CI. Needed: Python 3.11 or newer, make, git. (`make check` also uses node, if there.)
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Compiled modules are kept: who has this in the environment would compile every library in each of hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
STAMP := $(VENV)/.installed
SAM_VENV := .venv-sam
ASL := node_modules/.bin/asl-validator

.PHONY: help setup run demo test check bench cost mutate requirements sam-build openapi clean
.PHONY: check-style check-types check-architecture check-template check-workflows check-house

help:  ## these lines
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(STAMP)  ## install everything into .venv, by hash; runs again when the requirements change

$(STAMP): requirements.txt requirements-setup.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found. Install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Installing into $(VENV) with $$($(PYTHON) --version)"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-setup.txt
	@$(BIN)/uv pip install --quiet --python $(PY) --require-hashes -r requirements.txt \
		|| { echo "uv could not install, trying pip (slower)"; \
		     $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $(STAMP)

run: setup  ## start the embedded cloud, show addresses and keys, stay until Ctrl-C
	@$(BIN)/ordo run

demo: setup  ## an order's whole life through the public API
	@$(BIN)/ordo demo

# Tests without the embedded cloud share nothing, so they run on every core; the cloud is started once, for the others.
test: setup  ## every test; ORDO_PROOF=full runs the large counts; ARGS="..." runs pytest once with these
ifeq ($(ARGS),)
	@$(PY) -m pytest -n auto --dist loadfile -m "not cloud"
	@$(PY) -m pytest -m cloud
else
	@$(PY) -m pytest $(ARGS)
endif

bench: setup  ## the figures, as JSON lines
	@$(PY) -m tools.bench

cost: setup  ## dollars per million orders, as JSON lines
	@$(PY) -m tools.cost

mutate: setup  ## take out one condition expression after the other: each must make a test fail
	@$(PY) -m tools.mutate

openapi: setup  ## write docs/openapi.json from the handlers
	@$(PY) -m tools.openapi

# ---------------------------------------------------------------- checks
check: check-style check-types check-architecture check-template check-workflows check-house  ## style, types, architecture, template, house rules
	@echo "All checks passed."

check-style: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

check-types: setup
	@$(BIN)/mypy layers/shared/ordo tools functions tests

check-architecture: setup
	@$(BIN)/lint-imports --no-cache

check-template: setup
	@$(BIN)/cfn-lint template.yaml infrastructure/*.yaml && echo "cfn-lint: no findings"

check-workflows: setup
	@if command -v npm >/dev/null && npm --version >/dev/null 2>&1; then $(MAKE) $(ASL) \
		&& $(ASL) $(foreach machine,$(wildcard infrastructure/statemachines/*.asl.json),--json-path $(machine)); \
	elif [ -n "$${CI:-}" ]; then echo "node and npm are needed in CI: the state machines' grammar is not checked" >&2; exit 1; \
	else echo "SKIPPED: npm was not found, the state machines' grammar is not checked"; fi

$(ASL): package-lock.json
	@npm ci --silent --no-audit --no-fund
	@touch $(ASL)

check-house: setup
	@$(PY) -m tools.checks

# ---------------------------------------------------------------- for the maintainers
requirements: setup  ## resolve the pinned requirements again (ARGS=--upgrade for newer versions)
	$(eval COMPILE := $(BIN)/uv pip compile --quiet --no-header --generate-hashes --no-emit-index-url --universal --python-version 3.11 $(ARGS))
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) layers/shared/requirements.in -c requirements.txt -o layers/shared/requirements.txt
	$(COMPILE) requirements-setup.in -o requirements-setup.txt
	$(COMPILE) requirements-sam.in -o requirements-sam.txt

$(SAM_VENV)/.installed: requirements-sam.txt | setup
	@test -x $(SAM_VENV)/bin/python || $(PYTHON) -m venv $(SAM_VENV)
	@$(BIN)/uv pip install --quiet --python $(SAM_VENV)/bin/python --require-hashes -r requirements-sam.txt
	@touch $@

sam-build: $(SAM_VENV)/.installed  ## build for AWS as `ordo deploy` does; skipped where there is no Python 3.13
	@$(PY) -c 'from tools.aws_deploy import find_python; find_python()' 2>/dev/null \
		|| { echo "SKIPPED: sam build needs Python 3.13, and none was found"; exit 0; } \
		&& $(BIN)/ordo deploy --build-only

clean:  ## remove what can be made again (not the embedded cloud's state in .ordo)
	rm -rf $(VENV) $(SAM_VENV) node_modules .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
