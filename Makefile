# The book's commands. `make` alone lists them.

VENV := .venv
BENCH := .venv-bench
BIN := $(VENV)/bin
READY := $(VENV)/ready
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help book serve bundle pdf lab execute widgets test parity bench clean pins newest

help:  ## list the commands
	@echo "Usage: make <command>"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{printf "  %-10s %s\n", $$1, $$2}'

# The environment is made anew when what it is made from has changed.
$(READY): requirements.txt pyproject.toml build_tools/make_environment.py
	@python=$$(sh build_tools/find_python.sh) && "$$python" build_tools/make_environment.py --environment $(VENV)
	@touch $@

book: $(READY)  ## set everything up and build the pages into _build/html
	@$(BIN)/python -m build_tools.build_book

serve: book  ## show the book on localhost (PORT=8000)
	@$(BIN)/python -m build_tools.serve_book --port $(PORT)

bundle: $(READY)  ## pack the book into one zip that works without network (PYODIDE_DIST=folder for Live, too)
	@$(BIN)/python -m build_tools.bundle_book

pdf: $(READY)  ## print the book into one PDF (needs Chromium)
	@$(BIN)/python -m build_tools.print_book

lab: $(READY)  ## edit the notebooks in JupyterLab
	@$(BIN)/jupyter lab --notebook-dir=. chapters

execute: $(READY)  ## run the notebooks and store what they print (CHAPTER=foundations/neuron for one)
	@$(BIN)/python -m build_tools.execute_notebooks $(CHAPTER)

widgets: $(READY)  ## put dlcore's current JavaScript and CSS into the stored notebooks, execute nothing
	@$(BIN)/python -m build_tools.execute_notebooks --widgets $(CHAPTER)

test: $(READY)  ## run everything that CI runs (STAGES="lint unit" for some of it)
	@$(BIN)/python -m build_tools.run_tests $(STAGES)

parity: $(READY)  ## hold dlcore against Keras and write the page that lists the differences
	@$(BIN)/python -m build_tools.parity_page

bench: book $(BENCH)/ready  ## measure: training steps against other libraries, import, pages, build, Live (wants a quiet machine)
	@$(BENCH)/bin/python -m benchmarks.steps
	@$(BIN)/python -m benchmarks.imports
	@$(BIN)/python -m benchmarks.pages
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.live

# What other libraries need stays apart from the book's environment.
$(BENCH)/ready: $(READY) benchmarks/requirements.txt
	@python=$$(sh build_tools/find_python.sh) && "$$python" build_tools/make_environment.py --environment $(BENCH)
	@$(BENCH)/bin/python -m pip install -qq --disable-pip-version-check -r benchmarks/requirements.txt
	@touch $@

clean:  ## remove what was built; .venv stays
	@rm -rf _build build_tools/node_modules .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -not -path "./$(VENV)*/*" -prune -exec rm -rf {} +

pins: $(READY)  ## resolve build_tools/requirements.in into requirements.txt
	@$(BIN)/python -m build_tools.pin_requirements

newest: $(READY)  ## replace the pinned releases in .venv by the newest ones (the weekly check)
	@$(BIN)/python build_tools/make_environment.py --environment $(VENV) --ranges
