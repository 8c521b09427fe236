# Every chore is one command. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests run side by side: most of the long ones wait for a process or a browser. One more than two cores keeps both busy.
WORKERS ?= 3
# Some images forbid Python to keep what it compiles. Each worker, and each program that a test starts, would compile all of it again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
RUNS ?= 200

.PHONY: help up test test-thorough test-fast torture torture-roles lint check format lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(VENV)/up ## run Paper Round on SQLite with the local channel at http://127.0.0.1:8321, or at PORT=...
	$(BIN)/paperround up $(if $(PORT),--port $(PORT))

test: $(VENV)/dev ## run the whole test suite
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

test-fast: $(VENV)/dev ## run in a minute what needs no browser, process, PostgreSQL or captured week, with a fifth of the examples
	PROPERTY_EXAMPLES=0.2 $(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not browser and not process and not postgres and not replay and not slow"

test-thorough: $(VENV)/dev ## run the property tests with ten times the examples
	PROPERTY_EXAMPLES=10 $(BIN)/pytest -n $(WORKERS) --dist worksteal

torture: $(VENV)/dev ## kill RUNS real processes at work (200), and look whether anything came twice or was lost
	$(BIN)/python -m tests.torture --runs $(RUNS) --seed 1

torture-roles: $(VENV)/dev ## kill RUNS times (200) one of two workers, two webs, a clock and a listener on PostgreSQL
	$(BIN)/python -m tests.torture --roles --runs $(RUNS) --seed 1

lint: $(VENV)/dev ## format, lint, types, imports
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test ## format, lint, types, imports, tests

format: $(VENV)/dev ## put code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/bin/pip ## pin the dependencies, with hashes
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra postgres --extra mcp --group build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -c requirements.lock -o requirements-dev.lock

clean: ## remove what the other commands made, never a database
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/pip:
	$(PYTHON) -c 'import sys; sys.exit("Paper Round needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

# pip's own hash check is the point of the lock; the project itself is installed from the checkout with the pinned build backend.
$(VENV)/up: requirements.lock pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@ $(VENV)/up
