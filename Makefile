# Wirewatch: `make run` brings the system up, `make test` proves it. `make help` lists the rest.
PYTHON ?= python3
STAMP := .venv/.installed

.PHONY: help install run test check lock clean
help: ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## build .venv from the exact pins

$(STAMP): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3,11) <= sys.version_info[:2] < (3,14) else "Wirewatch needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.11 $(MAKECMDGOALS)")'
	@test -d .venv || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install -q -c constraints.txt torch
	@.venv/bin/python -m pip install -q -c constraints.txt -e '.[dev]'
	@touch $(STAMP)

run: install ## bring the whole system up
	@.venv/bin/wirewatch up

test: install ## run all tests
	@.venv/bin/python -m pytest

check: install ## lint, types, import contracts
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

lock: ## renew constraints.txt from .venv
	@{ echo "# Exact pins of everything that make run installs. Renewed with: make lock"; .venv/bin/python -m pip freeze --exclude-editable | sed 's/+cpu$$//' | grep -v '@ '; } > constraints.txt

clean: ## remove .venv and caches; the data in .wirewatch stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
