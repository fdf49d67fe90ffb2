# `make help` lists what there is. Everything builds outside the clone, so that clones share it.
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/pitwatch/target
DATA ?= data
LISTEN ?= 127.0.0.1:8000

.PHONY: help run server web test lint bench release openapi clean-data demo demo-scenario demo-overhead demo-kill

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: web server ## Build server and UI, start Pitwatch on LISTEN with its data in DATA
	@"$(CARGO_TARGET_DIR)/debug/pitwatch" serve --data "$(DATA)" --listen "$(LISTEN)"

server: ## Build the server for use and for tests (light optimisation)
	@echo "Building the server. From a clean checkout this takes about ten minutes on two cores."
	cargo build --locked -p pitwatch

web: web/dist/index.html ## Build the UI

web/dist/index.html: $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
	@echo "Building the UI."
	cd web && npm ci --no-audit --no-fund && npm run build

test: ## Install what the tests need and run them all
	@python3 ci/stages.py test

lint: ## Formatting, Clippy, Biome, dependency rules
	@python3 ci/stages.py lint

bench: ## Measure speed, memory and disk use with the load generator (release build; takes a while)
	@python3 bench/run.py

release: web ## Build the shipped binary
	cargo build --locked --release -p pitwatch
	@ls -l "$(CARGO_TARGET_DIR)/release/pitwatch" | awk '{printf "%s: %.1f MB\n", $$9, $$5 / 1e6}'

openapi: server ## Write crates/api/openapi.json from the server's routes
	"$(CARGO_TARGET_DIR)/debug/pitwatch" openapi > crates/api/openapi.json

demo: ## Build and start Pitwatch and the casino it watches; ARGS="--help" lists options
	@python3 casino/demo $(ARGS)

demo-scenario: ## Play in a browser and check what Pitwatch shows of it
	@python3 casino/demo/scenario.py $(ARGS)

demo-overhead: ## The same load with SDKs on and off, side by side
	@python3 casino/demo/overhead.py $(ARGS)

demo-kill: ## Kill each service during load and check what the others do
	@python3 casino/demo/kill.py $(ARGS)

clean-data: ## Delete the data folder of `make run`
	rm -rf "$(DATA)"
