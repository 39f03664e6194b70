# Each command makes its own virtual environment if there is none; PYTHON is the interpreter that it is made from.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

# Two workers with a thread each: threads of both on two cores get in each other's way.
QUIETLY := KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1

.PHONY: demo test lint bench clean

demo: $(INSTALLED)
	$(BIN)/python demo.py

test: $(INSTALLED) lint
	$(QUIETLY) $(BIN)/python -m pytest -q -n 2 --dist worksteal -m "slow or not slow"

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(INSTALLED)
	$(BIN)/python benchmarks/check_startup.py
	$(BIN)/python benchmarks/check_sheets.py
	$(BIN)/python benchmarks/input_pipeline.py

# Bytecode is left to the first import (so it has to be kept): most of what is installed is never imported, and to compile it all
# takes a minute.
export PYTHONDONTWRITEBYTECODE :=

# imgaug asks for the OpenCV that needs libGL; the headless one is put in its place.
$(INSTALLED): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[dev]'
	$(BIN)/python -m pip uninstall --quiet --yes opencv-python opencv-python-headless
	$(BIN)/python -m pip install --quiet 'opencv-python-headless>=4.10,<6'
	touch $(INSTALLED)

clean:
	rm -rf $(VENV) build dist *.egg-info runs demo
