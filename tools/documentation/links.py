"""Checks that every link leads somewhere: those of a site made by docc, and those between the Markdown files of the repository."""

import json
import pathlib
import re
import subprocess
from collections.abc import Iterator

CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]+`", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.M)


def repository_problems(root: pathlib.Path) -> tuple[int, list[str]]:
    """The number of relative links in the Markdown files of a repository, and sentences about those that lead nowhere."""
    listed = subprocess.check_output(["git", "ls-files", "*.md"], cwd=root, text=True).splitlines()
    texts = {root / name: CODE.sub(shortened, (root / name).read_text()) for name in listed}
    anchors = {path: {anchor(title) for title in HEADING.findall(text)} for path, text in texts.items()}
    count, found = 0, []
    for path, text in texts.items():
        for target in LINK.findall(text):
            if "://" in target or target.startswith(("/", "doc:", "mailto:")):
                continue
            count += 1
            file, _, heading = target.partition("#")
            place = (path.parent / file).resolve() if file else path
            if not place.exists():
                found.append(f"{path.relative_to(root)}: the link {target} leads nowhere")
            elif heading and heading not in anchors.get(place, ()):
                found.append(f"{path.relative_to(root)}: {place.name} has no heading #{heading}")
    return count, found


def shortened(code: re.Match) -> str:
    """Code in a line, without its marks. A block of code has no links and no headings."""
    return "" if code[0].lstrip().startswith("```") else code[0].strip("`").replace("](", "] (")


def anchor(title: str) -> str:
    """The anchor of a heading on the web pages of repositories."""
    title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


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
