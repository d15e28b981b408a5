# Two commands are enough: `make ci` and `make test`. Both set up what is missing.
# With Dagger and Docker installed nothing is set up, and `dagger call ci` does what `make ci` does.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

ENGINE := scripts/engine/engine
# Puts the `dagger` command and its engine into the environment of one recipe line.
WITH_ENGINE := eval "$$($(ENGINE) env)"
PYTHON ?= python3
VENV := .venv
LOCKS := scripts/requirements/dev.lock
SDK_LOCK := scripts/engine/python-sdk/files/requirements.lock

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

.PHONY: ci
ci: engine-up ## Set up what is missing, then run every check, the tests and a test build
	@$(WITH_ENGINE); dagger call $(DAGGER_FLAGS) ci $(ARGS)

.PHONY: test
test: ci $(VENV)/ready types $(VENV)/bin/actionlint ## Do what `ci` does, then run the tests that call it and the engine
	@# In the order of tests/e2e/conftest.py, and not the file with most tests first.
	@$(WITH_ENGINE); $(VENV)/bin/pytest tests/e2e -m engine --no-cov -n 2 --dist=loadfile \
		--no-loadscope-reorder --durations=15 $(PYTEST_ARGS)
	@# These restart the engine: alone, and last.
	@$(WITH_ENGINE); $(VENV)/bin/pytest tests/integration/engine -m engine --no-cov

.PHONY: faults
faults: engine-up $(VENV)/ready ## Run the tests that take minutes: whole deployments on VMs, broken on purpose
	@# The matrix has both VMs at once. A selection may leave one of the two with nothing to do.
	@$(WITH_ENGINE); $(VENV)/bin/pytest tests/e2e/test_matrix.py -m faults --no-cov -n 2 --dist=loadscope \
		$(PYTEST_ARGS) || [ $$? = 5 ]
	@$(WITH_ENGINE); $(VENV)/bin/pytest tests -m faults --no-cov --ignore tests/e2e/test_matrix.py \
		$(PYTEST_ARGS) || [ $$? = 5 ]

.PHONY: report
report: engine-up ## Write the report of `ci` to report/
	@$(WITH_ENGINE); dagger call $(DAGGER_FLAGS) report export --path report --wipe

.PHONY: baseline
baseline: engine-up ## Write the coverage reached to coverage-baseline.json
	@$(WITH_ENGINE); dagger call $(DAGGER_FLAGS) baseline export --path coverage-baseline.json

# Of the place: the developer's own key and known hosts.
COPIES_KEY ?= $(HOME)/.ssh/id_ed25519
COPIES_HOSTS ?= $(HOME)/.ssh/known_hosts
.PHONY: pull
pull: engine-up ## Load the newest copy of PROD's anonymized database into the local stack; COPY=folder: that one (docs/laptop.md)
	@docker compose up -d --wait postgres
	@$(WITH_ENGINE); dagger call $(DAGGER_FLAGS) privacy --server tcp://127.0.0.1:$${POSTGRES_PORT:-15432} \
		--report-key env:ANONYMIZATION_REPORT_KEY pull $(if $(COPY),--copy $(COPY),\
		--ssh-key file:$(COPIES_KEY) --known-hosts file:$(COPIES_HOSTS)) $(ARGS)
	@docker compose up -d
	@docker compose restart odoo-mta-web odoo-mta-cron

.PHONY: mutants
mutants: engine-up ## Break the add-ons on purpose, one way at a time: their tests must notice each
	@$(WITH_ENGINE); dagger call $(DAGGER_FLAGS) mutants

.PHONY: engine-up engine-status engine-down
engine-up: ## Make sure that a Dagger engine answers; build one where none can be had
	@$(ENGINE) up
engine-status: ## Show the engine and its images
	@$(ENGINE) status
engine-down: ## Stop the engine; its caches stay
	@$(ENGINE) down

.PHONY: venv
venv: $(VENV)/ready ## The Python environment of developers: tools as `lint` has them, and pytest

$(VENV)/ready: $(LOCKS) pyproject.toml
	@echo "Python environment in $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(VENV)/bin/pip install -q --disable-pip-version-check --require-hashes --no-deps -r $(LOCKS)
	@$(VENV)/bin/pip install -q --disable-pip-version-check --no-deps --editable .
	@touch $@

# Dagger's SDK as the module has it, for mypy alone: its packages are no business of the tools' container.
$(VENV)/dagger/ready: $(SDK_LOCK) ci/typing/dagger_mod.pyi $(VENV)/ready
	@$(PYTHON) -m venv --clear $(VENV)/dagger
	@$(VENV)/dagger/bin/pip install -q --disable-pip-version-check --require-hashes --no-deps -r $(SDK_LOCK)
	@cp ci/typing/dagger_mod.pyi "$$($(VENV)/dagger/bin/python -c \
		'import importlib.util as u; print(u.find_spec("dagger").submodule_search_locations[0])')/mod/__init__.pyi"
	@touch $@

.PHONY: types
types: $(VENV)/dagger/ready ## Check the types: the logic, the Dagger module, the test bed
	@$(VENV)/bin/mypy
	@$(VENV)/bin/mypy --python-executable $(VENV)/dagger/bin/python ci/src
	@$(VENV)/bin/mypy --python-executable $(VENV)/dagger/bin/python tests/bed/src/bed/*.py

# A Go program that no Python package carries. The engine comes first: it brings Go where there is no Docker.
$(VENV)/bin/actionlint: scripts/requirements/actionlint $(VENV)/ready | engine-up
	@$(WITH_ENGINE); scripts/requirements/actionlint $(VENV)/bin

.PHONY: format
format: $(VENV)/ready ## Format all Python files
	@$(VENV)/bin/isort -q . && $(VENV)/bin/black -q .

.PHONY: docs
docs: ## Write what comes from the code: docs/errors.md, the rooms in docs/architecture.md, the schema of pipeline.toml, the tables of settings (README) and of Odoo's series (getting started)
	@$(PYTHON) scripts/docs/errors.py
	@$(PYTHON) scripts/docs/rooms.py
	@$(PYTHON) scripts/docs/schema.py
	@$(PYTHON) scripts/docs/settings.py
	@$(PYTHON) scripts/docs/series.py

.PHONY: lock
lock: $(VENV)/ready ## Pin the newest versions of all packages again
	@scripts/requirements/lock
