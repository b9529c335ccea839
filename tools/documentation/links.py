"""Checks that every link of a site made by docc leads to a page, a heading or a file of the site."""

import json
import pathlib
from collections.abc import Iterator


def values(value: object, key: str) -> Iterator[object]:
    """All values of a key in a JSON value."""
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        for member in value.values():
            yield from values(member, key)
    elif isinstance(value, list):
        for element in value:
            yield from values(element, key)


def problems(site: pathlib.Path, base: str) -> tuple[int, list[str]]:
    """The number of checked links, and sentences about those that lead nowhere."""
    data = site / "data"
    pages = {"/" + path.relative_to(data).with_suffix("").as_posix(): json.loads(path.read_text())
             for path in data.rglob("*.json")}
    anchors = {path: set(values(page, "anchor")) for path, page in pages.items()}
    count, found = 0, []

    def check(place: str, url: str) -> None:
        nonlocal count
        count += 1
        path, _, anchor = url.partition("#")
        path = path.removeprefix(base)
        if path not in pages and not (site / path.lstrip("/")).is_file():
            found.append(f"{place}: the link {url} leads nowhere")
        elif anchor and anchor not in anchors.get(path, ()):
            found.append(f"{place}: {path} has no heading #{anchor}")

    for place, page in pages.items():
        # References to the standard library have the type `unresolvable` and are shown without a link.
        for reference in page.get("references", {}).values():
            match reference.get("type"):
                case "topic" | "section":
                    if "url" in reference:
                        check(place, reference["url"])
                case "image" | "file" | "video":
                    for variant in reference.get("variants", []):
                        check(place, variant["url"])
        for reference in values(page, "identifier"):
            if isinstance(reference, str) and reference.startswith("/"):
                check(place, reference)
        for text in values(page, "text"):
            if isinstance(text, str) and "doc:" in text:
                found.append(f"{place}: an unresolved link: {text}")
    for path in values(json.loads((site / "index/index.json").read_text()), "path"):
        check("the navigator", str(path))
    return count, found
