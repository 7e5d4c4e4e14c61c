# Two commands matter: `make lab` to learn and compose, `make test` to check everything.

PYTHON ?= python3
WORKERS ?= 2
BIN := .venv/bin
OPEN ?=
ONLY ?=

.DEFAULT_GOAL := help
.PHONY: help lab test test-backends lint compose lessons course bench docs site notebooks locks sbom clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "MelodyAI needs Python 3.11 or newer; try make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/lab.done: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[lab]"
	@touch $@

.venv/dev.done: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@ .venv/lab.done

lab: .venv/lab.done  ## set up everything and open JupyterLab at lesson 00
	$(BIN)/melodyai lab $(OPEN)

test: .venv/dev.done lint  ## set up everything and run every test
	$(BIN)/python tools/build_notebooks.py --check
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --durations 30
	@mkdir -p out
	MELODYAI_PROFILE=smoke MELODYAI_HOME=$$(mktemp -d) $(BIN)/python -m pytest \
		-n $(WORKERS) --dist loadfile \
		--nbval-lax --nbval-current-env --nbval-cell-timeout=180 \
		--nbval-sanitize-with tools/nbval_sanitize.cfg --junitxml out/notebooks.xml notebooks
	$(BIN)/python tools/course_table.py --of out/notebooks.xml

.venv-%/done: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
		-e ".[$*]" pytest pytest-timeout hypothesis
	@touch $@

test-backends: .venv/dev.done .venv-jax/done .venv-torch/done  ## the networks on TensorFlow, JAX and PyTorch
	KERAS_BACKEND=tensorflow $(BIN)/python -m pytest -m backends tests/models/test_backends.py
	KERAS_BACKEND=jax .venv-jax/bin/python -m pytest -m backends tests/models/test_backends.py
	KERAS_BACKEND=torch .venv-torch/bin/python -m pytest -m backends tests/models/test_backends.py

lint: .venv/dev.done  ## formatting, lint and types, as in pre-commit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

compose: .venv/lab.done  ## one new piece into out/
	@mkdir -p out
	$(BIN)/melodyai compose --genre jig --key "G major" --bars 16 --seed 2 --out out/piece.mid \
		--out out/piece.musicxml --out out/piece.png --out out/piece.mp3

lessons: .venv/dev.done  ## rebuild notebooks/ from lessons/, or one of them: make lessons ONLY=04
	$(BIN)/python tools/build_notebooks.py --workers $(WORKERS) --only "$(ONLY)"

course: .venv/dev.done  ## the course as a table, lesson by lesson
	@$(BIN)/python tools/course_table.py

bench: .venv/dev.done  ## every benchmark in its usual run, some hours
	$(BIN)/python benchmarks/all.py

docs: .venv/dev.done  ## the manual, into docs/_build/html
	$(BIN)/python -m sphinx -q -W -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

site: .venv/dev.done  ## the manual with every lesson run: scores, pictures and sound in the pages
	$(BIN)/python tools/build_site.py --workers $(WORKERS)
	@echo "docs/_build/html/index.html"

LOCK := $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate -c constraints.txt

locks:  ## write locks/ anew, with hashes, of the versions in constraints.txt (needs uv)
	$(LOCK) --extra serve --extra shared --extra traces --extra neural pyproject.toml -o locks/serve.txt
	$(LOCK) --extra lab pyproject.toml -o locks/lab.txt
	$(LOCK) --extra lab --extra dev pyproject.toml -o locks/dev.txt
	echo 'hatchling>=1.25' | $(LOCK) - -o locks/build.txt
	printf 'pip-audit>=2.7\ncyclonedx-bom>=7\n' | $(LOCK) - -o locks/audit.txt

sbom: .venv/dev.done  ## what the image is made of, into out/sbom.json
	@mkdir -p out
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --validate \
		--output-format JSON --output-file out/sbom.json locks/serve.txt

clean:  ## remove what make made, but not your music
	rm -rf .venv .venv-jax .venv-torch docs/_build .pytest_cache .ruff_cache .mypy_cache
