PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
OLDEST_CFN_LINT := $(VENV)/cfn-lint-1.40.0
FUZZ_TARGETS ?= json-template yaml-template reference policy dockerfile lint value configuration prescan assembly
FUZZ_SECONDS ?= 60
FRESH_SYNTH := $(if $(shell command -v npm),$(VENV)/fresh-synth $(VENV)/fresh-synth/package)
BROWSER := $(if $(shell command -v npm),$(VENV)/browser)
PACKAGE := cdk/package.json cdk/README.md cdk/LICENSE cdk/src/index.ts
PYTHON_CDKS := $(if $(shell command -v node),$(addprefix $(VENV)/cdk-,oldest middle newest))

# jsii says in eleven lines, whenever it starts, that nobody looks after these versions of Node.js any more.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 18,20

# Just what a lock names, by its hashes: nothing is resolved, and nothing is built, which would fetch what no lock names.
# Nothing is compiled but what is used, when it is used: half of what an installation costs.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --only-binary :all: --require-hashes
INSTALL_ITSELF := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .

# Containers set this, and then each Python that is started compiles anew what it uses.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo lint test coverage quick cdk test-oldest test-newest with-others compiled compiled-tests cluster bench fuzz mutants lock generated site fixtures expected dist release
.DEFAULT_GOAL := help

help:  ## Say what can be made.
	@sed -n 's/^\([a-z-]*\):.*  ## /\1: /p' $(MAKEFILE_LIST) | awk -F ': ' '{ printf "  make %-10s  %s\n", $$1, $$2 }'

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Marker files, so that nothing is installed twice.
$(VENV)/installed: $(BIN)/python pyproject.toml requirements/core.txt
	$(INSTALL) -r requirements/core.txt
	$(INSTALL_ITSELF)
	touch $@

$(VENV)/installed-test: $(BIN)/python pyproject.toml requirements/test.txt
	$(INSTALL) -r requirements/test.txt
	$(INSTALL_ITSELF)
	touch $@ $(VENV)/installed

$(VENV)/installed-fuzz: $(BIN)/python pyproject.toml requirements/fuzz.txt
	$(INSTALL) -r requirements/fuzz.txt
	$(INSTALL_ITSELF)
	touch $@

$(VENV)/installed-mutants: $(VENV)/installed-test requirements/mutants.txt
	$(INSTALL) -r requirements/mutants.txt
	touch $@

$(OLDEST_CFN_LINT): requirements/cfn-lint-1.40.0.txt | $(BIN)/python
	$(INSTALL) --target $@ -r requirements/cfn-lint-1.40.0.txt
	touch $@

# For the tests of imagelint.cdk, each in a folder of its own; imported once, so that what they use is compiled.
$(VENV)/cdk-%: requirements/cdk-%.txt | $(BIN)/python
	rm -rf $@
	$(INSTALL) --target $@ -r $<
	PYTHONPATH=$@ $(BIN)/python -c "import aws_cdk.aws_ecr, aws_cdk.aws_lambda"
	touch $@

# aws-cdk-lib, for the tests that synthesise an app afresh, and jsii; without Node.js they are skipped, and say so.
$(VENV)/fresh-synth: tests/fixtures/fresh/package.json tests/fixtures/fresh/package-lock.json | $(BIN)/python
	rm -rf $@
	mkdir $@
	cp $^ $@
	npm ci --prefix $@ --ignore-scripts --no-fund --no-audit --silent
	touch $@

# For the tests that look at HTML reports in a browser of the machine; without Node.js they are skipped, and say so.
$(VENV)/browser: tests/browser/package.json tests/browser/package-lock.json | $(VENV)/installed-test
	rm -rf $@
	mkdir $@
	cp $^ $@
	npm ci --prefix $@ --ignore-scripts --no-fund --no-audit --silent
	touch $@

# The package of cdk/, built with that aws-cdk-lib, and installed from its tarball.
$(VENV)/fresh-synth/package: $(PACKAGE) tests/fixtures/fresh/package.json tests/fixtures/fresh/package-lock.json | $(VENV)/fresh-synth
	rm -rf $@
	mkdir -p $@/src
	cp $(filter-out %.ts,$(PACKAGE)) $@
	cp $(filter %.ts,$(PACKAGE)) $@/src
	cd $@ && npm run --silent build
	cd $@ && npm pack --silent > tarball
	cd $@ && npm install --prefix installed --offline --legacy-peer-deps --no-fund --no-audit --silent "./$$(cat tarball)"
	touch $@

demo: $(VENV)/installed  ## Lint a bundled cloud assembly.
	@$(BIN)/imagelint check tests/fixtures/demo/cdk.out --fail-on never

TESTED_WITH := $(VENV)/installed-test $(OLDEST_CFN_LINT) $(FRESH_SYNTH) $(BROWSER) $(PYTHON_CDKS)

lint: $(VENV)/installed-test  ## Lint and type-check imagelint itself.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test:  ## Lint, type-check and test imagelint itself; what the tests need is installed side by side.
	@$(MAKE) --no-print-directory --jobs 3 --output-sync lint $(TESTED_WITH)
	$(BIN)/pytest

coverage: $(TESTED_WITH)  ## Run the tests and refuse a coverage below the bound; counting takes a third of their time more.
	$(BIN)/pytest --cov --cov-report=

quick: $(VENV)/installed-test  ## The same with the tables of the rooms alone, in under a minute.
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -m 'not cluster and not external and not process and not hypothesis and not no_cover' $(addprefix --ignore=tests/,audit live project whole)

cdk/node_modules: cdk/package.json cdk/package-lock.json
	npm ci --prefix cdk --ignore-scripts --no-fund --no-audit --silent
	touch $@

cdk: cdk/node_modules  ## Build the npm package and its code for Go, Java and C#, into cdk/dist.
	cd cdk && npm run --silent build && npm run --silent package

test-oldest:  ## Test with the oldest versions that pyproject.toml allows of what imagelint needs to run.
	$(MAKE) with-others VENV=.venv-oldest OTHERS='--no-deps --require-hashes -r requirements/oldest.txt'

test-newest:  ## Test with the newest published ones.
	$(MAKE) with-others VENV=.venv-newest OTHERS='--upgrade click jsonschema jsonschema-rs pyyaml cfn-lint'

# What holds with the versions of the lock alone; s3fs goes with one version of fsspec.
OF_THE_LOCK := project/test_lock.py::test_what_is_installed_is_what_the_lock_names \
  project/test_lock.py::test_a_lock_is_complete audit/test_s3.py

with-others: $(VENV)/installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(OTHERS)
	$(BIN)/pytest -m 'not external and not cluster' $(addprefix --deselect tests/,$(OF_THE_LOCK))

cluster: $(VENV)/installed-test  ## Run the tests of an audit on a Dask cluster, a minute.
	$(BIN)/pytest -n 0 -m cluster tests/audit

compiled:  ## Compile the package, and test the compiled wheel; takes some minutes more than the tests.
	$(MAKE) compiled-tests VENV=.venv-compiled

# The wheel and not the checkout is what runs, wherever a test starts it: -P keeps the folder of a test off the path.
compiled-tests: $(VENV)/installed-test requirements/compiled.txt
	$(INSTALL) -r requirements/compiled.txt
	rm -rf $(VENV)/wheel
	IMAGELINT_COMPILED=1 $(BIN)/python -m hatchling build --target wheel --directory $(VENV)/wheel
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --force-reinstall $(VENV)/wheel/*.whl
	PYTHONSAFEPATH=1 $(BIN)/pytest -m 'not external and not interpreted'

bench: $(VENV)/installed-test  ## Measure whole runs; writes benchmarks/RESULTS.md.
	$(BIN)/python benchmarks/run.py

mutants: $(VENV)/installed-mutants  ## Change imagelint in thousands of small ways and count what the tests see.
	$(BIN)/python scripts/mutants.py

fuzz: $(VENV)/installed-fuzz  ## Look for inputs that break it, FUZZ_SECONDS for each target; Python 3.12 to 3.14.
	@set -e; for target in $(FUZZ_TARGETS); do \
	  echo "$$target"; $(BIN)/python fuzz/explore.py $$target $(FUZZ_SECONDS); \
	done

lock: $(BIN)/python  ## Write requirements/ anew, as of the date in pyproject.toml: the same files whenever it runs.
	$(INSTALL) -r requirements/uv.txt
	$(BIN)/python requirements/lock.py

generated: $(VENV)/installed-test  ## Write what is made from the rule files and the demo: the README's table and pictures.
	$(BIN)/python scripts/generated.py

site: $(VENV)/installed-test  ## Build the documentation site into site/build/site; a link that leads nowhere fails.
	$(BIN)/python site/make_site.py

fixtures: $(VENV)/installed-test  ## Synthesise the CDK apps of tests/fixtures/apps anew.
	$(BIN)/python tests/fixtures/synthesise.py

expected: $(VENV)/installed-test  ## Write the expected reports of the fixtures anew; read the difference before committing it.
	$(BIN)/python tests/fixtures/expect.py

dist: $(VENV)/installed-test  ## Build the sdist and the wheel of the last commit, twice, and check them.
	$(BIN)/python scripts/release.py dist

release: $(VENV)/installed-test  ## Build, and try what was built on every Python at hand; publishes nothing.
	$(BIN)/python scripts/release.py release
