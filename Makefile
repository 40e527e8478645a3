# SPDX-License-Identifier: GPL-3.0-or-later
# make run and make test do everything, from an empty clone on. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
JOBS ?= 2
ONLY ?=
FOR ?= 900
READERS ?=
HERE := .venv/bin/python
TEST := QT_QPA_PLATFORM=offscreen $(HERE) -m pytest -q

.PHONY: help setup setup-tests run test test-all test-slow check format bench fuzz installer guide lock

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: ## the environment in .venv, proved to work
	@$(PYTHON) scripts/setup.py

setup-tests:
	@$(PYTHON) scripts/setup.py --tests

run: setup ## the app on a sample day; without a display, the demonstration into demo-day/
	@if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]; then \
	    OBSERVER_SAMPLE_DAY=1 $(HERE) -m observer_app; \
	else \
	    out=demo-day/$$(date +%Y-%m-%d-%H%M%S); \
	    echo "There is no display here, so the day plays without a window, into $$out."; \
	    $(HERE) -m observer_app demo --out $$out; \
	fi

test: setup ## the quick tests (under 5 minutes)
	$(TEST) -m "not slow" -n $(JOBS)

test-slow: setup-tests
	$(TEST) -m slow

test-all: setup-tests check test test-slow ## everything (under 40 minutes)

check: setup ## format, lint, types, layers
	$(HERE) -m ruff format --check .
	$(HERE) -m ruff check .
	$(HERE) -m mypy
	.venv/bin/lint-imports

format: setup ## put the code into its one format
	$(HERE) -m ruff format .
	$(HERE) -m ruff check --fix .

bench: setup ## measure; `make bench ONLY=name` (or how names begin) for some; writes bench-results.json
	$(HERE) -m tests.benchmarks $(ONLY)

fuzz: setup ## every reader under atheris (FOR seconds each), then the property tests with many more examples (hours)
	$(HERE) scripts/fuzz.py --seconds $(FOR) $(READERS)

installer: setup ## dist/observer/, a folder that runs without Python
	$(HERE) -m PyInstaller --noconfirm --clean --log-level WARN build_installer.spec
	rm -rf build/demo-day
	QT_QPA_PLATFORM=offscreen dist/observer/observer demo --out build/demo-day --seconds 5
	dist/observer/observer verify build/demo-day

guide: setup ## docs/guide/pictures/ taken anew (minutes)
	@$(HERE) scripts/guide_pictures.py

lock: ## requirements.lock and requirements-fuzz.lock anew (needs uv)
	$(PYTHON) scripts/lock.py
