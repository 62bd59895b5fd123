# Everything a user or developer runs; `make run` and `make test` are the README's two commands.
SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
export MATURIN_NO_INSTALL_RUST := 1

.PHONY: build
build: $(VENV)/bin/voyant

$(VENV)/bin/python:
	python3 -m venv $(VENV)
	$(PY) -m pip install -q maturin

$(VENV)/bin/voyant: $(VENV)/bin/python Cargo.toml Cargo.lock pyproject.toml $(shell find crates -name '*.rs')
	$(VENV)/bin/maturin develop --release --extras dev
	touch $@
