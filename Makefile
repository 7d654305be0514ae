# Postlotse: what a newcomer and the build machine call. `make help` lists the targets.
# Every target finds out itself what it needs and says, in German, how to mend what is missing.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Without windows the same browser needs half the work; where nobody offers it so, the whole one.
APT := "chromium-headless-shell|chromium" postgresql fonts-dejavu-core

.PHONY: help install install-dev demo test check bench soak lock clean system

help:
	@echo "make demo     richtet alles ein und startet Postlotse mit einer erfundenen Firma"
	@echo "make test     richtet alles ein und lässt jede Prüfung laufen"
	@echo "make check    schnelle Prüfungen: Stil, Typen, Verträge, Einzeltests"
	@echo "make install  legt $(VENV) mit dem Befehl $(BIN)/postlotse an"
	@echo "make bench    misst (Verhältnisse gegen einen Boden aus demselben Lauf)"
	@echo "make soak     lange Fehlerläufe"

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/.installed: deploy/requirements.lock deploy/installer.lock pyproject.toml deploy/install.sh
	@sh deploy/install.sh "$(PYTHON)" "$(VENV)" deploy/requirements.lock
	@touch $@

$(VENV)/.installed-dev: deploy/requirements-dev.lock deploy/installer.lock pyproject.toml deploy/install.sh
	@sh deploy/install.sh "$(PYTHON)" "$(VENV)" deploy/requirements-dev.lock
	@touch $@ $(VENV)/.installed

demo: install
	@exec $(BIN)/postlotse demo $(if $(PORT),--port $(PORT))

# Debian packages that the tests use: installed as root, otherwise named; what is missing is skipped and counted.
system:
	@sh tests/system.sh $(APT)

test: system install-dev
	@sh tests/run.sh all

check: install-dev
	@sh tests/run.sh quick

bench: install-dev
	@$(BIN)/python -m tests.bench --big

soak: install-dev
	@$(BIN)/python -m tests.soak

lock: install-dev
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q pyproject.toml -o deploy/requirements.lock
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q --extra dev -c deploy/requirements.lock pyproject.toml -o deploy/requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage htmlcov build *.egg-info
