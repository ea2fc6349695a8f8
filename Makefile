# Sahut's commands. A bare machine needs Python 3.11+, git and make; everything else lands in .venv*.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv/bin
.DEFAULT_GOAL := help

.PHONY: help venv
help: ## Lists the commands.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

venv: ## Makes or updates the virtual environments (nothing happens when the locks did not change).
	@$(PYTHON) -m scripts.environments
