# The AWS edition: deploying it, taking it away, and trying it on this machine. Included by the Makefile.

STAGE ?= dev
REGION ?= us-east-1
PROFILE ?=
CLOUD_VENV ?= .venv-cloud
CLOUD_BIN := $(CLOUD_VENV)/bin
CLOUD_STAMP := $(CLOUD_VENV)/.stamps/tools
SCAN_VENV ?= .venv-scan
SCAN_STAMP := $(SCAN_VENV)/.stamps/tools
CLOUD := $(CLOUD_BIN)/python -m scripts.aws

.PHONY: deploy
deploy: $(CLOUD_STAMP) web/dist/index.html ## Deploy to AWS (STAGE=dev REGION=us-east-1 PROFILE=…, ARGS='WebDomain=… CertificateArn=…')
	$(CLOUD).deploy deploy --stage $(STAGE) --region $(REGION) --profile "$(PROFILE)" $(ARGS)

.PHONY: destroy
destroy: $(CLOUD_STAMP) ## Take the deployment away from AWS; people's data stays
	$(CLOUD).deploy destroy --stage $(STAGE) --region $(REGION) --profile "$(PROFILE)"

.PHONY: cloud
cloud: $(CLOUD_STAMP) web/dist/index.html ## Try the AWS edition on this machine, in an emulated cloud that enforces IAM
	$(CLOUD).cloud $(ARGS)

.PHONY: lint-template
lint-template: export AWS_DEFAULT_REGION = us-east-1
lint-template: export SAM_CLI_TELEMETRY = 0
lint-template: $(CLOUD_STAMP) $(SCAN_STAMP) ## AWS's checks of template.yaml, and a security scanner over what becomes of it
	$(CLOUD_BIN)/sam validate --lint --template template.yaml
	$(CLOUD_BIN)/cfn-lint --regions us-east-1 -- deploy/gateway-logs.yaml
	$(CLOUD_BIN)/python -m scripts.aws.processed build/template.json
	$(SCAN_VENV)/bin/checkov --config-file .checkov.yaml --file build/template.json deploy/gateway-logs.yaml

.PHONY: test-cloud
test-cloud: $(STAMPS)/dev $(STAMPS)/package $(CLOUD_STAMP) web/dist/index.html ## The AWS edition, deployed to the emulator, in real browsers and networks
	$(BIN)/python -m pytest tests/contract --dynamodb ministack -n $(WORKERS) --dist worksteal
	scripts/find-network-tools.sh
	CHROMIUM="$$(scripts/find-chromium.sh)" PATH="$$PATH:/usr/sbin:/sbin" $(BIN)/python -m pytest tests/cloud $(ARGS)

# The emulator and the SAM command line pin their SDK: they have an environment of their own.
$(CLOUD_STAMP): requirements/cloud.txt requirements/pip.txt
	scripts/setup-python.sh $(CLOUD_VENV) $(PYTHON)
	$(CLOUD_BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/cloud.txt
	@mkdir -p $(@D) && touch $@

# So does the scanner.
$(SCAN_STAMP): requirements/scan.txt requirements/pip.txt
	scripts/setup-python.sh $(SCAN_VENV) $(PYTHON)
	$(SCAN_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/scan.txt
	@mkdir -p $(@D) && touch $@

.PHONY: bench-aws
bench-aws: $(STAMPS)/dev $(STAMPS)/package ## Cold starts and billed units of the AWS edition
	$(BIN)/python -m bench.aws $(ARGS)
