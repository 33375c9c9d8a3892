# make serve | test | test-clients | clients | lint | bench | docs | golden | conformance | coverage: each sets up .venv by itself. PYTHON names the interpreter.

PYTHON ?= python3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: serve test test-clients clients lint bench docs golden conformance coverage clean

serve: $(VENV)/.installed
	$(BIN)/odata-service serve metadata --data metadata/data $(ARGS)

test: lint
	$(BIN)/python -m tests.clients.installed
	$(BIN)/python -m pytest -q --numprocesses auto --dist loadfile

test-clients: $(VENV)/.tested
	$(BIN)/python -m tests.clients.installed
	$(BIN)/python -m pytest -q -rs tests/clients

clients: $(VENV)/.tested
	$(BIN)/python -m tests.clients.installed
	$(BIN)/python -m tests.clients.report

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.tested
	$(BIN)/python -m benchmarks $(ARGS)

docs: $(VENV)/.documented
	$(BIN)/python -m sphinx -q -W -b html docs docs/_build

golden: $(VENV)/.tested
	$(BIN)/python -m tests.golden.rewrite
	$(BIN)/python -m tests.definitions.rewrite

conformance: $(VENV)/.tested
	$(BIN)/python -m tests.conformance.report

coverage: $(VENV)/.tested
	$(BIN)/coverage run -m pytest -q
	$(BIN)/coverage report

clean:
	rm -rf $(VENV) build dist *.egg-info

$(VENV)/.created:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.installed: $(VENV)/.created constraints.txt setup.cfg pyproject.toml
	$(PIP) --constraint constraints.txt --editable .
	touch $@

$(VENV)/.tested: $(VENV)/.created constraints.txt setup.cfg pyproject.toml
	$(PIP) --constraint constraints.txt --editable '.[test,xlsx]'
	touch $(VENV)/.installed $@

$(VENV)/.documented: $(VENV)/.created constraints.txt setup.cfg pyproject.toml
	$(PIP) --constraint constraints.txt --editable '.[docs]'
	touch $(VENV)/.installed $@
