# The commands of a newcomer. `make setup` needs only Python 3.11, make and git.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

.PHONY: help
help:
	@echo "make setup | run | demo | test | check | bench | cost | mutate | requirements | sam-build"
