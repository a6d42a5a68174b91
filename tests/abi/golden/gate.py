#!/usr/bin/env python3
"""gate.py INCLUDE_FOLDER [GOLDEN.txt...]: does every library that was built for a released minor still run?

Compares the layout of today's header with the golden text of each released minor (default: those beside this file). Nothing
may vanish, move, change its type or be renumbered; GROWABLE structs grow at their end only, FROZEN ones never. Prints a
sentence for each thing that broke; exit code 1 when there is one.
"""
import glob
import os
import re
import sys

import layout

PLAIN = {"uint32_t": 4, "int32_t": 4, "uint64_t": 8, "int64_t": 8, "double": 8}


class Abi:
    """A golden text, taken apart."""

    def __init__(self, text):
        self.structs, self.rest = {}, {"opaque": {}, "function": {}, "constant": {}, "macro": {}}
        for line in text.splitlines():
            if line.startswith("  "):
                name, field = re.match(r"  (\w+)\.(\w+) ", line).groups()
                place, *marks = line.split(" | ")
                offset, size, type_text = re.search(r"offset (\d+) size (\d+) type (.*)", place).groups()
                self.structs[name]["fields"][field] = {"offset": int(offset), "size": int(size), "type": type_text, "marks": marks}
            elif line.startswith("struct "):
                head, _, owner = line.partition(" | ")
                _, name, kind, _, size = head.split()
                self.structs[name] = {"kind": kind, "size": int(size), "owner": owner, "fields": {}}
            elif line and not line.startswith("#"):
                section, name, *what = line.split(" ", 2)
                self.rest[section][name.split("(")[0]] = what[0] if what else name
        self.minor = int(self.rest["constant"].get("DOCK_ABI_MINOR", "unsigned 0").split()[1])


def moved_field(struct, old, new):
    """The first field that is not where it was, with the cause; one sentence, since the rest follows from it."""
    inserted = [name for name in new["fields"] if name not in old["fields"] and new["fields"][name]["offset"] < old["size"]]
    for name, was in old["fields"].items():
        now = new["fields"].get(name)
        if now is None:
            instead = [one for one in new["fields"] if new["fields"][one]["offset"] == was["offset"]]
            by = f" ({instead[0]} stands in its place)" if instead else ""
            return f"{struct}.{name} vanished{by}: libraries of {{minor}} still use it"
        if now["offset"] != was["offset"]:
            before = [one for one in inserted if new["fields"][one]["offset"] < now["offset"]]
            cause = f", because {before[0]} was put before it" if before else ""
            return f"{struct}.{name} moved from offset {was['offset']} to {now['offset']}{cause}: libraries of {{minor}} would read the wrong field"
        if now["type"] != was["type"] or now["size"] != was["size"]:
            return (f"{struct}.{name} changed from `{was['type']}` to `{now['type']}`: libraries of {{minor}} " +
                    ("call it the old way" if "(*)" in was["type"] else "read it as before"))
    return None


def changed_marks(struct, old, new):
    for name, was in old["fields"].items():
        now = new["fields"][name]
        if "or NULL" in was["marks"] and "or NULL" not in now["marks"]:
            yield f"{struct}.{name} may no longer be NULL: libraries of {{minor}} leave it out"
        elif "or NULL" in now["marks"] and "or NULL" not in was["marks"]:
            yield f"{struct}.{name} may now be NULL: libraries of {{minor}} do not look before they use it"
        tags = [[mark for mark in marks if mark.startswith("[")] for marks in (was["marks"], now["marks"])]
        if tags[0] != tags[1]:
            yield f"{struct}.{name} changed its thread rule from {''.join(tags[0]) or 'none'} to {''.join(tags[1]) or 'none'}: libraries of {{minor}} rely on the old one"


def compare_struct(struct, old, new):
    if new is None:
        return [f"struct {struct} vanished: libraries of {{minor}} still use it"]
    problem = moved_field(struct, old, new)
    if old["kind"] == "FROZEN" and (problem or new["size"] != old["size"] or new["kind"] != "FROZEN"):
        return [f"the frozen struct {struct} changed ({old['size']} to {new['size']} bytes, {old['kind']} to {new['kind']}): libraries of {{minor}} keep arrays of the old one"]
    if problem:
        return [problem]
    if new["kind"] != old["kind"]:
        return [f"struct {struct} is {new['kind']} and was {old['kind']}: libraries of {{minor}} treat it the old way"]
    problems = list(changed_marks(struct, old, new))
    if new["owner"] != old["owner"]:
        problems.append(f"struct {struct} is \"{new['owner']}\" and was \"{old['owner']}\": libraries of {{minor}} allocate, keep and free it the old way")
    for name, now in new["fields"].items():
        if name in old["fields"]:
            continue
        if now["offset"] < old["size"]:
            problems.append(f"{struct}.{name} was put at offset {now['offset']}, inside the {old['size']} bytes of {{minor}}: new fields go to the end")
        elif layout.is_pointer(now["type"]) and "or NULL" not in now["marks"]:
            problems.append(f"{struct}.{name} is new and not marked \"or NULL\": libraries of {{minor}} leave it zero")
    return problems


def compare_constants(old, new):
    for name, was in old.items():
        now = new.get(name)
        if name == "DOCK_ABI_MINOR":
            if now is None or int(now.split()[1]) < int(was.split()[1]):
                yield f"{name} fell from {was.split()[1]} to {now.split()[1] if now else 'nothing'}: a minor never goes back"
        elif now is None:
            yield f"{name} vanished: libraries of {{minor}} still use it"
        elif now != was:
            yield f"{name} changed from {was.split(' ', 1)[1]} to {now.split(' ', 1)[1]}" + (
                f" (as {now.split()[0]})" if now.split()[0] != was.split()[0] else "") + ": libraries of {minor} mean the old value"
    for name, now in new.items():
        family = re.match(r"DOCK_[A-Z]+_", name)
        twins = [one for one, value in new.items() if family and one != name and one.startswith(family[0]) and value == now]
        if name not in old and twins:
            yield f"{name} is new and has the value of {twins[0]}: nobody could tell them apart"


def additions(old, new):
    found = [f"{struct}.{field}" for struct, one in new.structs.items() for field in one["fields"]
             if struct not in old.structs or field not in old.structs[struct]["fields"]]
    return found + [name for section in new.rest for name in new.rest[section] if name not in old.rest[section]]


def compare(old, new):
    """Sentences; empty: every library of the old minor runs on the new one."""
    problems = []
    for struct, one in old.structs.items():
        problems += compare_struct(struct, one, new.structs.get(struct))
    problems += compare_constants(old.rest["constant"], new.rest["constant"])
    for section in ("opaque", "function", "macro"):
        for name, was in old.rest[section].items():
            now = new.rest[section].get(name)
            if now is None:
                problems.append(f"{name} vanished: libraries of {{minor}} still use it")
            elif now != was:
                problems.append(f"{name} changed from `{was}` to `{now}`: libraries of {{minor}} use it the old way")
    added = additions(old, new)
    if not problems and added and new.minor == old.minor:
        problems.append(f"{added[0]} was added, but the header still says minor {new.minor}: a released minor never changes, raise DOCK_ABI_MINOR")
    return [problem.replace("{minor}", f"1.{old.minor}") for problem in problems]


def lawful(new):
    """What every struct of any minor keeps to, the new ones too."""
    for struct, one in new.structs.items():
        fields = list(one["fields"].items())
        if one["kind"] == "UNMARKED":
            yield f"struct {struct} says neither GROWABLE nor FROZEN in the comment above it"
        if one["kind"] == "GROWABLE" and not one["owner"]:
            yield f"struct {struct} does not say whose it is, behind GROWABLE"
        has_size = fields[0][0] == "struct_size" and fields[0][1]["type"] == "uint32_t"
        if (one["kind"] == "GROWABLE") != has_size:
            yield f"struct {struct} is {one['kind']}, but its first field is {fields[0][1]['type']} {fields[0][0]}: struct_size leads a GROWABLE struct and no other"
        if sum(field["size"] for _, field in fields) != one["size"]:
            yield f"struct {struct} has padding: its fields have {sum(field['size'] for _, field in fields)} of its {one['size']} bytes"
        for name, field in fields:
            text = field["type"]
            if text in new.structs and new.structs[text]["kind"] != "FROZEN":
                yield f"{struct}.{name} holds a {text} by value, which may grow: point to it"
            elif re.search(r"\b(bool|_Bool|long|int|short|size_t|float|enum)\b|\[", text.replace("long double", "long")):
                yield f"{struct}.{name} is of type `{text}`, whose size is the compiler's choice: use fixed-width integers, double and pointers"
            elif text not in PLAIN and text not in new.structs and not layout.is_pointer(text):
                yield f"{struct}.{name} is of type `{text}`: use fixed-width integers, double and pointers"
            if "(*)" in text and not text.endswith("noexcept"):
                yield f"{struct}.{name} is not noexcept: a forgotten exception would cross the border"
            if "(*)" in text and not any(mark.startswith("[") for mark in field["marks"]):
                yield f"{struct}.{name} does not say its thread rule, [any] or [instance]"


def check(include, goldens):
    """(sentences, number of goldens compared)."""
    try:
        today = Abi(layout.layout(include))
    except layout.HeaderError as problem:
        return [str(problem)], 0
    problems = list(lawful(today))
    for golden in goldens:
        with open(golden, encoding="utf-8") as text:
            problems += [problem for problem in compare(Abi(text.read()), today) if problem not in problems]
    return problems, len(goldens)


def main(arguments):
    if not arguments:
        sys.exit(__doc__)
    goldens = arguments[1:] or sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "[0-9]*", "layout.txt")))
    problems, compared = check(arguments[0], goldens)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{compared} released minor(s): nothing vanished, moved, changed its type or was renumbered")
    return 1 if problems or compared == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
