# claude-spend: `make help` lists what can be done here.

HOST ?= 127.0.0.1
PORT ?= 8501
VENV ?= .venv
PYTEST_ARGS ?=

BIN := $(VENV)/bin
LOCK := uv.lock pyproject.toml .ci/environment.sh
STREAMLIT = $(BIN)/streamlit run app.py --server.headless=true \
	--server.address=$(HOST) --server.port=$(PORT)

# Set in many containers. Each server and test process would compile every library again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run demo test test-postgres e2e lint types audit bench fmt setup

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.ready ## start the dashboard on http://127.0.0.1:8501 (PORT=8600, HOST=0.0.0.0)
	$(STREAMLIT)

demo: $(VENV)/.ready ## start it with the simulated organisation, whatever is connected
	CLAUDE_SPEND_DEMO=1 $(STREAMLIT)

test: $(VENV)/.ready-dev ## run all tests, browser journeys included where Chromium is found
	$(BIN)/pytest -n 2 $(PYTEST_ARGS)

test-postgres: $(VENV)/.ready-dev ## run the tests with every ledger on a PostgreSQL server that they start
	CLAUDE_SPEND_TEST_DATABASE=postgresql $(BIN)/pytest -n 2 --ignore=tests/browser $(PYTEST_ARGS)

e2e: $(VENV)/.ready-dev ## run the browser journeys alone
	$(BIN)/pytest tests/browser $(PYTEST_ARGS)

lint: $(VENV)/.ready-dev ## check style, format and the layers' contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.ready-dev ## check types, strictly
	$(BIN)/mypy

audit: $(VENV)/.ready-dev ## look every locked package up in the database of known vulnerabilities
	@$(BIN)/python .ci/audit.py

bench: $(VENV)/.ready-bench ## measure speed against other collectors and the floor
	@set -e; for file in tests/benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python "$$file"; done

fmt: $(VENV)/.ready-dev ## format the code and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: $(VENV)/.ready-dev ## make the environment with the test tools, and nothing else

$(VENV)/.ready: $(LOCK)
	@.ci/environment.sh $@

$(VENV)/.ready-dev: $(LOCK)
	@.ci/environment.sh $@ dev

$(VENV)/.ready-bench: $(LOCK)
	@.ci/environment.sh $@ dev bench
