# make run | test | nightly | screens | sample | lock | clean.   PYTHON=python3.12 chooses another Python (3.11 or newer).
# Every path is relative, so the folder may have any name.

SHELL := /bin/sh
PYTHON ?=
SCENARIO ?= scenarios/seoul-2024.yaml
OPTIONS ?= -n 100000
UV := 0.13.9

# What the user's shell sets for other projects must not reach into this one.
unexport PYTHONPATH PYTHONHOME
export PIP_USER := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

# A set-up is named by what it was made from: the place, the chosen Python, the pinned requirements.
# Its mark is written last, so an interrupted set-up has none and the next one starts from nothing.
ready := .venv/ready-$(shell { pwd -P; echo '$(PYTHON)'; cat requirements.txt pyproject.toml; } | cksum | cut -d' ' -f1)
ready_dev := $(ready)-dev-$(shell cksum < requirements-dev.txt | cut -d' ' -f1)
$(shell .venv/bin/python -c '' 2>/dev/null || rm -f .venv/ready-*)

pip := .venv/bin/python -m pip install --quiet
locked := $(pip) --require-hashes --only-binary :all:

.PHONY: run test nightly screens sample lock clean

run: $(ready)
	@.venv/bin/escalation run $(SCENARIO) $(OPTIONS)

test: $(ready_dev)
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --quiet --check .
	@.venv/bin/mypy --no-error-summary
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# A pipe into tee forgets the exit code in plain sh, so a file remembers it.
nightly: $(ready_dev)
	@{ .venv/bin/python -m pytest -n 2 --dist load -m nightly 2>&1 || touch .venv/nightly-failed; } | tee docs/nightly.txt
	@! rm .venv/nightly-failed 2>/dev/null

screens: $(ready_dev)
	@report=$$(.venv/bin/escalation run $(SCENARIO) $(OPTIONS) --quiet) && .venv/bin/python docs/screens/take.py "$$report"

# The report that is committed to be looked at. The log names a machine; the figures stand in the page; paths are large.
sample: $(ready)
	@rm -rf .venv/sample
	@.venv/bin/escalation run $(SCENARIO) -n 1000 --futures 200 --out .venv/sample --quiet >/dev/null
	@rm -rf reports/sample && mkdir -p reports/sample && cp -R .venv/sample/*/latest/. reports/sample
	@cd reports/sample && rm -r run.log series.parquet figures
	@rm -r .venv/sample && du -sh reports/sample

$(ready):
	@echo "setting up .venv (once, a minute or two)" >&2
	@python=$$(sh .ci/find-python "$(PYTHON)") && "$$python" -m venv --clear .venv
	@$(locked) -r requirements.txt
	@$(pip) --no-deps --no-build-isolation --editable .
	@touch $@

# While it works there is no mark at all: packages half replaced are nobody's set-up.
$(ready_dev): $(ready)
	@echo "adding the tools for tests" >&2
	@rm -f .venv/ready-*
	@$(locked) -r requirements-dev.txt
	@touch $(ready) $@

# One resolution for every Python and platform we name, from the ranges in pyproject.toml.
compile := .venv-lock/bin/uv --no-config --system-certs pip compile --quiet --universal --python-version 3.11 \
    --fork-strategy fewest --generate-hashes --custom-compile-command "make lock"

lock:
	@python=$$(sh .ci/find-python "$(PYTHON)") && "$$python" -m venv --clear .venv-lock
	@.venv-lock/bin/python -m pip install --quiet uv==$(UV)
	@$(compile) --upgrade --group build pyproject.toml --output-file requirements.txt
	@$(compile) --upgrade --group dev --constraints requirements.txt --output-file requirements-dev.txt
	@rm -rf .venv-lock

clean:
	rm -rf .venv .venv-lock .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
