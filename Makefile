#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#

# Options for every build, such as SWIFT_OPTIONS='-j 2'.
SWIFT_OPTIONS ?=
# Options for the tests, such as TEST_OPTIONS='--filter Peer'.
TEST_OPTIONS ?=
# The most tests at once in a run. All at once, they wait for each other beyond their limits of time on a small machine.
TEST_WIDTH ?= 16
# Options for the benchmark, such as BENCH_OPTIONS='--only manifest-get'.
BENCH_OPTIONS ?=
# Parsers that are fuzzed, such as FUZZ_TARGETS='route token'; all unless told. Seconds for each of them.
FUZZ_TARGETS ?=
FUZZ_SECONDS ?= 60
CONFIG ?= config/quickstart.yml

# Where `make install` puts things; DESTDIR stands before all of it, for packages.
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc

# With Swift's own libraries linked in: the program runs where there is no Swift, and a small request takes less of the
# processor.
release := swift build -c release --static-swift-stdlib
binary := $(CURDIR)/.build/release/plimsoll
# What is installed: another one with BINARY=FILE.
BINARY ?= $(binary)
sources := Package.swift Sources Tests
# Tests that keep both of two cores busy for minutes; beside them others would reach their limits of time.
longest := LedgerKillTests|CollectionKillTests|CollectionLoadTests|CollectionClientsTests|LogFileKillTests|AlertTests|EventClientsTests
# Tests over object stores: each starts the store's own servers.
stores := PeerTests.(S3|Azure|GCS|OSS|Swift|Keystone|Cloud)

.PHONY: help run build test bench bench-capacity fuzz install uninstall format lint clean

help: ## shows this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: build ## serves config/quickstart.yml, or CONFIG=FILE
	@# Where plimsoll ctl looks; other users have XDG_RUNTIME_DIR.
	@[ "$$(id -u)" -ne 0 ] || install -d -m 755 /run/plimsoll
	$(binary) serve $(CONFIG)

build: ## builds .build/release/plimsoll, after installing what that needs
	scripts/install run
	$(release) --product plimsoll $(SWIFT_OPTIONS)

# Processes are tested as they are shipped, so the release build comes first. Seven runs one after the other: all at once,
# tests of time limits would wait for processes and disks; two thousand slow clients leave nobody else any time; and what a
# request costs is counted where nothing else makes it slow, since the log then gathers fewer requests at a time.
test: export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH := $(TEST_WIDTH)
test: build ## runs all tests, after installing the servers and clients they use
	scripts/install test
	swift build --build-tests $(SWIFT_OPTIONS)
	swift test --skip-build --parallel --skip 'LiveTests|PeerTests' $(TEST_OPTIONS)
	swift test --skip-build --parallel --filter LiveTests --skip SlowClientsTests $(TEST_OPTIONS)
	swift test --skip-build --parallel --filter SlowClientsTests $(TEST_OPTIONS)
	PLIMSOLL_BINARY=$(binary) swift test --skip-build --parallel --filter PeerTests \
		--skip 'BudgetTests|$(longest)|$(stores)' $(TEST_OPTIONS)
	PLIMSOLL_BINARY=$(binary) swift test --skip-build --parallel --filter '$(stores)' $(TEST_OPTIONS)
	PLIMSOLL_BINARY=$(binary) swift test --skip-build --parallel --filter '$(longest)' $(TEST_OPTIONS)
	PLIMSOLL_BINARY=$(binary) swift test --skip-build --filter BudgetTests $(TEST_OPTIONS)

bench: build ## measures against docker-registry, after installing it and wrk
	scripts/install bench
	$(release) --product CallCost $(SWIFT_OPTIONS)
	python3 Tests/Benchmarks/bench.py --plimsoll $(binary) $(BENCH_OPTIONS)

bench-capacity: build ## measures ledger, reports and collection on a large store that it makes up
	scripts/install bench
	python3 Tests/Benchmarks/capacity.py --plimsoll $(binary) $(BENCH_OPTIONS)

fuzz: ## has libFuzzer look for what breaks a parser, for a minute each
	scripts/install run
	FUZZ_SECONDS=$(FUZZ_SECONDS) SWIFT_OPTIONS='$(SWIFT_OPTIONS)' scripts/fuzz $(FUZZ_TARGETS)

install: ## installs what was built, with units and configuration: PREFIX, DESTDIR, SYSCONFDIR
	@PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' DESTDIR='$(DESTDIR)' scripts/install-files install '$(BINARY)'

uninstall: ## removes what was installed, but neither configuration nor content
	@PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' DESTDIR='$(DESTDIR)' scripts/install-files uninstall

format: ## formats the sources in place
	swift format format --configuration .swift-format --recursive --parallel --in-place $(sources)

lint: ## checks the form of the sources
	swift format lint --configuration .swift-format --recursive --parallel --strict $(sources)

clean: ## removes what was built
	swift package clean
