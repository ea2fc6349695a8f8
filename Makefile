# Sahut's commands. A bare machine needs Python 3.11+, git and make; everything else lands in .venv*.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv/bin
# sam looks for the Python of the runtime in PATH, and must not tell anybody that we ran it.
RUN := PATH="$(CURDIR)/$(VENV):$$PATH" SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1
PYTEST := $(RUN) $(VENV)/python -m pytest
# Tests without the running stack share nothing: one process a core, a file at a time.
ALONE := --numprocesses auto --dist loadfile
# What `check` has run just before.
CHECKED := --ignore tests/architecture --ignore tests/workflow
.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help venv build lock format check test test-full storm bench eval run demo clean
help: ## Lists the commands.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: venv ## Starts everything on this machine, asks one question, and stays until Ctrl-C.
	@$(RUN) $(VENV)/python -m sandbox run

demo: venv ## The same, but ends after the question: exit code 0 when it was answered with a citation.
	@$(RUN) $(VENV)/python -m sandbox demo

test: check ## Everything that must pass before a push (at most 12 minutes on 2 cores).
	@$(PYTEST) -m "not stack and not full" $(ALONE) $(CHECKED)
	@$(PYTEST) -m "stack and not full"

test-full: check ## The same with load, peers and heavy servers.
	@$(PYTEST) -m "not stack" $(ALONE) $(CHECKED)
	@$(PYTEST) -m "stack"

storm: venv ## Everything goes wrong at once: N=5000 messages, SEED=7 to repeat one.
	@$(RUN) $(VENV)/python -m tests.storm --messages $(or $(N),1200) --seed $(or $(SEED),0)

bench: venv ## Speed and reliability, beside a named peer; figures for docs/benchmarks.md.
	@$(RUN) $(VENV)/python -m bench $(ARGS)

eval: venv ## How good are the answers? DATASET=dir (documents/, questions.jsonl), OUT=report.json to keep the report.
	@test -n "$(DATASET)" || { echo "usage: make eval DATASET=dir [OUT=report.json]"; exit 2; }
	@$(RUN) $(VENV)/python -m sahut.runtime.cli_eval "$(DATASET)" $(if $(OUT),--out "$(OUT)")

check: venv ## The gate without the slow tests: style, types, borders, drift, template, workflow graph.
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check --quiet . || { echo "run: make format"; exit 1; }
	@$(VENV)/mypy
	@$(VENV)/lint-imports --no-logo
	@$(VENV)/python -m scripts.lock --check
	@$(VENV)/python -m scripts.lengths
	@$(RUN) $(VENV)/sam validate --lint
	@$(PYTEST) -q -m "not stack and not full" tests/architecture tests/workflow

build: venv ## Builds for AWS: `sam build` with this machine's Python, then finishes it (sizes, byte code).
	@$(RUN) $(VENV)/sam build --parallel --cached \
		--parameter-overrides PythonRuntime=$$($(VENV)/python -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
	@$(VENV)/python -m scripts.finish_build .aws-sam/build

format: venv ## Formats the code and mends what ruff can mend.
	@$(VENV)/ruff check --fix --quiet . || true
	@$(VENV)/ruff format .

lock: venv ## Resolves all dependencies anew and writes the locks and requirements.txt files.
	@$(VENV)/python -m scripts.lock
	@$(MAKE) --no-print-directory venv

venv: ## Makes or updates the virtual environments (nothing happens when the locks did not change).
	@$(PYTHON) -m scripts.environments

clean: ## Removes what the commands made, the virtual environments included.
	rm -rf .venv .venv-lambda .sandbox .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis artefacts
