# Two commands do everything: `make demo` runs a field day, `make test` passes the tests.
# Both set up what they need first: Python 3.11+ and Node 20 are all that must be there.

PYTHON ?=
VENV   := .venv
BIN    := $(VENV)/bin
NODE   := tests/e2e/node
ODK    := tests/odk/node
ARGS   ?=
PROCESSES ?= $(shell echo $$(( ($$(getconf _NPROCESSORS_ONLN) * 3 + 1) / 2 )))
HISTORIES ?= 2000
SEED      ?= $(shell date +%s)

.PHONY: help demo test soak setup lint format serve sample clean

help:
	@echo "make demo   a field day on the sample district, from nothing (ARGS=--once ends after it)"
	@echo "make test   everything CI checks"
	@echo "make soak   thousands of random histories through the model of the field (HISTORIES=2000 SEED=1)"
	@echo "make serve  the server on ./store (ARGS=\"--port 5985\")"
	@echo "make lint   style, types and arrows; make format mends the style"
	@echo "make setup  what the others do first: the virtual environment and the test clients"

demo: $(BIN)/.ready
	@$(BIN)/fieldsync demo $(ARGS)

# Whole, in half again as many processes as there are processors, since many tests wait for a server. Each finds the tests
# by itself, and what a set is called in a test's name must be the same for all: hence one seed for their hashes. It is
# always the same one, so that the share of examples is too: `make soak` draws others. Meanwhile the style is looked at.
# Hundreds of processes read our modules: they keep what they compiled, also where the environment says otherwise.
test: setup
ifeq ($(strip $(ARGS)),)
	@PYTHONHASHSEED=1 PYTHONDONTWRITEBYTECODE= scripts/beside "$(MAKE) --no-print-directory lint" \
		$(BIN)/python -m pytest --numprocesses=$(PROCESSES) --dist=worksteal
else
	@$(MAKE) --no-print-directory lint
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest $(ARGS)
endif

# Other histories than the fixed share of `make test`; a failure prints its own, for tests/stateful/replay.py.
soak: $(BIN)/.ready
	@echo "$(HISTORIES) histories of seed $(SEED)"
	@FIELDSYNC_HISTORIES=$(HISTORIES) $(BIN)/python -m pytest --timeout=0 --hypothesis-seed=$(SEED) $(ARGS) \
		tests/stateful/test_model.py

serve: $(BIN)/.ready
	@$(BIN)/fieldsync serve $(ARGS)

# The packages of Python and of Node come at once; what Debian lacks comes before, since that is one at a time.
setup:
	@scripts/need venv $(VENV) "$(PYTHON)"
	@scripts/need node
	@scripts/beside "$(MAKE) --silent $(NODE)/node_modules/.ready $(ODK)/node_modules/.ready" \
		$(MAKE) --silent $(BIN)/.ready

lint: $(BIN)/.ready
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(BIN)/.ready
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# Make the sample district again: its borders, forms and invented people.
sample: $(BIN)/.ready
	@$(BIN)/python -m fieldsync.sample.make_district
	@$(BIN)/python -m fieldsync.sample.make_forms
	@$(BIN)/python -m fieldsync.sample.make_people

$(BIN)/.ready: requirements.lock pyproject.toml scripts/need
	@scripts/need venv $(VENV) "$(PYTHON)"
	@echo "Installing the Python packages of requirements.lock ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

%/node_modules/.ready: %/package-lock.json scripts/need
	@scripts/need node
	@echo "Installing the packages of $(@D:/node_modules=) for the tests ..."
	@cd $(@D:/node_modules=) && npm ci --silent --no-audit --no-fund
	@touch $@

clean:
	rm -rf $(VENV) $(NODE)/node_modules $(ODK)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
