# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the commands in this directory share. Source it after `set -euo pipefail`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=${0##*/}

step() {
	printf '==> %s\n' "$*"
}

die() {
	printf '%s: %s\n' "$program" "$*" >&2
	exit 1
}

# build PRESET [TARGET...]: configures and builds; shows what the compiler said only where it fails.
build() {
	local preset=$1 log=$root/build/$1.log
	shift
	step "building ${*:-everything} with preset $preset"
	mkdir -p "$root/build"
	(cd "$root" && cmake --preset "$preset" && cmake --build --preset "$preset" ${1+--target "$@"}) \
		>"$log" 2>&1 || {
		tail -n 40 "$log" >&2
		die "preset $preset does not build; the whole output is in build/$preset.log"
	}
}
