# Skyrack: `make demo` and `make test` do all the set-up themselves; they need Python 3.11+, git and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo operate flight flight-gallery test test-slow lint docs bench console golden-diff golden-accept wheel constraints clean

demo: $(VENV)/.demo
	@rm -rf runs/demo
	$(BIN)/skyrack run spacex-million --out runs/demo
	@echo "The report is in $(CURDIR)/runs/demo/report.html; open it in a browser."
	@echo "To watch the fleet live: $(BIN)/skyrack up --scenario spacex-million, then open the address that it prints."

# A PyTorch job of examples/flight on four satellites, with two failures, ten flipped bits and an outage; needs PyTorch.
flight: $(VENV)/.flight
	@rm -rf flights/demo flights/demo.pt
	@mkdir -p flights
	$(BIN)/skyrack fly starlink-v3-compute --satellites 4 --as llama-3.1-70b --faults examples/flight/faults.yaml --replay 48 \
	  --out flights/demo -- torchrun --nproc-per-node 4 examples/flight/train_ddp.py --steps 100 --checkpoint flights/demo.pt
	@echo "The report is in $(CURDIR)/flights/demo/report.html; open it in a browser."

# A day of 88,000 satellites under four scheduling policies; then the first of them drives 16 nodes of Slurm, if that is
# installed, on which a PyTorch job is moved before eclipses.
operate: $(VENV)/.flight
	@rm -rf operations/demo operations/slurm-demo
	$(BIN)/skyrack operate starcloud-88k --span "24 h" --out operations/demo
	@echo "The report is in $(CURDIR)/operations/demo/report.html; open it in a browser."
	$(BIN)/python examples/operations/demo.py operations/slurm-demo

# About 100 flights: half an hour on two cores.
flight-gallery: $(VENV)/.flight
	$(BIN)/python benchmarks/flight_gallery.py

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 -m "not slow"

# browsers, kill -9 again and again, generated requests, plug-in packages one by one, figures of large scenarios
test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 -m slow

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.docs
	mkdir -p docs/generated
	$(BIN)/python -m pytest tests/reference --validation-json docs/generated/validation.json
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html
	@echo "The documentation is in $(CURDIR)/docs/_build/html/index.html"

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/bench.py
	$(BIN)/python benchmarks/live.py

# The console's build is kept in the repository, so that only those who change it need node.
console: $(VENV)/.dev
	cd console && npm ci --no-fund --no-audit
	cd console && PYTHON=$(CURDIR)/$(BIN)/python npm run types && npm run check && npm run build

golden-diff: $(VENV)/.dev
	$(BIN)/python -m tests.golden.golden diff

golden-accept: $(VENV)/.dev
	$(BIN)/python -m tests.golden.golden accept

wheel: $(VENV)/.dev
	$(BIN)/python -m build --outdir dist .

constraints: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile -q pyproject.toml --extra dev --extra docs --extra web --extra pg --universal --no-header --no-annotate -o constraints.txt

clean:
	rm -rf $(VENV) runs dist docs/_build docs/generated

$(BIN)/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Skyrack needs Python 3.11 or later; name one with make PYTHON=python3.12')"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e ".[web]"
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e ".[dev]"
	@touch $@ $(VENV)/.demo

# PyTorch first and by itself: pip takes a build for CPUs where one is at hand
$(VENV)/.flight: $(VENV)/.demo
	$(PIP) install "torch==2.13.0"
	$(PIP) install -c constraints.txt -e ".[web,gallery]"
	@touch $@

$(VENV)/.docs: $(VENV)/.dev
	$(PIP) install -c constraints.txt -e ".[dev,docs]"
	@touch $@
