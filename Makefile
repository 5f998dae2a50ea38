# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# Short names for the usual things; each recipe is what one would type. Building itself is CMake's work.
# Missing tools are installed first by scripts/setup.sh, which says so (SGDMA_NO_SETUP=1 switches that off).

JOBS ?= $(shell nproc)
export JOBS

.DEFAULT_GOAL := help
.PHONY: help run test waves bench synth lint format docs regress baremetal clean

help: ## Show this list
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do \
	  printf '  make %-10s %s\n' "$$name" "$$what"; done

run: ## Send a real file through driver, engine, IOMMU and memory
	@scripts/build.sh check sgdma
	build/check/bin/sgdma copy build/check/bin/sgdma build/check/copy.out
	@echo
	@echo "That was the program's own executable, copied by the simulated engine. Next:"
	@echo "  build/check/bin/sgdma copy --help        latency, stalls, fragments, faults, waves"
	@echo "  build/check/bin/sgdma info               what the driver found in the engine"
	@echo "  make test                                everything we know about it, checked"

test: ## Build and run all tests but the long campaigns
	@scripts/build.sh check
	@ctest --preset check -j $(JOBS)

waves: ## Rerun one test with waves and look at them: make waves TEST=Suite.Name
	@scripts/waves.sh '$(TEST)'

bench: ## Measure the engine against its limits, and the speed of the simulation (ARGS=--quick: seconds, docs stay)
	@scripts/bench.sh $(ARGS)

synth: ## Measure area and clock for Xilinx 7, ECP5 and plain gates (ARGS=--quick: one configuration)
	@scripts/synth.sh $(ARGS)

lint: ## Check RTL (Verilator, Yosys), scripts and formatting
	@scripts/lint.sh

format: ## Format C and C++ in place
	@scripts/format.sh

docs: ## Regenerate register manual, constants and the wave picture
	@scripts/docs.sh

regress: ## Run everything, the long campaigns included
	@scripts/regress.sh

baremetal: ## Cross-compile the driver for Cortex-M and RV64, print sizes
	@scripts/setup.sh baremetal
	@scripts/build_baremetal.sh

clean: ## Remove everything that was built
	rm -rf build
