# Unrolled. `make course` builds and shows everything; `make test` checks everything; `make help` lists the rest.
PYTHON_ENV := .venv/bin/python
PORT ?= 8000
ASSIGNMENT ?=
PAGES ?=
NAME ?=
FUNCTIONS ?=
WORKERS ?= auto
# A file's tests stay in one worker: they share what takes long to make.
PYTEST = $(PYTHON_ENV) -m pytest -n $(WORKERS) --dist loadfile
PAGES_WITH_CODE = book solutions/exercises
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help course test fast-test slow-test full-test verify lint format book print release publish grade demo attack bench portable experiment scale growth naming serve clean lock setup browser postgres

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

course: setup ## release the assignments, make and grade the demo class, build the book, say where to look
	@$(PYTHON_ENV) scripts/course.py

test: fast-test slow-test ## everything that CI runs: lint, types, unit, end-to-end and browser tests

fast-test: setup lint ## lint, types and the tests that start no processes and take seconds
	@$(PYTEST) -m "not slow and not full" --hypothesis-profile=fast

# What fails soonest comes first; the browser needs the book, which `make course` builds for the tests before it.
slow-test: setup browser postgres ## the other tests of `make test`: processes, releases, end to end, book, browser
	@$(PYTEST) -m "slow and not full" tests --ignore=tests/end_to_end --ignore=tests/browser
	@$(PYTEST) -m "slow and not full" tests/end_to_end
	@$(PYTEST) -m "slow and not full" tests/browser

full-test: lint setup browser postgres ## every test in full depth: the judge under 100 keys, every assignment; an hour
	@$(PYTEST) tests --ignore=tests/browser
	@$(PYTEST) tests/browser

verify: setup ## measure the judge of functions whose code changed (or FUNCTIONS="…") under 100 keys: records/verifications/
	@$(PYTHON_ENV) -m solutions.verify $(FUNCTIONS)

lint: setup
	@ruff check
	@ruff format --check --quiet
	@nbqa "ruff check --quiet --config scripts/ruff-pages.toml" $(PAGES_WITH_CODE)
	@nbqa "ruff format --check --quiet --config scripts/ruff-pages.toml" $(PAGES_WITH_CODE)
	@mypy

format: setup ## format the code, that in pages and assignments too
	@ruff format --quiet
	@$(PYTHON_ENV) scripts/format_pages.py

book: setup ## build the book into _build/html
	@$(PYTHON_ENV) book/build.py

release: setup ## make the released assignments and the student bundles; check for leaks
	@autograde release

print: book browser ## the whole book (or PAGES="…") as one PDF and one EPUB: _build/print/
	@cd book && ../$(PYTHON_ENV) -m printing $(PAGES)

# Without a browser there is no PDF: all else is published.
publish: release book ## release all, build and print the book, and gather what is public, without a leak, in _build/public
	-@cd book && ../$(PYTHON_ENV) -m printing
	@autograde publish

grade: setup ## grade submitted/, write feedback, the class report and the exported grades
	@autograde grade $(ASSIGNMENT)
	@autograde feedback $(ASSIGNMENT)
	@autograde report
	@autograde export

demo: setup ## make and grade the demo class
	@autograde demo

attack: setup ## play the hostile corpus against the grader; write _build/attack.json; once more without namespaces
	@$(PYTHON_ENV) -m tests.hostile
	@$(PYTHON_ENV) -m tests.container $(PYTHON_ENV) -m tests.hostile --confinement container all

bench: setup ## measure cells against PyTorch, grading against nbgrader, free and held to AVX2: _build/bench.json, bench.svg
	@$(PYTHON_ENV) -m benchmarks

portable: setup ## run pages and numeric tests that changed (or PAGES="…") on emulated machines, with other seeds, and with slips
	@$(PYTHON_ENV) -m benchmarks.portable $(PAGES)
	@$(PYTHON_ENV) -m benchmarks.checks

experiment: setup ## run an experiment of the book over its seeds and record it (NAME=…): records/experiments/
	@cd book && ../$(PYTHON_ENV) -m experiments $(NAME)

scale: setup ## measure every command on 100, 1,000 and 10,000 submissions (SUBMISSIONS="…", "grading 10000"): _build/scale.json
	@$(PYTHON_ENV) -m benchmarks.scale $(SUBMISSIONS)

growth: setup ## measure what twice and four times the content costs: _build/growth.json
	@$(PYTHON_ENV) -m benchmarks.growth

naming: setup ## measure how many slips made at random the visible check names (FUNCTIONS="…")
	@$(PYTHON_ENV) -m benchmarks.naming $(FUNCTIONS)

serve: book ## serve the book on this machine (PORT=8000)
	@echo "http://127.0.0.1:$(PORT)/ (stop with Ctrl-C)"
	@$(PYTHON_ENV) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

clean: ## remove what can be built again; submissions, grades and releases stay
	rm -rf _build .pytest_cache .ruff_cache .mypy_cache .hypothesis
	@! test -e .git || rm -rf "$$(git rev-parse --git-common-dir)/unrolled-pages"

lock: ## compile requirements.txt anew from pyproject.toml
	@pip-compile -q --upgrade --extra test --strip-extras --allow-unsafe --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.txt pyproject.toml
	@sed -i.old -e 's/^torch==\([0-9.]*\)+cpu$$/torch==\1/' -e '/^#/d' requirements.txt && rm requirements.txt.old

setup:
	@scripts/setup.sh venv

browser:
	@scripts/setup.sh browser

postgres:
	@scripts/setup.sh postgres
