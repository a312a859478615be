# Every target does its own set-up: all that is needed is Python 3.11 or later and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help reports test lab notebooks bench pictures lint clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "found Python %d.%d, expected 3.11 or later: make PYTHON=python3.12" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "could not make $(VENV): is the venv module installed (Debian: python3-venv)?"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@

reports: $(READY) ## run every parameter file and write reports/index.html
	$(BIN)/oshlib run

test: $(READY) ## the whole test suite: pytest, the notebooks as committed, lint, types
	$(BIN)/python -m pytest -n auto --dist loadfile --doctest-modules
	$(BIN)/python -m pytest -n auto --dist loadfile --nbval notebooks
	$(MAKE) --no-print-directory lint

lint: $(READY) ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lab: $(READY) ## JupyterLab on the explorer and the other notebooks
	$(BIN)/jupyter lab --notebook-dir=. notebooks/explore.ipynb

notebooks: $(READY) ## run the notebooks again in place, after a change to one
	$(BIN)/jupyter nbconvert --log-level=ERROR --to notebook --execute --inplace --ExecutePreprocessor.record_timing=False --ExecutePreprocessor.store_widget_state=False notebooks/*.ipynb
	$(BIN)/jupyter nbconvert --log-level=ERROR --to notebook --inplace --TagRemovePreprocessor.enabled=True --TagRemovePreprocessor.remove_all_outputs_tags=desk notebooks/explore.ipynb

bench: $(READY) ## the speed of rates, trends, reports and the explorer on this machine
	$(BIN)/python tests/bench.py
	$(BIN)/python -m tests.bench_pages
	$(BIN)/python -m tests.bench_factory

pictures: $(READY) ## the pictures of the README, made anew from the example data
	$(BIN)/python -m tests.screenshots

clean: ## remove the environment and what was generated
	rm -rf $(VENV) reports .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
