#!/usr/bin/env python3
"""layout.py INCLUDE_FOLDER: the strategy ABI of a header as text: every struct with the offset, size and type of its fields,
every constant, every function type, as the compiler (clang) sees them in C++, where `noexcept` is part of a type.

"or NULL", the thread tags [any] and [instance] and who owns a struct are contract too, and stand in comments: those are read
from the text.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

HEADERS = ("strategy_abi.h", "strategy_extensions.h")
# Spelling, not contract: what a compiler needs to read the header.
NOT_CONSTANTS = {"DOCK_NOEXCEPT", "DOCK_EXPORT"}


class HeaderError(Exception):
    """The header does not compile; the text says where and why."""


def run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **options)
    if done.returncode != 0:
        lines = [line for line in done.stderr.decode(errors="replace").splitlines() if "error" in line] or ["no reason given"]
        raise HeaderError(f"the header does not compile: {lines[0].strip()}")
    return done.stdout.decode()


def declarations(node):
    for child in node.get("inner", []):
        if child["kind"] == "LinkageSpecDecl":
            yield from declarations(child)
        else:
            yield child


def remarks(include):
    """(struct, field) -> the comment about it; (struct, "") -> the comment above the struct."""
    found = {}
    for header in HEADERS:
        with open(os.path.join(include, "stratdock", header), encoding="utf-8") as source:
            text = source.read()
        for match in re.finditer(r"(/\*(?:(?!\*/).)*\*/)?\s*(?:typedef struct \w+ \w+;\s*)?(?:typedef )?struct (\w+) \{(.*?)\n\}", text, re.S):
            found[match[2], ""] = match[1] or ""
            above, field = "", ""
            for part in re.finditer(r"/\*.*?\*/|[^;/]+;|\n", match[3], re.S):
                piece = part[0]
                if piece == "\n":
                    field = ""
                elif piece.startswith("/*"):
                    if field:
                        found[match[2], field] += piece
                    else:
                        above += piece
                else:
                    name = re.search(r"\(\*(\w+)\)", piece) or re.search(r"(\w+)(\[\d+\]| *: *\d+)?;$", piece)
                    field = name[1]
                    found[match[2], field], above = above, ""
    return found


def names(include, source):
    """The #defines that have a value, and the other macros of the header."""
    values, macros = [], []
    for line in run(["clang", "-std=c11", "-I", include, "-dM", "-E", source]).splitlines():
        match = re.match(r"#define (DOCK_\w+)(\([^)]*\))?", line)
        if match and (match[2] or match[1] in NOT_CONSTANTS):
            macros.append(match[1] + (match[2] or ""))
        elif match:
            values.append(match[1])
    return sorted(values), sorted(macros)


def measure(include, values, structs):
    """What the compiler makes of them: name -> words. A program is compiled and run, so nothing is guessed."""
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "measure.c")
        with open(program, "w", encoding="ascii") as out:
            out.write("#include <stdio.h>\n#include <stddef.h>\n#include <stratdock/strategy_abi.h>\n"
                      '#define FORM(v) _Generic((v), int: "int %d", unsigned: "unsigned %u", char *: "text %s", default: "other %ld")\nint main(void) {\n')
            out.writelines(f'  printf("{name} "); printf(FORM({name}), {name}); printf("\\n");\n' for name in values)
            for struct, fields in structs.items():
                out.write(f'  printf("{struct} %zu\\n", sizeof({struct}));\n')
                out.writelines(f'  printf("{struct}.{field} %zu %zu\\n", offsetof({struct}, {field}), sizeof((({struct} *)0)->{field}));\n'
                               for field in fields)
            out.write("  return 0;\n}\n")
        run(["clang", "-std=c11", "-w", "-I", include, program, "-o", program + ".out"])
        return {line.split()[0]: line.split()[1:] for line in run([program + ".out"]).splitlines()}


def is_pointer(type_text):
    return type_text.endswith("*") or "(*)" in type_text


def field_line(struct, field, type_text, measured, remark):
    offset, size = measured[f"{struct}.{field}"]
    line = f"  {struct}.{field} offset {offset} size {size} type {type_text}"
    if is_pointer(type_text) and "or NULL" in remark:
        line += " | or NULL"
    tag = re.search(r"\[(any|instance)\]", remark)
    return line + (f" | [{tag[1]}]" if tag and "(*)" in type_text else "")


def layout(include):
    """The text; raises HeaderError."""
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "all.cpp")
        with open(source, "w", encoding="ascii") as out:
            out.write("#include <stratdock/strategy_abi.h>\n")
        tree = json.loads(run(["clang++", "-x", "c++", "-std=c++20", "-I", include, "-fsyntax-only", "-Xclang", "-ast-dump=json", source]))
        plain = source.replace(".cpp", ".c")
        os.rename(source, plain)
        values, macros = names(include, plain)
    structs, opaque, functions = {}, [], []
    for one in declarations(tree):
        name = one.get("name", "")
        if not name.startswith(("dock_", "stratdock_")):
            continue
        if one["kind"] == "CXXRecordDecl":
            if one.get("completeDefinition"):
                for field in one["inner"]:
                    if field["kind"] == "FieldDecl":
                        if field.get("isBitfield"):
                            raise HeaderError(f"{name}.{field['name']} is a bit-field, whose place is the compiler's choice")
                        structs.setdefault(name, {})[field["name"]] = field["type"]["qualType"]
            else:
                opaque.append(name)
        elif one["kind"] == "FunctionDecl" or (one["kind"] == "TypedefDecl" and "(" in one["type"]["qualType"]):
            functions.append(f"function {name} {one['type']['qualType']}")
        elif one["kind"] == "EnumDecl":
            raise HeaderError(f"{name} is an enum, whose size is the compiler's choice")
    measured, remark = measure(include, values, structs), remarks(include)
    lines = []
    for struct, fields in structs.items():
        kind = re.match(r"/\* (GROWABLE|FROZEN)\b(?:, ([^.]*)\.)?", remark.get((struct, ""), ""))
        owner = " | " + re.sub(r"[\s*]+", " ", kind[2]) if kind and kind[2] else ""
        lines.append(f"struct {struct} {kind[1] if kind else 'UNMARKED'} size {measured[struct][0]}{owner}")
        lines += [field_line(struct, field, text, measured, remark.get((struct, field), "")) for field, text in fields.items()]
    lines += [f"opaque {name}" for name in sorted(set(opaque) - set(structs))]
    lines += functions + [f"constant {value} {' '.join(measured[value])}" for value in values] + [f"macro {name}" for name in macros]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        sys.stdout.write(layout(sys.argv[1]))
    except HeaderError as problem:
        sys.exit(str(problem))
