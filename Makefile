# Entrepot. `make run` closes the bundled season, `make test` runs the tests; both set up first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
OUT    ?= out/example
DATA   ?=

.PHONY: help run test lint bench real docs clean

help:            ## What can be asked of make
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/run.done: requirements/run.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; this is " + sys.version)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev.done: requirements/dev.txt $(VENV)/run.done
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@

run: $(VENV)/run.done  ## Set up, close the bundled season and say what is due
	$(BIN)/entrepot close examples/season --out $(OUT)

test: $(VENV)/dev.done  ## Set up and run the tests
	$(BIN)/python -m pytest -q -n auto

lint: $(VENV)/dev.done  ## Format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.done  ## Product and yardstick side by side, printed as ratios
	$(BIN)/python -m benchmarks

clean:           ## Remove what make made
	rm -rf $(VENV) out build dist
