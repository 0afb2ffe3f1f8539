# make demo : set up, then take the sample wealth desk through one whole cycle in build/demo (SIZE=full: hours)
# make test : set up, then formatting, lint, types, room rules and every test
# make setup: the virtual environment and the embedded model, both skipped when they are there
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SIZE   ?= demo
STAMP  := $(VENV)/.luthier-installed
# PyTorch's default wheel brings gigabytes of CUDA; a machine with a GPU sets CONSTRAINTS=constraints/gpu.txt.
CONSTRAINTS ?= constraints/cpu.txt

.PHONY: demo test setup check clean

setup: $(STAMP)
	@$(BIN)/luthier models get smollm2-135m >/dev/null

$(STAMP): pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Luthier needs Python 3.11 or newer; set PYTHON=/path/to/python3")'
	@echo "Setting up $(VENV): once, some minutes, about 2 GB"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --upgrade pip
	@$(BIN)/python -m pip install -qq --constraint $(CONSTRAINTS) --editable '.[test,sample,embeddings]'
	@touch $@

demo: setup
	@$(BIN)/python examples/wealth_desk/run.py --size $(SIZE) --out build/$(if $(filter demo,$(SIZE)),demo,demo-$(SIZE))

check: setup
	$(BIN)/ruff format --check src tests benchmarks examples
	$(BIN)/ruff check src tests benchmarks examples
	$(BIN)/mypy
	$(BIN)/lint-imports

# Two workers, each with a thread of its own and with whole files, so that what a file sets up is set up once.
test: check
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

clean:
	rm -rf build $(VENV)
