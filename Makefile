# Everything is set up in .venv from the lock file; nothing else on the machine is touched.
PYTHON ?= python3
VENV := .venv
# How many processes run the tests side by side, a file at a time.
WORKERS ?= 3
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Airflow and its provider, which the hub does without: an environment of their own, for their tests.
AIRFLOW := .airflow

# What Python has read once it keeps beside the source, wherever the machine says otherwise: each process of the tests and
# of the demo would else read all of it anew, which takes longer than what it does.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check bench fuzz interleavings kills peers airflow lock schemas site clean

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say make PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(VENV)
# The lock is complete: without a resolver no newer version on the index can get in its way.
# Not compiled: Python compiles what it meets at its first run, which is a fraction of what comes.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $(STAMP)

demo: $(STAMP)
	$(BIN)/licet demo

test: $(STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.generated --check

bench: $(STAMP)
	$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(JSON),--json $(JSON))

# Damaged bytes for each reader, mapping and door, for SECONDS each (60).
fuzz: $(STAMP)
	$(BIN)/python -m tests.fuzz $(if $(SECONDS),--seconds $(SECONDS)) $(if $(ONLY),--only $(ONLY))

# Whatever can meet at a door, in COUNT (10,000) seeded orders, some twenty minutes on two cores; the first that ends wrongly is told whole.
interleavings: $(STAMP)
	$(BIN)/python -m tests.interleavings $(if $(COUNT),--count $(COUNT)) $(if $(FIRST),--first $(FIRST))

# Every process of a hub in roles is killed again and again, ROUNDS (20) times, under load on PostgreSQL; some twenty minutes on two cores.
kills: $(STAMP)
	$(BIN)/python -m tests.faults.killed $(if $(ROUNDS),--rounds $(ROUNDS))

# Servers of other people, a browser and a Chinese font that only some tests meet; without them these tests are skipped by name.
peers:
	echo 'slapd slapd/no_configuration boolean true' | debconf-set-selections
	apt-get -qq update
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
		chromium chromium-driver slapd nginx-light tinyproxy-bin softhsm2 samba samba-ad-provision samba-dsdb-modules python3-samba fonts-noto-cjk

airflow: $(AIRFLOW)/.installed

# Where uv does not find the index that pip was told of, pip does the same, slowly.
$(AIRFLOW)/.installed: airflow_provider/requirements.lock airflow_provider/pyproject.toml | $(STAMP)
	$(PYTHON) -m venv $(AIRFLOW)
	$(BIN)/uv pip install --quiet --python $(AIRFLOW) --no-deps --require-hashes -r airflow_provider/requirements.lock || \
		$(AIRFLOW)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r airflow_provider/requirements.lock
	$(AIRFLOW)/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e airflow_provider
	@touch $@

schemas: $(STAMP)
	$(BIN)/python -m tests.generated

# The documentation in both languages, for a browser without a network: build/site/index.html.
site: $(STAMP)
	$(BIN)/python -m tests.pages build/site

# One lock for every system and Python: what only some need is marked so.
LOCKED := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
EXTRAS := demo keyring pkcs11 prove xml soap docs dev
lock:
	$(LOCKED) --extra test --output-file airflow_provider/requirements.lock airflow_provider/pyproject.toml
	$(LOCKED) $(EXTRAS:%=--extra %) --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) $(AIRFLOW) build .mypy_cache .ruff_cache .pytest_cache
