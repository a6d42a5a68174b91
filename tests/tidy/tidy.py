#!/usr/bin/env python3
"""Reads the project's files and names every one that breaks a rule of the house.

usage: tidy.py FOLDER [RULE...] [--without RULE]
prints "file:line: what is wrong" for each finding of these rules (all unless named); exit code 1 when there is one

Each rule is a function that takes a Tree and yields findings; tidy_test.py shows for each that it can fail.
"""

import json
import os
import re
import subprocess
import sys

MAX_SOURCE_LINES = 450
MAX_README_LINES = 30
# cpprestsdk's headers cost seconds each and bring macros along: few files may pay for them.
MAX_CPPREST_FILES = 5

# Files that may be longer than MAX_SOURCE_LINES, each with its reason.
LONG_FILES = {
    "plugin_api/include/stratdock/strategy_abi.h": "the whole ABI is one header that authors copy and read from top to end",
    "tests/abi/golden/1.0/include/stratdock/strategy_abi.h": "the same as it was released; never changed",
}

# Folders whose README comes with what is still being built in them. To be emptied, not to grow.
READMES_TO_COME = set()

# Third-party headers that one header may include all the same.
THIRD_PARTY_EXCEPTIONS = {("host/cli/command.hpp", "boost/program_options.hpp")}  # private to cli: every command declares its options

# Headers that one file of core may include all the same.
IMPURE_EXCEPTIONS = {("core/check.hpp", "cstdio")}  # prints the broken invariant before it aborts

# The C headers that a header in C may use where otherwise only C++'s own are allowed.
C_HEADERS = {"stddef.h", "stdint.h", "stdbool.h", "string.h", "math.h"}
# Input, output, threads, clocks, chance: what the pure rooms (core, strategies) have to be given from outside.
IMPURE_HEADERS = {
    "condition_variable", "cstdio", "ctime", "filesystem", "fstream", "future", "iostream", "mutex",
    "semaphore", "shared_mutex", "stop_token", "syncstream", "thread",
}
THIRD_PARTY = re.compile(
    r"^(nlohmann/|yaml-cpp/|spdlog/|fmt/|sqlite3|zip\.h|zlib\.h|seccomp|openssl/|boost/|cpprest/|pplx/|websocketpp/)")
CPPREST = re.compile(r"^(cpprest/|pplx/)")
REGISTRY_HOSTS = re.compile(
    r"registry\.npmjs\.org|registry\.yarnpkg\.com|(deb|security|snapshot)\.debian\.org|pypi\.org|pythonhosted\.org|"
    r"crates\.io|proxy\.golang\.org|index\.docker\.io")
MACHINE_PATHS = re.compile(r"(?<![\w.$}*])/(work|root|home/\w+|Users/\w+)/")
# Tests invent a user's home where they check how paths are read.
MACHINE_PATHS_IN_TESTS = re.compile(r"(?<![\w.$}*])/(work|root)/")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
TEXT_SUFFIXES_SKIPPED = (".png", ".gz", ".zip", ".ico", ".woff2", ".db", ".so")


class Tree:
    """The project's own files: what git tracks or would track, or all but build trees where there is no git."""

    def __init__(self, root):
        self.root = root
        listing = subprocess.run(
            ["git", "-C", root, "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=False) if os.path.exists(os.path.join(root, ".git")) else None
        if listing is not None and listing.returncode == 0:
            paths = [path for path in listing.stdout.decode().split("\0") if path]
        else:
            paths = []
            for folder, subfolders, files in os.walk(root):
                subfolders[:] = [name for name in subfolders if name not in ("build", "node_modules", ".git", "data", "__pycache__")]
                paths += [os.path.relpath(os.path.join(folder, name), root) for name in files]
        self.paths = sorted(path for path in paths if os.path.isfile(os.path.join(root, path)))

    def lines(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()

    def sources(self, *folders):
        return [path for path in self.paths
                if path.endswith((".h", ".hpp", ".c", ".cpp")) and (not folders or path.startswith(folders))]

    def includes(self, path):
        for number, line in enumerate(self.lines(path), 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match[1] == "<", match[2]


def is_header(path):
    return path.endswith((".h", ".hpp"))


def is_standard(name):
    """C++'s own headers have neither a folder nor an ending."""
    return "/" not in name and "." not in name


def beside(tree, path, name):
    """Whether the include names a file in the including file's own folder."""
    return os.path.normpath(os.path.join(os.path.dirname(path), name)) in tree.paths


def rule_plugin_api_includes(tree):
    for path in tree.sources("plugin_api/include/", "plugin_api/src/"):
        for line, angle, name in tree.includes(path):
            if not (is_standard(name) or name in C_HEADERS or name.startswith("stratdock/") or (not angle and beside(tree, path, name))):
                yield path, line, f"plugin_api includes nothing but the standard library and itself, not {name}"


def rule_plugins_includes(tree):
    for path in tree.sources("plugins/"):
        for line, angle, name in tree.includes(path):
            if is_standard(name) and name in IMPURE_HEADERS | {"chrono", "random"}:
                yield path, line, f"a strategy reads no clock, file, thread or chance: not <{name}>"
            elif not (is_standard(name) or name.startswith("stratdock/") or
                      (not angle and (beside(tree, path, name) or f"plugins/{name}" in tree.paths))):
                yield path, line, f"a strategy includes <stratdock/...> and the standard library only, not {name}"


def rule_core_includes(tree):
    for path in tree.sources("core/"):
        for line, _, name in tree.includes(path):
            if name in IMPURE_HEADERS and (path, name) not in IMPURE_EXCEPTIONS:
                yield path, line, f"core does no I/O and has no threads or clock: not <{name}>"
            elif name.startswith("nlohmann/") and not is_header(path):
                continue
            elif not (is_standard(name) or name.startswith("core/") or name == "tl/expected.hpp"):
                yield path, line, f"core includes core, the standard library and tl/expected only, not {name}"


def rule_core_has_no_clock(tree):
    for path in tree.sources("core/"):
        for line, text in enumerate(tree.lines(path), 1):
            if re.search(r"\b(system_clock|steady_clock|high_resolution_clock|random_device)\b", text):
                yield path, line, "core gets the time and its seeds from outside"


def rule_host_includes(tree):
    for path in tree.sources("host/"):
        for line, _, name in tree.includes(path):
            # The one binary starts the dashboard's role, so its command line knows the dashboard's door.
            if name.startswith("dashboard/") and not path.startswith("host/cli/"):
                yield path, line, f"the host knows nothing of the dashboard: not {name}"
            if name.startswith(("plugins/", "tests/")):
                yield path, line, f"the host includes core, plugin_api and host only, not {name}"


def rule_dashboard_includes(tree):
    for path in tree.sources("dashboard/"):
        for line, _, name in tree.includes(path):
            if name.startswith(("host/", "plugins/", "tests/", "stratdock/")) and not name.startswith("host/store/"):
                yield path, line, f"the dashboard includes core and the store's interface only, not {name}"


def rule_third_party_stays_in_cpp(tree):
    for path in tree.sources("core/", "host/", "dashboard/", "plugin_api/", "plugins/"):
        if is_header(path):
            for line, _, name in tree.includes(path):
                # A forward declaration costs nothing and names no more than the type.
                if THIRD_PARTY.match(name) and name != "nlohmann/json_fwd.hpp" and (path, name) not in THIRD_PARTY_EXCEPTIONS:
                    yield path, line, f"third-party headers stay in .cpp files: not {name}"


def rule_cpprest_in_few_files(tree):
    users = [path for path in tree.sources() if any(CPPREST.match(name) for _, _, name in tree.includes(path))]
    if len(users) > MAX_CPPREST_FILES:
        for path in users:
            yield path, 1, f"cpprestsdk is used in {len(users)} files, at most {MAX_CPPREST_FILES} may: {', '.join(users)}"


def searched_texts(tree):
    for path in tree.paths:
        if not path.startswith("tests/tidy/") and not path.endswith(TEXT_SUFFIXES_SKIPPED):
            yield path


def rule_no_machine_paths(tree):
    for path in searched_texts(tree):
        pattern = MACHINE_PATHS_IN_TESTS if path.startswith("tests/") else MACHINE_PATHS
        for line, text in enumerate(tree.lines(path), 1):
            match = pattern.search(text)
            if match:
                yield path, line, f"a path of one machine: {match[0]}"


def rule_no_registry_hosts(tree):
    for path in searched_texts(tree):
        for line, text in enumerate(tree.lines(path), 1):
            match = REGISTRY_HOSTS.search(text)
            if match:
                yield path, line, f"a registry's host; the user's own settings choose it: {match[0]}"


def rule_lock_files_without_addresses(tree):
    for path in tree.paths:
        if os.path.basename(path) in ("package-lock.json", "npm-shrinkwrap.json"):
            for line, text in enumerate(tree.lines(path), 1):
                if '"resolved"' in text:
                    yield path, line, "a lock file without addresses: npm install --omit-lockfile-registry-resolved"


def rule_third_party_is_listed(tree):
    """What goes into the program stands in THIRD_PARTY.md: the page's packages with their versions, the libraries by package."""
    listed = "\n".join(tree.lines("THIRD_PARTY.md")) if "THIRD_PARTY.md" in tree.paths else ""
    lock = "dashboard/web/package-lock.json"
    if lock in tree.paths:
        for path, package in json.loads("\n".join(tree.lines(lock))).get("packages", {}).items():
            name = path.removeprefix("node_modules/")
            if path and not package.get("dev") and not any(
                    name in line and package["version"] in line for line in listed.splitlines()):
                yield lock, 1, f"{name} {package['version']} is not listed in THIRD_PARTY.md"
    if "tools/packages.txt" in tree.paths:
        for number, line in enumerate(tree.lines("tools/packages.txt"), 1):
            words = line.split()
            if words and words[0] == "build" and words[1].endswith("-dev"):
                stem = re.sub(r"-program-options", "1.74", words[1])
                if words[1] not in listed and stem not in listed:
                    yield "tools/packages.txt", number, f"{words[1]} is not listed in THIRD_PARTY.md"


def rule_folders_have_readmes(tree):
    folders = set()
    for path in tree.paths:
        parts = path.split("/")[:-1]
        if not parts or parts[0].startswith("."):
            continue
        folders.add(parts[0])
        if len(parts) > 1 and parts[0] in ("host", "tests", "dashboard"):
            folders.add("/".join(parts[:2]))
    for folder in sorted(folders):
        if f"{folder}/README.md" not in tree.paths and folder not in READMES_TO_COME:
            yield folder, 0, "has no README.md: what it is for, what it must not do, where to start reading"


def rule_test_names_are_whole(tree):
    # ctest's lists are parted by semicolons: a name with one becomes two names that match no test.
    for path in tree.paths:
        if path.startswith("tests/") and path.endswith(".cpp"):
            for number, line in enumerate(tree.lines(path), 1):
                if re.search(r'TEST_CASE\("[^"]*;', line):
                    yield path, number, "a test's name holds a semicolon, so ctest would part it and run nothing"


def rule_readmes_are_short(tree):
    for path in tree.paths:
        if path.endswith("/README.md") and len(tree.lines(path)) > MAX_README_LINES:
            yield path, MAX_README_LINES + 1, f"a folder's README has at most {MAX_README_LINES} lines"


def rule_sources_are_short(tree):
    for path in tree.paths:
        if path.endswith((".h", ".hpp", ".c", ".cpp", ".js", ".mjs", ".css", ".py", ".sh")) and path not in LONG_FILES:
            count = len(tree.lines(path))
            if count > MAX_SOURCE_LINES:
                yield path, count, f"{count} lines, at most {MAX_SOURCE_LINES}: look for the second idea in it"


RULES = {name[len("rule_"):]: function for name, function in sorted(globals().items()) if name.startswith("rule_")}


def findings(root, names=None):
    tree = Tree(root)
    return [(name, *finding) for name in names or RULES for finding in RULES[name](tree)]


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        print("rules:", ", ".join(RULES))
        return 2
    names = arguments[1:]
    if "--without" in names:
        at = names.index("--without")
        excluded, names = names[at + 1:], names[:at] or list(RULES)
        names = [name for name in names if name not in excluded]
    unknown = [name for name in names if name not in RULES]
    if unknown:
        print(f"unknown rules: {', '.join(unknown)}; there are: {', '.join(RULES)}", file=sys.stderr)
        return 2
    found = findings(arguments[0], names)
    for name, path, line, message in found:
        print(f"{path}:{line}: {message} [{name}]")
    print(f"{len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
