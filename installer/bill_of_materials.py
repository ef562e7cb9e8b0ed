#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Prints what a package's programs are made of, as CycloneDX 1.5: read from the programs and from how
they were linked, not from a list that somebody keeps.

    bill_of_materials.py --package FILE --version V --linux BUILD_DIR PROGRAM...
    bill_of_materials.py --package FILE --version V --windows SOURCE_DIR PROGRAM...
"""

import argparse
import datetime
import functools
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import uuid

# What a program loads when it runs is in no table of its file.
LOADED = {"vtpm-agent": ("libcurl.so.4", "libtss2-tcti-device.so.0"), "vtpm-collector": ("libcurl.so.4",),
          "vtpm-host": ("libcurl.so.4",)}
LICENCES = {"tpm2-tss": "BSD-2-Clause", "libinih": "BSD-3-Clause", "jansson": "MIT", "curl": "curl"}
# Libraries that scripts/*-dependencies build, by the name they are linked by: their source packages.
PINNED_SOURCES = {"tss2": "tpm2-tss", "inih": "libinih", "jansson": "jansson", "curl": "curl"}
# What GCC adds to each Windows program without being asked.
WINDOWS_RUNTIME = ("libgcc.a", "libmingwex.a", "libmingw32.a", "libssp.a")

STATIC_RUNTIME = ("libc.a", "libgcc.a")


def run(*argv):
    return subprocess.run(argv, check=True, text=True, stdout=subprocess.PIPE).stdout


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


@functools.cache
def debian_owner(path):
    """The package that a file came with. Paths are kept as they were before /usr took /lib in."""
    path = os.path.realpath(path)
    for candidate in (path, path.removeprefix("/usr")):
        found = subprocess.run(["dpkg", "-S", candidate], text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
        if found.returncode == 0:
            return found.stdout.split(": ")[0].split(",")[0]
    sys.exit(f"{path}: no Debian package owns it")


def library(soname):
    """The path at which a program finds it when it loads it."""
    found = re.search(rf"^\t{re.escape(soname)} .* => (/\S+)$", run("/sbin/ldconfig", "-p"), re.M)
    return found[1] if found else sys.exit(f"{soname} is not installed")


def debian_component(package, scope="required"):
    name, version, architecture = run(
        "dpkg-query", "-W", "-f", "${Package} ${Version} ${Architecture}\n",
        package).splitlines()[0].split()
    return {"type": "library", "name": name, "version": version, "scope": scope,
            "purl": f"pkg:deb/debian/{name}@{version.replace('+', '%2B').replace(':', '%3A')}"
                    f"?arch={architecture}"}


def link_command(build, program):
    """The words of the command that linked a program."""
    names = [line.split(":")[0] for line in run("ninja", "-C", build, "-t", "targets", "all").split("\n")]
    target = next(name for name in names
                  if os.path.basename(name) in (program, program + ".exe") and "/" in name)
    return target, shlex.split(run("ninja", "-C", build, "-t", "commands", "-s", target))


def pinned_components(source, system, command):
    """Those libraries in a linker's command that scripts/SYSTEM-dependencies built from pinned sources."""
    with open(os.path.join(source, "scripts", system + "-dependencies"), encoding="utf-8") as file:
        pinned = {name: (suite, version, digest) for name, suite, version, digest in re.findall(
            r"^\t'(\S+) (\S+) \S+?_([0-9.]+)\.orig\.tar\.\S+ ([0-9a-f]{64})'$", file.read(), re.M)}
    for word in sorted(command):
        found = re.search(rf"/\.cache/{system}/lib/lib(\w+)\.a$", word)
        if found:
            name = PINNED_SOURCES[found[1]]
            suite, version, digest = pinned[name]
            yield {"type": "library", "name": name, "version": version, "scope": "required",
                   "hashes": [{"alg": "SHA-256", "content": digest}],
                   "licenses": [{"license": {"id": LICENCES[name]}}],
                   "purl": f"pkg:deb/debian/{name}@{version}?arch=source&distro={suite}"}


def linux_components(build, program):
    target, command = link_command(build, program)
    path = os.path.join(build, target)
    needed = re.findall(r"NEEDED +(\S+)", run("objdump", "-p", path))
    where = dict(re.findall(r"^\s+(\S+) => (/\S+)", run("ldd", path), re.M)) if needed else {}
    files = [where[name] for name in needed if name in where]
    if needed:
        for soname in LOADED[program]:
            yield debian_component(debian_owner(library(soname)), "optional")
    else:
        yield from pinned_components(os.path.join(build, "..", ".."), "static", command)
        files += [word for word in command if re.match(r"/usr/.*\.a$", word)]
        files += [run("gcc", "-print-file-name=" + name).strip() for name in STATIC_RUNTIME]
    yield from map(debian_component, sorted({debian_owner(file) for file in files}))


def windows_components(source, program):
    build = os.path.join(source, "build", "windows")
    _, command = link_command(build, program)
    yield from pinned_components(source, "windows", command)
    for name in WINDOWS_RUNTIME:
        yield debian_component(debian_owner(run(command[2], f"-print-file-name={name}").strip()))


def bill(options):
    find = linux_components if options.linux else windows_components
    components = {}
    for program in options.programs:
        for component in find(options.linux or options.windows, program):
            component["bom-ref"] = component["purl"]
            components.setdefault(component["purl"], component)
    when = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    digest = sha256(options.package)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": uuid.uuid5(uuid.NAMESPACE_URL, digest).urn,
        "version": 1,
        "metadata": {
            "timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifecycles": [{"phase": "build"}],
            "component": {
                "bom-ref": "package", "type": "application",
                "name": os.path.basename(options.package), "version": options.version,
                "hashes": [{"alg": "SHA-256", "content": digest}],
                "licenses": [{"license": {"id": "BSD-2-Clause"}}]}},
        "components": list(components.values()),
        "dependencies": [{"ref": "package", "dependsOn": sorted(components)}]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--package", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--linux", metavar="BUILD_DIR")
    parser.add_argument("--windows", metavar="SOURCE_DIR")
    parser.add_argument("programs", nargs="+")
    print(json.dumps(bill(parser.parse_args()), indent=2))


if __name__ == "__main__":
    main()
