# FlaskScale's commands. `make help` lists them; docs/commands.md says what each one promises.
SHELL := /bin/sh
.DEFAULT_GOAL := help
ENVIRONMENT := .venv
BIN := $(ENVIRONMENT)/bin
PYTHON_RUN := $(BIN)/python
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONDONTWRITEBYTECODE := 1
# make up RUNTIME=vm is LOCALCLOUD_RUNTIME=vm make up.
ifdef RUNTIME
export LOCALCLOUD_RUNTIME := $(RUNTIME)
endif

.PHONY: help up deploy status destroy down clean env test test-docker lint test-fast test-stories test-playbooks test-e2e test-browser test-molecule \
	bench bench-docker pages pictures environment environment-dev

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  \033[1mmake %-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: environment ## From a fresh clone: environment, local cloud, ansible-playbook site.yml; ends with the URL (RUNTIME=vm: on machines)
	@[ "$(LOCALCLOUD_RUNTIME)" != vm ] || $(PYTHON_RUN) -m localcloud images
	@$(PYTHON_RUN) -m localcloud up
	@$(BIN)/ansible-playbook site.yml

deploy: environment ## ansible-playbook site.yml once more (after an edit of the app, say)
	@$(BIN)/ansible-playbook site.yml

status: environment ## The local cloud and the fleet, as tables
	@$(PYTHON_RUN) -m localcloud status
	@$(BIN)/ansible-playbook playbooks/status.yml

destroy: environment ## Delete everything site.yml made, in dependency order
	@$(BIN)/ansible-playbook playbooks/destroy.yml

down: ## Stop everything that was started; the state stays
	@[ ! -x $(PYTHON_RUN) ] || $(PYTHON_RUN) -m localcloud down

clean: ## Stop everything and remove the local cloud's state
	@[ ! -x $(PYTHON_RUN) ] || $(PYTHON_RUN) -m localcloud clean

env: ## Exports that point any Google client at the local cloud: eval "$(make -s env)"
	@$(PYTHON_RUN) -m localcloud env

test: environment-dev lint ## Everything that needs no Docker engine; says what it skipped and why
	@$(BIN)/pytest --ignore=tests/docker

test-fast: environment-dev ## Unit and contract tests: seconds
	@$(BIN)/pytest tests/unit tests/contract

test-stories: environment-dev ## Every own module's story against the local cloud
	@$(BIN)/pytest tests/stories

test-playbooks: environment-dev ## The playbooks beside their main path: one zone, a domain, both inventories
	@$(BIN)/pytest tests/playbooks

test-e2e: environment-dev ## make up's path through Envoy, faults and recovery
	@$(BIN)/pytest tests/e2e

test-browser: environment-dev ## The page in a real browser
	@$(BIN)/pytest tests/browser

test-molecule: environment-dev ## Role scenarios against the local cloud
	@$(BIN)/pytest tests/molecule

test-docker: export CI := true
test-docker: export FLASKSCALE_TEST_DOCKER := 1
test-docker: environment-dev lint ## Everything, with a Docker engine: real machines and images too; a skip is a failure
	@mkdir -p build
	@echo "The tests on machines run beside the others; what they say is shown at the end (build/test-docker.log)."
	@$(BIN)/pytest tests/docker > build/test-docker.log 2>&1 & machines=$$!; \
	$(BIN)/pytest --ignore=tests/docker; others=$$?; \
	wait $$machines; status=$$?; cat build/test-docker.log; exit $$((status > others ? status : others))

lint: environment-dev ## ruff, mypy, yamllint, ansible-lint (production profile)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/yamllint --strict .
	@$(BIN)/ansible-lint --offline

bench: environment-dev ## Measure, print the tables and write docs/benchmarks.md
	@$(PYTHON_RUN) -m tests.load.benchmarks

bench-docker: environment-dev ## Measure machines and images (needs a Docker engine); docs/benchmarks-docker.md
	@$(PYTHON_RUN) -m tests.load.docker_benchmarks

pages: environment ## Write the generated pages of docs/
	@$(PYTHON_RUN) -m localcloud fidelity > docs/fidelity.md
	@$(PYTHON_RUN) scripts/variables-page > docs/variables.md

pictures: environment-dev ## Make the page's screenshot from a running deployment (needs Chromium)
	@$(PYTHON_RUN) -m tests.browser.pictures

environment:
	@scripts/create-environment requirements.txt

environment-dev:
	@scripts/create-environment requirements-dev.txt
