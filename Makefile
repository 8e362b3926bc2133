# Everything that people do with this project. `make` alone says what there is.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RUNNABLE := $(VENV)/.runnable
MEASURABLE := $(VENV)/.measurable
HOST ?= 127.0.0.1
PORT ?= 8000
TESTS ?= tests
JOBS ?= 2
BENCH ?=

.DEFAULT_GOAL := help
.PHONY: help run test check format bench messages clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(RUNNABLE): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[oidc,postgres,redis,s3,test]'
	touch $(READY) $(RUNNABLE)

$(MEASURABLE): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	touch $@

run: $(RUNNABLE) ## Set up, fill with the starter library, and serve on http://127.0.0.1:8000
	$(BIN)/library db upgrade
	$(BIN)/library import content
	$(BIN)/library serve --host $(HOST) --port $(PORT)

test: $(READY) check ## Run every check and every test; what needs a missing server is skipped, and said
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadgroup $(TESTS)

check: $(READY) ## Format, lint, types, floors, templates
	$(BIN)/ruff format --check --quiet library tests wsgi.py
	$(BIN)/ruff check --quiet library tests wsgi.py
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint library/templates --lint --quiet

format: $(READY) ## Put code and templates into the common form
	$(BIN)/ruff format library tests wsgi.py
	$(BIN)/ruff check --fix library tests wsgi.py

messages: $(READY) ## Gather the strings of the interface and bring every catalogue up to date
	$(BIN)/pybabel --quiet extract --mapping-file translations/babel.cfg --keyword _l --keyword N_ --keyword lazy_gettext --keyword lazy_pgettext:1c,2 --keyword Sentence --keyword counted:1,2 --add-location file --sort-by-file \
	  --project Mortise --version '' --copyright-holder 'The Mortise project' --output-file translations/messages.pot library
	$(BIN)/pybabel --quiet update --input-file translations/messages.pot --output-dir translations --no-fuzzy-matching --ignore-obsolete

bench: $(MEASURABLE) ## Measure speed, memory, page weight and search, as ratios within one run
	$(BIN)/python -m tests.bench $(BENCH)

clean: ## Remove the environment and everything made from the sources; never the data folder
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
