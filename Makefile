# Entrepot. `make run` closes the bundled season, `make test` runs the tests; both set up first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
OUT    ?= out/example
# The data folder of the demo's desk, and the port that it answers on. Under root the database runs
# as another user, who cannot look into a folder such as /root.
DESK   ?= $(shell at="$$PWD"; while [ "$$(id -u)" = 0 ] && [ -n "$$at" ]; do \
	ls -ld "$$at" | cut -c10 | grep -q '[xt]' || { echo /var/lib/entrepot-demo; exit; }; \
	at="$${at%/*}"; done; echo out/desk)
PORT   ?= 8000
# A folder that holds uci_online_retail/, for `make real`.
DATA   ?= $(or $(ENTREPOT_DATA),../shared/data)
REAL   ?= real
RETAIL  = $(DATA)/uci_online_retail/online_retail.csv.gz
# Spark 4 runs on Java 17 or later.
HAS_JAVA = java -version 2>&1 | awk -F'[".]' '/version/ { found = $$2 >= 17 } END { exit !found }'
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help run serve test lint bench bench-desk bench-pages real docs screenshots clean

help:            ## Say what can be asked of make
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/run.done: requirements/run.txt requirements/build.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; this is " + sys.version)'
	@echo "Setting up in $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements/run.txt
	@$(PIP) --require-hashes -r requirements/build.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.done: requirements/dev.txt requirements/spark.txt $(VENV)/run.done
	@$(PIP) --require-hashes -r requirements/dev.txt
	@if $(HAS_JAVA); then $(PIP) --require-hashes -r requirements/spark.txt; \
	else echo "No Java 17 or later here: Spark is not installed and its tests are skipped."; fi
	@touch $@

run: $(VENV)/run.done  ## Set up, close the bundled season, say what is due, load it into a desk
	@$(BIN)/entrepot close examples/season --out $(OUT)
	@env -u DATABASE_URL -u DATABASE_APP_URL $(BIN)/entrepot demo --season examples/season --home $(DESK) --port $(PORT)
	@echo "Start it with: make serve"
	@echo "The command is $(BIN)/entrepot"

serve: $(VENV)/run.done  ## Set up, and serve the demo's desk until Ctrl-C
	@env -u DATABASE_URL -u DATABASE_APP_URL $(BIN)/entrepot demo --season examples/season --home $(DESK) --port $(PORT) --serve

test: $(VENV)/dev.done  ## Set up and run the tests
	$(BIN)/python -m pytest -q -n auto

lint: $(VENV)/dev.done  ## Format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	ENTREPOT_HOME=$(VENV)/typing $(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.done  ## Product and yardstick side by side, printed as ratios
	$(BIN)/python -m benchmarks

bench-desk: $(VENV)/dev.done  ## The desk beside the raw floor on the same PostgreSQL
	$(BIN)/python -m benchmarks.desk

bench-pages: $(VENV)/dev.done  ## Every page on 10 M movements and 1 M orders, in Chromium
	$(BIN)/python -m benchmarks.desk --only pages --data bench-data/pages

real: $(VENV)/run.done  ## Import, build around and close half a million real order lines; DATA=folder
	@test -f "$(RETAIL)" || { \
		echo "Cannot close real orders."; \
		echo "There is no $(RETAIL)."; \
		echo "Say where the data lie: make real DATA=folder (docs/guide/real-orders.md says how to get them)."; \
		exit 2; } >&2
	$(BIN)/entrepot import orders "$(RETAIL)" --mapping examples/mappings/uci-online-retail.toml --out $(REAL)/orders
	$(BIN)/entrepot sample $(REAL)/season --around $(REAL)/orders/sales.parquet
	$(BIN)/entrepot close $(REAL)/season --out $(REAL)/closed
	$(BIN)/python examples/control_totals.py $(REAL)

docs: $(VENV)/run.done  ## Write the pages that come from the code: reference and refund guide
	$(BIN)/python docs/reference/make.py
	$(BIN)/python -c 'from pathlib import Path; from entrepot.taxrefund.guide import write; write(Path("docs/guide"))'

screenshots: $(VENV)/dev.done  ## Take the pictures of README and guides anew; needs Chromium
	$(BIN)/python docs/screenshots/make.py

clean:           ## Remove what make made
	rm -rf $(VENV) out real bench-data build dist
