PYTHON ?= python3
BIN := .venv/bin
# CONSTRAINTS=.ci/constraints.txt installs the very versions that CI tries
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(CONSTRAINTS),-c $(CONSTRAINTS))
PYTEST := $(BIN)/python -m pytest --numprocesses auto --durations 15
ROBOT_WHEEL := cmem-plugin-reason==2.2.1
PYODIDE := pyodide@314.0.7
BIOLINK_WHEEL := biolink-model==4.4.6

bench: BIN := build/bench/bin

.PHONY: demo test test-slow check bench probes reference schemas docs pictures pyodide site constraints clean

demo: .venv/.core
	$(BIN)/rrmm regimens examples/double-refractory.yaml

test: .venv/.test
	$(PYTEST) --dist worksteal

test-slow: .venv/.test-slow
	$(PYTEST) --dist loadfile -m 'slow or server or browser or java or spark'

check: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/rrmm check $(foreach text,$(subst :, ,$(RRMM_SOURCE)),--source $(text))

# what is raced is the wheel, as users have it
bench:
	test -x build/bench/bin/python || $(PYTHON) -m venv build/bench
	$(PIP) '.[test-slow]'
	-$(PIP) '.[bench]'
	-$(PIP) --no-deps $(ROBOT_WHEEL)
	$(BIN)/python -m benchmarks $(if $(STRICT),--strict)

reference: .venv/.core
	$(BIN)/python docs/reference/build.py
	$(BIN)/python docs/reference/commands.py

probes: .venv/.core
	$(BIN)/python -m rrmm.check.probes > queries/probes.json.new
	mv queries/probes.json.new queries/probes.json

schemas: .venv/.test
	$(BIN)/python docs/reference/schemas.py

docs: .venv/.core
	$(PIP) -e '.[docs]'
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs build/docs

pictures: .venv/.test-slow
	PYTHONPATH=tests $(BIN)/python docs/pictures/patient.py
	$(BIN)/rrmm plot forest-pfs -o docs/pictures/forest-pfs.svg
	$(BIN)/python docs/notebook.py

pyodide: build/pyodide/pyodide.mjs

build/pyodide/pyodide.mjs:
	mkdir -p build
	cd build && npm pack --silent $(PYODIDE) && tar -xzf pyodide-*.tgz && rm -rf pyodide pyodide-*.tgz && mv package pyodide
	touch $@

site: .venv/.core pyodide
	$(PIP) -e '.[site]'
	$(BIN)/rrmm site build/site --pyodide build/pyodide

.venv/.core: pyproject.toml
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "rrmm needs Python 3.11 or newer with venv (on Debian: apt-get install python3-venv). Or name one: make PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv .venv
	$(PIP) -e .
	$(BIN)/python -m compileall -q src
	@touch $@

.venv/.test: .venv/.core
	$(PIP) -e '.[test]'
	@touch $@

.venv/.test-slow: .venv/.test
	$(PIP) -e '.[test-slow]'
	-$(PIP) --no-deps $(ROBOT_WHEEL) $(BIOLINK_WHEEL)
	@touch $@

.venv/.dev: .venv/.test-slow
	$(PIP) -e '.[dev]'
	@touch $@

constraints: .venv/.dev
	$(BIN)/python -m pip freeze --exclude-editable | sed '/^#/d' > .ci/constraints.txt

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache dist build
