PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FUZZ_TARGETS ?= json-template yaml-template reference policy dockerfile lint value
FUZZ_SECONDS ?= 60
OLDEST_CFN_LINT := $(VENV)/cfn-lint-1.40.0

.PHONY: demo test bench fuzz mutants pins generated fixtures expected
.DEFAULT_GOAL := demo

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Marker files, so that nothing is installed twice. What the tests need is installed as it was pinned, by its hashes.
$(VENV)/installed: $(BIN)/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/installed-test: $(BIN)/python pyproject.toml requirements/test.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@ $(VENV)/installed

$(VENV)/installed-fuzz: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[fuzz]'
	touch $@

$(VENV)/installed-mutants: $(VENV)/installed-test
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[mutants]'
	touch $@

$(OLDEST_CFN_LINT): | $(VENV)/installed-test
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target $@ -r requirements/cfn-lint-1.40.0.txt

demo: $(VENV)/installed  ## Lint a bundled cloud assembly.
	@$(BIN)/imagelint check tests/fixtures/demo/cdk.out --fail-on never

test: $(VENV)/installed-test $(OLDEST_CFN_LINT)  ## Lint, type-check and test imagelint itself.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --cov --cov-report=

bench: $(VENV)/installed-test  ## Measure whole runs; writes benchmarks/RESULTS.md.
	$(BIN)/python benchmarks/run.py

mutants: $(VENV)/installed-mutants  ## Change imagelint in thousands of small ways and count what the tests see.
	$(BIN)/python tests/mutants.py

pins: $(BIN)/python  ## Resolve what the tests need anew, for every system and Python 3.11 or later.
	$(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip compile --quiet pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --output-file requirements/test.txt

fuzz: $(VENV)/installed-fuzz  ## Look for inputs that break it, FUZZ_SECONDS for each target; Python 3.11 to 3.13.
	@set -e; for target in $(FUZZ_TARGETS); do \
	  echo "$$target"; $(BIN)/python fuzz/explore.py $$target $(FUZZ_SECONDS); \
	done

generated: $(VENV)/installed-test  ## Write what is made from the rule files: the README's table and the catalogue.
	$(BIN)/python tests/generated.py

fixtures: $(VENV)/installed-test  ## Synthesise the CDK apps of tests/fixtures/apps anew.
	$(BIN)/python tests/fixtures/synthesise.py

expected: $(VENV)/installed-test  ## Write the expected reports of the fixtures anew; read the difference before committing it.
	$(BIN)/python tests/fixtures/expect.py
