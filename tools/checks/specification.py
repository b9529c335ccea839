"""Checks that the pages in schemas/ are true: numbered rules, links, programs and digests. Also checks that the reader in
tools/python/examples, which knows only one page, reads fixtures/valid and refuses fixtures/malformed as that page says.

python tools/checks/specification.py
"""

import json
import os
import pathlib
import re
import sys
import tempfile

import h5py
import xxhash

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools/python/examples"))
import container  # noqa: E402

SCHEMAS = ROOT / "schemas"
PAGES = ["CONTAINER", "GRAPH", "OPERATIONS", "STATISTICS"]  # in the order of the rules' numbers


def rules() -> tuple[dict[str, str], list[str]]:
    """The tags of the rules of all pages by number, and the problems of their numbering."""
    text = "\n".join((SCHEMAS / f"{page}.md").read_text() for page in PAGES)
    tags = dict(re.findall(r"^- \*\*([CGS]\d+) ([WRVA])\*\* ", text, re.M))
    bold = re.findall(r"\*\*([A-Z])(\d+)\b", text)
    counts = {letter: sum(found == letter for found, _ in bold) for letter in "CGS"}
    expected = [f"{letter}{number}" for letter in "CGS" for number in range(1, counts[letter] + 1)]
    if sorted(tags, key=lambda number: number[0]) == expected and len(tags) == len(bold):
        return tags, []
    return tags, ["the rules of a letter are not numbered 1 … in the order of the pages, without gaps, each with one tag"]


def example_problems(page: str, folder: str) -> list[str]:
    """The problems of the programs and the digests on the first page."""
    namespace, problems = {}, []
    os.chdir(folder)
    for program in re.findall(r"```python\n(.*?)```", page, re.S):
        exec(compile(program, "CHECKPOINT.md", "exec"), namespace)
    contents, documents, tensors = namespace["read"]("example.h5")
    shown = re.search(r"```json\n(.*?)```", page, re.S)[1]
    text = "".join(line.strip() for line in shown.splitlines())
    with h5py.File("example.h5") as file:
        if file["/contents"][()].decode() != text:
            problems.append("the example's /contents is not the text that the page shows")
    if json.loads(text) != contents or set(documents) != {"/model/bricks", "/model/graph"}:
        problems.append("the example's reader does not return its contents")
    rows = re.findall(r"^\| ([^|]+) \| (?:`([^`]+)`|[^|`]+) \| `([0-9a-f]{32})` \|$", page, re.M)
    if len(rows) != 6:
        problems.append(f"the page shows {len(rows)} digests, not 6")
    for name, shown, expected in rows:
        if name == "`/contents`":
            data = text.encode()
        elif re.fullmatch(r"[0-9a-f ]+", shown):
            data = bytes.fromhex(shown)
        else:
            data = shown.replace("⇥", "\t").replace("↵", "\n").encode()
        if xxhash.xxh3_128_hexdigest(data) != expected:
            problems.append(f"the digest of {name} is {xxhash.xxh3_128_hexdigest(data)}")
        if name == "`/parameters/linear/W`" and tensors["/parameters/linear/W"].tobytes() != data:
            problems.append("the example's matrix has other bytes than the page shows")
        if name == "its parameters" and expected != contents["parameters_digest"]:
            problems.append("the example's parameters digest is another than the page shows")
    for path in sorted((ROOT / "fixtures/valid").glob("*.h5")):
        if path.name != "expected.h5":
            with h5py.File(path) as file:
                needs_extension = "must_understand" in file.attrs
            try:
                namespace["read"](path)
                if needs_extension:
                    problems.append(f"the reader of the page accepts {path.name}, whose types it does not know")
            except ValueError as error:
                if not needs_extension:
                    problems.append(f"{path.name}: {error}")
            container.read(path)
    return problems


def anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def link_problems() -> list[str]:
    """Links between the pages that lead nowhere."""
    pages = {path.name: path.read_text() for path in SCHEMAS.glob("*.md")}
    schemas = {path.name for path in SCHEMAS.glob("*.json")}
    problems = []
    for name, text in pages.items():
        for target in re.findall(r"\]\(([^)]+)\)", text):
            page, _, anchor = target.partition("#")
            page = page or name
            if page in schemas and not anchor:
                continue
            if page not in pages or (anchor and anchor not in anchors(pages[page])):
                problems.append(f"{name}: the link {target} leads nowhere")
        for number in re.findall(r"\b([CGS]\d+)\b", text):
            if number not in rules()[0]:
                problems.append(f"{name}: there is no rule {number}")
    return problems


def corpus_problems(tags: dict[str, str]) -> list[str]:
    """Rules without a file, and files for which the reader of the container gives another answer than the table."""
    folder, problems = ROOT / "fixtures/malformed", []
    cases = [(folder / case["file"], case) for case in json.loads((folder / "expectations.json").read_text())]
    used = {case["rule"] for _, case in cases}
    problems += [f"there is no rule {rule}" for rule in sorted(used - tags.keys())]
    problems += [f"no file of the corpus is for {rule}" for rule in tags if tags[rule] != "W" and rule not in used]
    for path, case in cases:
        if case["answer"] != "accept" and tags[case["rule"]] != {"refuse": "R", "report": "V"}[case["answer"]]:
            problems.append(f"{path.name}: the rule has the tag {tags[case['rule']]}")
        if case["rule"][0] != "C":
            continue
        try:
            container.read(path)
            refused = False
        except container.Refused:
            refused = True
        if refused != (case["answer"] == "refuse"):
            problems.append(f"{path.name}: refused by the reader of the container: {refused}")
    return problems


def main() -> None:
    tags, problems = rules()
    page = (SCHEMAS / "CHECKPOINT.md").read_text()
    with tempfile.TemporaryDirectory() as folder:
        problems += example_problems(page, folder)
    problems += link_problems() + corpus_problems(tags)
    print(f"{len(tags)} rules: " + ", ".join(f"{list(tags.values()).count(tag)} {tag}" for tag in "WRVA"))
    sys.exit("\n".join(problems) if problems else 0)


if __name__ == "__main__":
    main()
