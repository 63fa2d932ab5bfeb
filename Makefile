# make run    the chat on http://127.0.0.1:7860, over the sample corpus at first start
# make test   the whole suite
# make eval   every suite but scale over an evaluation data folder, and its report: make eval DATA=DIR
# make chaos   500 writers and 100 Chroma servers killed in the middle, 2,000 examples of the state machine: an hour
# make hostile  read every document of the data folder, and damaged copies of them, within limits: make hostile DATA=DIR
# make lint   ruff and mypy
# make audit  look for known vulnerabilities of what is locked: asks PyPI, so it needs the network
# make docs   write docs/cli.md anew from the commands
# make lock   resolve the dependencies anew and pin them

PYTHON ?= python3
DATA ?= ../shared/data
BIN := .venv/bin

.PHONY: run test eval chaos hostile lint audit docs lock clean
.DELETE_ON_ERROR:

run: .venv/run
	$(BIN)/onrecord serve --samples

test: .venv/dev chromium
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

eval: .venv/run
	$(BIN)/onrecord eval run all --data $(DATA) --baseline bm25 -o runs/latest.jsonl
	$(BIN)/onrecord eval report runs/latest.jsonl -o runs/latest.html

chaos: .venv/dev
	$(BIN)/python tests/chaos.py --kills 500
	$(BIN)/python tests/chaosserver.py --kills 100
	$(BIN)/python -m pytest tests/index/test_library_machine.py --examples 2000

hostile: .venv/run
	$(BIN)/python -m benchmarks.hostile $(DATA)/documents

lint: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# --strict, else a release that PyPI does not know or does not tell of passes as sound. All is pinned: pip resolves nothing.
audit: .venv/dev
	$(BIN)/pip-audit --strict --no-deps --disable-pip --requirement requirements.lock

docs: .venv/run
	$(BIN)/python -m docs.cli > docs/cli.md.new
	mv docs/cli.md.new docs/cli.md

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

.venv/dev: requirements-dev.lock .venv/run
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.lock
	touch $@

# The browser tests want Debian's chromium. Where it is not there and cannot be installed, they alone are skipped.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	  || echo "chromium is not installed and could not be: the browser tests will be skipped"

lock:
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet torch==2.13.0 .
	.venv-lock/bin/python -m pip freeze --exclude onrecord | sed 's/+cpu$$//' > requirements.lock
	.venv-lock/bin/python -m pip install --quiet .[dev]
	.venv-lock/bin/python -m pip freeze --exclude onrecord | sed 's/+cpu$$//' > requirements-dev.lock
	rm -rf .venv-lock build

clean:
	rm -rf .venv .venv-lock build dist artifacts runs *.egg-info
