# `make` lists what there is. Everything here works in the virtual environment .venv, which is made on the way.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup up test test-all lint format config openapi pictures bench lock system-packages clean

# The Python to make the environment with; the first of these that is 3.11 to 3.13 if none is named.
PYTHON ?=
# More for pytest, e.g. make test ARGS="tests/libs -k bus"
ARGS ?=
# Processes that run tests side by side: one more than cores, since tests wait a fifth of their time, and at most 8.
WORKERS ?= $(shell echo $$(( $$(nproc) < 8 ? $$(nproc) + 1 : 8 )))
# Added to every service's port by `make up`, so that two checkouts can run on one machine.
PORT_OFFSET ?= 0

VENV := .venv
BIN := $(VENV)/bin
PYPROJECTS := pyproject.toml $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)
# The name tells this checkout from one that was moved or copied with its environment.
READY := .ready-$(shell pwd | cksum | cut -d' ' -f1)
CODE := $(wildcard libs services deploy tests benchmarks)

SYSTEM_PACKAGES := postgresql redis-server chromium nginx fonts-noto-cjk wrk tmux pngcheck poppler-utils imagemagick

help: ## list the targets
	@echo "make up      starts everything and says where"
	@echo "make test    passes all tests"
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '  %-16s %s\n' "$$name" "$$text"; done

setup: $(VENV)/$(READY) ## make .venv with all that is needed (Python 3.11 to 3.13; PYTHON=… names one)
	@:

$(VENV)/$(READY): $(PYPROJECTS) deploy/venv.py
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
		"$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null || continue; \
		exec "$$python" -m deploy.venv $@; \
	done; \
	echo "set-up: no Python 3.11, 3.12 or 3.13 found; name one with PYTHON=…" >&2; exit 1

up: setup ## start every service, with a Redis, in this terminal; Ctrl-C stops it all (PORT_OFFSET=100 moves the ports)
	@$(BIN)/python -m genba_servicekit.devstack --port-offset $(PORT_OFFSET)

test: setup ## pass all tests; ARGS="tests/libs -k bus" picks some
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-all: setup ## the same on each of Python 3.11, 3.12 and 3.13 that is here
	@for version in 3.11 3.12 3.13; do \
		python=$$(PATH="$$(echo "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin):$$PATH" \
			$(BIN)/uv python find --no-project --no-python-downloads "$$version" 2>/dev/null) \
			|| { echo "Python $$version is not here: left out"; continue; }; \
		echo "Python $$version: $$python"; \
		"$$python" -m deploy.venv $(VENV)-$$version/$(READY) || exit 1; \
		$(VENV)-$$version/bin/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS) || exit 1; \
	done

lint: setup ## check style, types and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports

format: setup ## put the code in order
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

config: setup ## print every setting of every service
	@$(BIN)/python -m genba_servicekit.devstack --settings

openapi: setup ## write down each service's REST API in docs/openapi
	@$(BIN)/python -m deploy.openapi

pictures: setup ## draw the documents' pictures of timetable, faces and prices anew (needs chromium)
	@$(BIN)/python -m deploy.pictures

bench: setup ## measure what the README says of speed
	@for file in benchmarks/[!_]*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

lock: setup ## take the newest version of everything and pin it in pyproject.toml
	@$(BIN)/python -m deploy.pin
	@$(MAKE) --no-print-directory setup

system-packages: ## Debian's packages for the fullest test run (needs root)
	@missing=$$(for name in $(SYSTEM_PACKAGES); do \
		dpkg-query -W -f '$${db:Status-Status}' "$$name" 2>/dev/null | grep -q '^installed' || echo "$$name"; done); \
	if [ -z "$$missing" ]; then echo "all of $(SYSTEM_PACKAGES) are here"; else \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; fi

clean: ## remove the environments and all caches; what the services keep (var/) stays
	@rm -rf .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache uv.lock
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
