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

can_be_root() {
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null
}

# as_root [NAME=VALUE...] COMMAND...
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		env "$@"
	else
		can_be_root || die "this needs root, and there is no sudo"
		sudo env "$@"
	fi
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

# in_system DIRECTORY COMMAND...: as root, in a directory that holds a whole Debian. Mounts and processes
# end with the command. Its apt keeps what it downloads in .cache/suites/archives.
in_system() {
	local directory=$1
	shift
	mkdir -p "$root/.cache/suites/archives"
	# shellcheck disable=SC2016 # the other shell expands these
	as_root unshare --mount --pid --fork --kill-child sh -euc '
		mount -t proc proc "$1/proc"
		mount --rbind /dev "$1/dev"
		mount --bind "$2" "$1/var/cache/apt/archives"
		directory=$1
		shift 2
		exec chroot "$directory" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
	' sh "$directory" "$root/.cache/suites/archives" "$@" </dev/null
}

# unpack_system SUITE KIND DIRECTORY: one that scripts/suites made.
unpack_system() {
	mkdir "$3"
	as_root tar -C "$3" --numeric-owner -xf "$root/.cache/suites/$1/$2.tar"
}

# Prints the sources as a tar.
pack_sources() {
	tar -C "$root" --exclude=./build --exclude=./.cache --exclude=./.git --exclude=./dist \
		--owner=0 --group=0 --mode=a+rX -cf - .
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

# Prints the name of this machine's suite.
own_codename() {
	sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

# Prints where this machine gets its own Debian from.
own_mirror() {
	# shellcheck disable=SC2016 # apt expands these
	LC_ALL=C apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
		awk -v "codename=$(own_codename)" '$1 == "Debian" && $2 == codename { print $3; exit }'
}

# Prints whether this machine's apt refuses package lists of yore, as a mirror that stands still has them.
checks_valid_until() {
	local Check=true
	eval "$(apt-config shell Check Acquire::Check-Valid-Until)"
	echo "$Check"
}

# get_source PACKAGE SUITE ARCHIVE SHA256: unpacks a Debian source package into $scratch/sources/PACKAGE.
# Its upstream archive is pinned; Debian's patches on top of it are those that the suite has now: apt
# verifies their signature.
get_source() {
	local package=$1 suite=$2 archive=$3 sum=$4
	mkdir -p "$scratch/download/$package"
	(cd "$scratch/download/$package" &&
		apt_elsewhere apt-get source --download-only "$package/$suite" >/dev/null) ||
		die "the source package $package of Debian $suite cannot be downloaded"
	[ -e "$scratch/download/$package/$archive" ] ||
		die "Debian $suite no longer has $archive: see sources in $0"
	(cd "$scratch/download/$package" && echo "$sum  $archive" | sha256sum --check --quiet) ||
		die "$archive is not what it was: its SHA-256 differs"
	dpkg-source --no-check -x "$scratch/download/$package/"*.dsc "$scratch/sources/$package" \
		>/dev/null 2>&1 || die "the source package $package does not unpack"
}

# get_sources "PACKAGE SUITE ARCHIVE SHA256"...
get_sources() {
	local mirror source
	step "getting the sources of libraries"
	mirror=$(own_mirror)
	[ -n "$mirror" ] || die "this machine's apt knows no Debian mirror"
	apt_elsewhere_begin "deb-src $mirror bookworm" "deb-src $mirror trixie"
	apt_elsewhere apt-get update || die "apt-get update failed"
	mkdir -p "$scratch/sources"
	for source in "$@"; do
		# shellcheck disable=SC2086 # four words
		get_source $source
	done
}

# What was written for CMake before 3.5 is read by CMake 4 only when told so.
# build_library NAME SOURCE PREFIX CMAKE-OPTION...: a static library, installed under PREFIX.
build_library() {
	local name=$1 source=$2 prefix=$3 log=$scratch/$1.log
	shift 3
	step "building $name for ${prefix##*/}"
	{
		cmake -S "$source" -B "$scratch/build-$name" -G Ninja -Wno-dev -DCMAKE_BUILD_TYPE=Release \
			-DBUILD_SHARED_LIBS=OFF -DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DCMAKE_INSTALL_PREFIX="$prefix" "$@" &&
			cmake --build "$scratch/build-$name" --target install
	} >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "$name does not build for ${prefix##*/}"
	}
}
