# make run    the page and the API on http://127.0.0.1:3233   (PORT=…, DOCKER=1, NASNET_WEIGHTS=…, CLASSIFIER_ADMIN_TOKEN=…)
# make test   style, types and every test that this machine can run
# Every verb does its own set-up and does nothing twice. What each does in detail: the script of its name in scripts/.

PYTHON ?= python3
export PYTHON
python := .venv/bin/python
side_by_side := --numprocesses logical --maxprocesses 4 --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run test check bench load accuracy fuzz audit release model package image doctor deploy undeploy conformance publish-site mutants lock clean
.PHONY: rollback route promote

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: ## the page and the API on this machine, first run included
	@scripts/environment host
	@$(python) scripts/model.py --or-stand-in
	@$(python) scripts/package.py --target host
	@exec scripts/run

test: ## style, types and tests
	@scripts/environment test
	@scripts/check
	@$(python) scripts/model.py --or-stand-in
	@$(python) scripts/package.py --target host
	@$(python) scripts/package.py
	@$(python) -m pytest $(side_by_side) $(PYTEST_OPTIONS)

check: ## style and types only
	@scripts/environment test
	@scripts/check

release: ## what a release publishes, in build/release, and where each part goes   (DOCKER=0 without the image; REGISTRY=… WEIGHTS=…)
	@scripts/environment test
	@scripts/release

model: ## build the model from Keras's weights, or from those that NASNET_WEIGHTS names
	@scripts/environment host
	@$(python) scripts/model.py

package: ## the zips for OpenWhisk, in build/package
	@scripts/environment host
	@$(python) scripts/package.py

image: ## the Docker image of classify; the last line is its name   (REGISTRY=…, IMAGE=…, WEIGHTS=stand-in)
	@scripts/environment host
	@$(python) scripts/model.py
	@scripts/image

doctor: ## what an OpenWhisk lacks for this package, in words   (APIHOST=… AUTH=…, or ~/.wskprops)
	@scripts/environment host
	@$(python) scripts/doctor.py

deploy: ## install what changed on an OpenWhisk   (APIHOST=… AUTH=… REGISTRY=… CLASSIFIER_ADMIN_TOKEN=… [ENVIRONMENT=dev])
	@scripts/environment host
	@scripts/deploy

undeploy: ## remove the package from an OpenWhisk   (APIHOST=… AUTH=… [ENVIRONMENT=dev])
	@scripts/environment host
	@scripts/undeploy

rollback: ## exchange the deployed version and the one before   (APIHOST=… AUTH=… [ENVIRONMENT=dev])
	@scripts/environment host
	@$(python) scripts/deployment.py rollback
	@$(python) scripts/doctor.py --installed

route: ## lead the API to the package of another environment, or back   (APIHOST=… AUTH=… [ENVIRONMENT=…] TO=canary)
	@scripts/environment host
	@$(python) scripts/deployment.py route

promote: ## deploy what another environment has   (APIHOST=… AUTH=… [ENVIRONMENT=…] FROM=canary)
	@scripts/environment host
	@$(python) scripts/deployment.py promote
	@$(python) scripts/doctor.py --installed

conformance: ## the conformance suite against an OpenWhisk   (APIHOST=… AUTH=…; without them against localwhisk)
	@scripts/environment test
	@$(python) scripts/model.py --or-stand-in
	@$(python) scripts/package.py --target host
	@scripts/conformance

publish-site: ## upload the page to an S3-compatible store   (BUCKET=… API_URL=… [ENDPOINT=…] [OPTIONS="--public --dry-run …"])
	@scripts/environment publish
	@$(python) scripts/publish_site.py --bucket "$(BUCKET)" --api-url "$(API_URL)" $(if $(ENDPOINT),--endpoint "$(ENDPOINT)") $(OPTIONS)

bench: ## measure everything side by side, or what is deployed   (ONLY=… DOCKER=1 OPTIONS=…; APIHOST=… AUTH=…)
	@scripts/environment host
	@$(python) scripts/model.py --or-stand-in
	@$(python) scripts/package.py --target host
	@scripts/bench $(if $(ONLY),--only $(ONLY)) $(if $(DOCKER),--docker) $(OPTIONS)

fuzz: ## hostile input for the actions, guided by coverage   (SECONDS=60 for each target, TARGET=decode for one)
	@scripts/environment host
	@SECONDS_EACH=$(or $(SECONDS),60) scripts/fuzz $(TARGET)

audit: ## known vulnerabilities of the Python packages in the lock files, asked of a service on the internet
	@scripts/environment test
	@scripts/audit

load: ## many callers at once: throughput, times, fairness, memory   (CALL=echo SECONDS=… SOAK=600 OPTIONS=…; APIHOST=… AUTH=…)
	@scripts/environment test
	@$(python) scripts/model.py --or-stand-in
	@$(python) scripts/package.py --target host
	@$(python) -m bench.load --call $(or $(CALL),photo) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SOAK),--soak $(SOAK)) $(OPTIONS)

accuracy: ## how often it is right on labelled photos, beside Keras   (DATA=folder LIST=file FIT=crop OPTIONS=…; APIHOST=… AUTH=… [ENVIRONMENT=dev])
	@scripts/environment test
	@$(if $(APIHOST)$(WSK_CONFIG_FILE),,$(python) scripts/model.py --or-stand-in)
	@$(if $(APIHOST)$(WSK_CONFIG_FILE),,$(python) scripts/package.py --target host)
	@$(python) -m accuracy "$(DATA)" $(if $(LIST),--list "$(LIST)") $(FIT:%=--fit %) $(OPTIONS)

mutants: ## changes of a module that no test notices   (MODULE=actions/decode/decoder.py [TESTS=tests/unit])
	@scripts/environment test
	@scripts/mutants "$(MODULE)" $(TESTS)

lock: ## rewrite the lock files from every requirements .in, keeping versions (needs uv)
	@scripts/lock

clean: ## remove everything that was built
	rm -rf build .venv
