# Everything from nothing but Python 3.11+ and make. PYTHON names the interpreter that makes .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# What is installed is remembered by stamps, so that nothing is installed twice. A stamp is older than pyproject.toml
# when the dependencies may have changed; the code itself is installed as editable and needs no stamp.
BASE := $(VENV)/.installed
DEV := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help install run test lint bench screenshots coverage clean

help:
	@echo "make run      start the emulator with the demo mails (Ctrl-C stops it)"
	@echo "make test     lint, check types and layers, run every test"
	@echo "make lint     only the lint, types and layers"
	@echo "make bench    speed and memory beside the peers (BENCH='--quick' for a short one)"
	@echo "make screenshots  take the README's pictures (needs Chromium)"
	@echo "make coverage  write docs/coverage.md: every operation, what it does, what tests it"
	@echo "make install  only make $(VENV) and install"
	@echo "make clean    remove $(VENV) and caches"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(BASE): pyproject.toml | $(BIN)/python
	$(PIP) install --config-settings editable_mode=compat --editable .
	@touch $@

$(DEV): pyproject.toml | $(BIN)/python
	$(PIP) install --config-settings editable_mode=compat --editable '.[test,lint]'
	@touch $@ $(BASE)

install: $(BASE)

run: $(BASE)
	$(BIN)/ses-emulator start --demo $(ARGS)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest $(ARGS)

bench: $(DEV)
	$(BIN)/python -m tests.benchmarks $(BENCH)

screenshots: $(DEV)
	$(BIN)/python -m tests.browser.screenshots

coverage: $(DEV)
	$(BIN)/python -m tests.meta.coverage

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
