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

# apt_elsewhere COMMAND...: an apt command that sees only what apt_elsewhere_begin gave it, and a
# machine on which nothing is installed. All of it is in $scratch.
apt_elsewhere() {
	local tool=$1
	shift
	# shellcheck disable=SC2154 # the caller's directory
	LC_ALL=C "$tool" -q -q -o Dir::Etc::SourceList="$scratch/apt/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$scratch/apt/lists" \
		-o Dir::State::status="$scratch/apt/status" -o Dir::Cache="$scratch/apt/cache" \
		-o APT::Sandbox::User=root -o Debug::NoLocking=true "$@"
}

# apt_elsewhere_begin "TYPE MIRROR SUITE"...: the sources that apt_elsewhere sees.
apt_elsewhere_begin() {
	local type mirror suite entry
	mkdir -p "$scratch/apt/lists/partial" "$scratch/apt/cache/archives/partial"
	: >"$scratch/apt/status"
	for entry in "$@"; do
		read -r type mirror suite <<<"$entry"
		echo "$type [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
	done >"$scratch/apt/sources.list"
}

# Prints where this machine gets its own Debian from.
own_mirror() {
	local codename
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	# shellcheck disable=SC2016 # apt expands these
	LC_ALL=C apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
		awk -v "codename=$codename" '$1 == "Debian" && $2 == codename { print $3; exit }'
}
