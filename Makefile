# `make` checks and tests; `make help` lists what else there is.
# The checkout brings its own Node: the devDependency `node` comes first in PATH.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
.DEFAULT_GOAL := all
# A build that broke off must not look like one that is done.
.DELETE_ON_ERROR:
.PHONY: all help install demo test check lint types format docs build binary test-binary bench bench-docs fuzz fuzz-pairs torture clean

SOURCES := $(shell find bin lib -type f) package.json
BUNDLE := esbuild --bundle --platform=node --format=cjs --target=node24.15 --minify --line-limit=500 --log-level=warning

all: check test ## check and test

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 14

install: node_modules/.installed ## the development tools, Node among them

node_modules/.installed: package.json package-lock.json
	npm ci --no-audit --no-fund
	@node -e "process.exit(+(process.versions.node.split('.')[0] < 24))" || \
	  { echo 'The devDependency node has no binary: npm ran without install scripts (ignore-scripts?).' >&2; exit 1; }
	@touch $@

demo: build ## two heads, a merge, an upgrade and a downgrade, on a real SQLite file
	@sh docs/demo.sh

test: build ## all tests
	node test/run.ts

check: types lint ## types, lint and format

types: install
	tsc --noEmit

lint: install
	biome ci --colors=off --error-on-warnings .

format: install ## put every file into its form
	biome check --write .

docs: build ## write docs/commands.md, docs/mig.1, and the outputs in the tours
	node test/docs.ts

build: dist/mig.cjs ## the program and the library, into dist/

dist/mig.cjs: node_modules/.installed $(SOURCES) tsconfig.build.json Makefile
	rm -rf dist build/types node_modules/.cache/mig
	$(BUNDLE) bin/bundle.ts --define:import.meta.main=false --outfile=dist/bundle.cjs
	tsc --project tsconfig.build.json
	node bin/types.ts build/types dist
	cp bin/index.js bin/index.cjs dist/
	cat node_modules/cac/LICENSE node_modules/picocolors/LICENSE >dist/licenses.txt
	esbuild bin/start.cjs --platform=node --target=node10 --minify --log-level=warning --outfile=$@ \
	  --define:BUILD="\"$$(node -p 'crypto.hash("sha256", fs.readFileSync("dist/bundle.cjs")).slice(0, 12)')\""
	@chmod +x $@

binary: build/mig ## a single executable that needs no Node, into build/

build/mig: dist/mig.cjs
	mkdir -p build/sea
	$(BUNDLE) bin/mig.ts --define:import.meta.main=true --outfile=build/sea/mig.cjs
	node bin/binary.ts build/sea/mig.cjs $@

test-binary: binary ## the end-to-end tests on it, with no Node in PATH
	sh test/support/without-node.sh "$$(node -p process.execPath)" test/run.ts readme e2e

bench: build ## timings, as ratios in one run
	node test/bench/run.ts

bench-docs: build ## the same, written to docs/benchmarks.md
	node test/bench/run.ts --docs

fuzz: build ## 100,000 random files and command lines
	node test/bench/fuzz.ts

fuzz-pairs: install ## the way between 5,000 pairs of random schemas and back, with their rows
	node test/bench/pairs.ts

torture: build ## hundreds of SIGKILLs, crowds of processes: the long run
	node test/torture/run.ts

clean: ## remove what was built and installed
	rm -rf dist build node_modules
