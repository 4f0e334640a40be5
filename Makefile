# Plumbline: the two commands are `make serve` and `make test`. Each installs what it needs (bench asks for wrk), and is fast the second time.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help setup setup-test build serve demo test lint unit odd e2e lighthouse bench

help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup:
	@scripts/setup.sh
setup-test:
	@scripts/setup.sh test

build: setup ## build the release binary and the site
	@scripts/build.sh

serve: build ## run on embedded SQLite at http://127.0.0.1:3000, with nothing else to start
	@scripts/run.sh serve

demo: build ## fill a fresh database with a believable company and print the logins
	@scripts/run.sh demo

lint: setup ## formatting, clippy, the dependency arrows and licences, warnings denied
	@scripts/lint.sh

unit: setup-test ## rules, use cases and REST surfaces, on SQLite and on Postgres
	@scripts/unit.sh

odd: setup-test ## ask every documented operation odd questions (schemathesis)
	@scripts/schemathesis.sh

e2e: setup-test ## walk the product in a real browser
	@scripts/build.sh test
	@scripts/e2e.sh

test: setup-test ## lints, unit, both engines, odd questions to the API, end-to-end in a real browser
	@scripts/lint.sh
	@scripts/unit.sh
	@scripts/schemathesis.sh
	@scripts/build.sh test
	@scripts/e2e.sh
	@echo "All tests passed."

lighthouse: setup-test build ## Lighthouse (mobile) on the release build, as a table
	@scripts/lighthouse.sh

bench: setup-test build ## the load test against a release build, then scoring and routing
	@scripts/bench.sh
