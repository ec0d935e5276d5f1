# burnbag's commands; `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
# Python 3.11 to 3.13; found by itself if unset.
PYTHON ?=
# Port of the embedded AWS; 4566 or any free one if unset.
PORT ?=
# Anything: `make demo` is a load then.
LOAD ?=
# Environment of plan, deploy, account, destroy, outputs, check, dashboard, letters, reconcile, restore and test-aws;
# the one output to print.
ENV ?=
NAME ?=
# For pipelines: where a plan is kept, which kept plan is deployed, and 1 to be asked nothing.
OUT ?=
PLAN ?=
AUTO ?=
# What to do with dead letters: list, replay or drop; the one letter, by the beginning of its id.
DO ?= list
ID ?=
# The table that point-in-time recovery has made of the receipts.
FROM ?=
# What `make package` builds for, such as python3.13 and arm64; this machine's if unset. ARCH is `make dist`'s too.
RUNTIME ?=
ARCH ?=
# Files or folders to make mutants of; all of services and core if unset.
ONLY ?=
# The part to measure, and options; all of them if unset: see benchmarks/__main__.py.
PART ?=
export PORT LOAD
# Whatever this shell says, a module is compiled once, and not by each of the tests' processes.
export PYTHONDONTWRITEBYTECODE :=
PY := .venv/bin/python
# The services' modules share names (app, chalicelib), so each has a check of its own. The cache is one:
# what they import is read once, and a module is known by its text and not by its name alone.
MYPY = $(PY) -m mypy
DEPLOY = $(PY) -m tools.deploy $(1) "$(ENV)"

.PHONY: help
help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: up
up: manifest ## Run burnbag on the embedded AWS and show the main job (PORT=4566)
	@$(PY) -m tools.stack_command up

.PHONY: demo
demo: venv ## Show the main job again on the running stack (LOAD=1: hundreds of secrets)
	@$(PY) -m tools.stack_command demo

.PHONY: dashboard
dashboard: venv ## Draw the dashboard as a page (ENV=dev; that of make up if unset)
	@$(PY) -m tools.dashboard "$(or $(ENV),local)"

.PHONY: status
status: venv ## Say whether the stack runs, and where
	@$(PY) -m tools.stack_command status

.PHONY: down
down: venv ## End the stack and forget everything in it
	@$(PY) -m tools.stack_command down

.PHONY: test
test: venv ## Run every check and test, from the types to the embedded AWS
	@$(MAKE) --no-print-directory --jobs=2 checks tests

# Side by side: the checks need the processors, while the tests wait for Terraform's apply.
.PHONY: checks
checks: venv
	@mkdir -p build
	@{ $(MAKE) lint && $(PY) -m tools.terraform test; } >build/checks.log 2>&1 \
	    || { cat build/checks.log; exit 1; }
	@echo "- style, types and Terraform are as they should be: build/checks.log"

# The workers start with the parts that wait for a stack: tests/conftest.py.
.PHONY: tests
tests: venv
	@$(PY) -m pytest --numprocesses=4 --dist=loadscope --no-loadscope-reorder

# Every worker collects all tests, and some tests wait: a third worker computes meanwhile.
.PHONY: test-unit
test-unit: venv ## Run the unit tests, for the inner loop
	@$(PY) -m pytest tests/unit --numprocesses=3 -p no:terraform

.PHONY: mutants
mutants: venv build/mutants/lib/.stamp ## Change the services in small ways: does a test notice? (ONLY=services/reveal)
	@PYTHONPATH=build/mutants/lib $(PY) -m pytest --quiet tests/mutants
	@PYTHONPATH=build/mutants/lib $(PY) -m tests.mutants $(ONLY)

build/mutants/lib/.stamp: requirements/mutants.txt | venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-input --no-deps \
		--require-hashes --upgrade --target $(@D) -r $<
	@touch $@

.PHONY: lint
lint: venv ## Check style, types, Terraform, policies, and for what attackers look for
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(MYPY) core/burnbag_core client/burnbag_format client/burnbag benchmarks tools tests
	@set -e; for service in create reveal reaper; do \
	    MYPYPATH=services/$$service $(MYPY) services/$$service; done
	@$(PY) -m tools.terraform lint
	@$(PY) -m tools.policies
	@$(PY) -m bandit --quiet --configfile pyproject.toml --recursive core services client tools
	@$(MAKE) --no-print-directory audit

.PHONY: audit
audit: venv ## Look for known vulnerabilities in what is installed, where the database can be reached
	@mkdir -p build
	@$(PY) -m pip_audit --require-hashes --disable-pip --progress-spinner off \
	    --requirement requirements/dev.txt >build/audit.log 2>&1 \
	    || { grep -q '^ERROR:pip_audit' build/audit.log \
	    && echo "- known vulnerabilities were not looked for: build/audit.log"; } \
	    || { cat build/audit.log; exit 1; }

.PHONY: fmt
fmt: venv ## Put Python and Terraform files into their standard form, and make what is made of them
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .
	@$(PY) -m tools.asynchronous
	@$(PY) -m tools.terraform fmt

.PHONY: bench
bench: venv ## Measure client and services, and write the docs' figures (PART=cost)
	@PYTHONPATH=.:core:client $(PY) -m benchmarks $(PART)

.PHONY: package
package: venv ## Build the four zips into build/packages (RUNTIME=python3.13 ARCH=arm64)
	@$(PY) -m tools.package $(if $(RUNTIME),--runtime $(RUNTIME)) $(if $(ARCH),--architecture $(ARCH))

.PHONY: dist
dist: venv ## Build the client's wheel and source archive, and burnbag.pyz, into build/dist (ARCH=arm64)
	@$(PY) -m tools.dist $(if $(ARCH),--architecture $(ARCH))

.PHONY: manifest
manifest: venv ## Write down what the page in web/ is made of, after a change of it
	@$(PY) -m tools.manifest

.PHONY: plan
plan: venv require-env ## Show what a deployment would change (ENV=dev; OUT=folder keeps the plan)
	@$(call DEPLOY,plan) $(if $(OUT),--out "$(OUT)")

.PHONY: deploy
deploy: venv require-env ## Deploy to AWS; shows the plan and asks first (ENV=dev; AUTO=1 or PLAN=folder)
	@$(call DEPLOY,apply) $(if $(AUTO),--auto) $(if $(PLAN),--plan "$(PLAN)")

.PHONY: account
account: venv require-env ## Deploy what all stacks of an account and region share, once (ENV=dev)
	@$(call DEPLOY,account) $(if $(AUTO),--auto)

.PHONY: destroy
destroy: venv require-env ## Destroy an environment that is not protected; asks for its name (ENV=dev)
	@$(call DEPLOY,destroy) $(if $(AUTO),--auto)

.PHONY: outputs
outputs: venv require-env ## Print what a deployment tells, or one value of it (ENV=dev NAME=api_url)
	@$(PY) -m tools.deploy outputs "$(ENV)" $(if $(NAME),--name "$(NAME)")

.PHONY: check
check: venv require-env ## Look whether a deployment is as it should be (ENV=dev; local is that of make up)
	@$(PY) -m tools.check "$(ENV)"

.PHONY: letters
letters: venv require-env ## Say which dead letters there are (ENV=dev; DO=replay or drop, ID= for one, AUTO=1)
	@$(PY) -m tools.letters "$(ENV)" "$(DO)" $(if $(ID),--id "$(ID)") $(if $(AUTO),--auto)

.PHONY: reconcile
reconcile: venv require-env ## Find and mend what streams have forgotten, as happens every day (ENV=dev)
	@$(PY) -m tools.reconcile "$(ENV)"

.PHONY: restore
restore: venv require-env ## Put lost receipts back (ENV=dev FROM=burnbag-dev-receipts-restored)
	@$(PY) -m tools.restore "$(ENV)" "$(FROM)"

.PHONY: test-aws
test-aws: venv require-env ## Test on your AWS account, in a deployment that comes and goes (ENV=test)
	@$(PY) -m tools.test_aws "$(ENV)"

.PHONY: requirements
requirements: ## Pin the newest versions of requirements/*.in (needs uv)
	@./tools/pin.sh

.PHONY: clean
clean: ## End the stacks and remove everything that was built
	@if [ -x $(PY) ]; then $(PY) -m tools.stack_command end-all; fi
	@rm -rf build .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

.PHONY: venv
venv:
	@./tools/venv.sh "$(PYTHON)"

.PHONY: require-env
require-env:
	@test -n "$(ENV)" || { echo "burnbag: which environment? make plan ENV=dev" >&2; exit 1; }
