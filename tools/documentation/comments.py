"""Checks the documentation comments of the public symbols, and the landing pages of the libraries."""

import json
import pathlib
import re

# An extension as such has no comment of its own.
UNCOMMENTED = {"swift.extension"}


def problems(library: str, catalogue: pathlib.Path, graphs: pathlib.Path) -> list[str]:
    """Public symbols without a comment whose first line stands alone, or without a place on the landing page."""
    found = []
    landing = (catalogue / f"{library}.md").read_text()
    topics = set(re.findall(r"^- ``([^`]+)``$", landing, re.M))
    for path in sorted(graphs.glob("*.symbols.json")):
        for symbol in json.loads(path.read_text())["symbols"]:
            # A macro makes the symbols whose names begin with $.
            if symbol["kind"]["identifier"] in UNCOMMENTED or symbol["names"]["title"].startswith("$"):
                continue
            name = f"{library}: {'.'.join(symbol['pathComponents'])}"
            if not stands_alone(symbol.get("docComment", {})):
                found.append(f"{name}: the comment is missing, or its first line is not a complete description")
            if "@" not in path.name and len(symbol["pathComponents"]) == 1 and symbol["names"]["title"] not in topics:
                found.append(f"{name}: {catalogue.name} does not list it")
    return found


def stands_alone(comment: dict) -> bool:
    """Whether the first line of a comment ends a sentence, or is all of the first paragraph, such as a formula."""
    lines = [line["text"].strip() for line in comment.get("lines", [])]
    if not lines or not lines[0] or lines[0].startswith("- "):
        return False
    return bool(re.search(r"[.!?](\s|$)", lines[0])) or len(lines) == 1 or not lines[1]
