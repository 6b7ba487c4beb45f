# make run, make test, make check: each sets up what it needs in .venv first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run
DEV := $(VENV)/.dev

.PHONY: run test check fix docs pictures lock audit sbom soak clean

run: $(RUN)
	$(BIN)/python -m bot run

test: check
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m bot check

fix: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# What the documents take from the code.
docs: $(DEV)
	$(BIN)/python -m tools.settings_table

# The pictures in docs/images, taken with chromium from the bot as it is now.
pictures: $(DEV)
	$(BIN)/python -m tools.pictures

# Whether anything that is installed has a known weakness, and a list of all of it.
audit: $(DEV)
	$(BIN)/pip-audit --requirement requirements/run.txt --require-hashes --disable-pip

sbom: $(DEV)
	mkdir -p dist
	$(BIN)/cyclonedx-py requirements requirements/run.txt --output-reproducible --output-file dist/sbom.json

# What takes longer than a change should wait for.
soak: $(DEV)
	KILL_ROUNDS=100 SOAK=1 $(BIN)/python -m pytest -s tests/store/test_bad_days.py tests/soak \
	    tests/test_memory.py tests/test_image.py tests/test_packaging.py tests/faults/test_stopping.py

# Resolves the newest versions that pyproject.toml allows and pins them with hashes.
lock:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --upgrade pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --upgrade pyproject.toml --group dev --group bench -o requirements/dev.txt

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is %d.%d: try make PYTHON=python3.13" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)

$(RUN): $(BIN)/python requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	touch $@

$(DEV): $(BIN)/python requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@ $(RUN)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
