# Wirewatch: `make run` brings the system up, `make test` proves it. `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(PYTHON) -I plugins/wirewatch/local/install.py

.DEFAULT_GOAL := help
.PHONY: help python install run cluster chaos bench quality test audit fuzz check env pictures modules views metrics lock clean
help: ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here: install Python 3.11, 3.12 or 3.13, or name it: make run PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3,11) <= sys.version_info[:2] < (3,14) else "Wirewatch needs Python 3.11, 3.12 or 3.13; this is %d.%d. Name another: make run PYTHON=python3.11" % sys.version_info[:2])'

install: python ## build .venv from the exact pins
	@$(INSTALL) dev cluster

run: python ## bring the whole system up (DEMO=0: without the demonstration press)
	@$(INSTALL)
	@exec $(BIN)/python -m wirewatch up

cluster: python ## what docker-compose.yml describes, without containers (EMBED=2: two workers that embed)
	@$(INSTALL) cluster
	@exec $(BIN)/python -m wirewatch cluster

chaos: install ## 50 seeded schedules of faults in the flow, then CLUSTER=1 on the real cluster (SCHEDULES=200 FIRST=51)
	@$(BIN)/python tests/chaos --schedules $(or $(SCHEDULES),50) --first $(or $(FIRST),1)
	@exec $(BIN)/python tests/chaos/cluster.py --schedules $(or $(CLUSTER),1) --first $(or $(FIRST),1)

bench: install ## what it costs, beside what else one would use; results in tests/bench/results (ONLY=deduplicate)
	@exec $(BIN)/python tests/bench $(ONLY)

quality: install ## how good each step is, in one table beside others; needs the labelled sets (ONLY="copies topics" SHARE=1: all texts)
	@exec $(BIN)/python tests/quality $(ONLY) --share $(or $(SHARE),6)

test: install ## run all tests
	@exec $(BIN)/python -m pytest

check: install ## lint, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/bandit -q -c pyproject.toml -r plugins dags

audit: install ## bandit, and known vulnerabilities of the pins (pip-audit asks an advisory service)
	@exec $(BIN)/python tests/audit.py

fuzz: python ## feed parsing, cleaning, addresses, OPML, filters and pages with hostile input (SECONDS=60 for each, ONLY=feed)
	@$(INSTALL) dev cluster fuzz
	@exec $(BIN)/python tests/fuzz --seconds $(or $(SECONDS),60) $(ONLY)

env: python ## write .env with generated secrets, for docker compose
	@$(PYTHON) -I plugins/wirewatch/local/env_file.py

pictures: install ## take the README's screenshots again
	@WIREWATCH_PICTURES=1 $(BIN)/python -m pytest -q tests/e2e -k nothing_to_articles

modules: install ## write the module table of CONTRIBUTING.md
	@WIREWATCH_WRITE_MODULES=1 $(BIN)/python -m pytest -q tests/unit/test_documents.py -k module_table

views: install ## write the README's table of views
	@WIREWATCH_WRITE_VIEWS=1 $(BIN)/python -m pytest -q tests/sql/test_views.py -k readme

metrics: install ## write the table of metrics of CONTRIBUTING.md
	@WIREWATCH_WRITE_METRICS=1 $(BIN)/python -m pytest -q tests/sql/test_metrics.py -k documents

lock: install ## renew constraints.txt from .venv
	@{ echo "# Exact pins of everything that make run and make test install. Renewed with: make lock"; $(BIN)/python -m pip freeze --all --exclude-editable | sed 's/+cpu$$//' | grep -v '@ '; } > constraints.new && mv constraints.new constraints.txt

clean: ## remove .venv and caches; the data in .wirewatch stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
