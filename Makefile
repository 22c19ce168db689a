# The two commands of the README are `make run` and `make test`; `make help` lists all.
PYTHON ?= python3
BIN := .venv/bin
export FLASK_APP := wsgi

.PHONY: help run test check format bench simulate translations clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-14s %s\n", $$1, $$2}'

run: .venv/installed translations ## start the service with the demonstration province
	@$(BIN)/flask db upgrade
	@$(BIN)/flask demo load --if-empty
	@$(BIN)/flask demo welcome
	@exec $(BIN)/gunicorn --config gunicorn.conf.py wsgi:app

test: .venv/tested translations ## install what the tests need and run all of them
	@sh scripts/install-test-programs.sh
	@$(BIN)/python -m pytest

check: .venv/tested translations ## format, lint, types, contracts, translations, migrations
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/check_translations.py
	@$(BIN)/python scripts/check_migrations.py
	@$(BIN)/flask questionnaire check

format: .venv/tested ## write the format and what lint can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/tested translations ## measure, and write bench.json
	@sh scripts/install-test-programs.sh
	@sh scripts/install-peers.sh
	@$(BIN)/python -m bench

simulate: .venv/tested ## simulate intervals, ranks and streams, and write the tables of docs/methodology.md
	@$(BIN)/python -m bench.simulation

translations: survey/translations/vi/LC_MESSAGES/messages.mo

survey/translations/%/LC_MESSAGES/messages.mo: survey/translations/%/LC_MESSAGES/messages.po .venv/installed
	@$(BIN)/pybabel --quiet compile -d survey/translations

.venv/installed: pyproject.toml constraints.txt
	@echo "Making the environment; this takes about a minute, once."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

.venv/tested: pyproject.toml constraints.txt .venv/installed
	@echo "Installing what the tests need; once."
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@

clean: ## remove the environment; the data in instance/ stay
	rm -rf .venv .venv-peers
