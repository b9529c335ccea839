"""Makes a DocC catalogue of the articles, the specification and the manual pages.

The sources are Markdown with relative links, so that they can be read in the repository, too.
"""

import json
import pathlib
import re

from package import ROOT

ROOT_PAGE = "swift-bricks"
FENCE = re.compile(r"(^ *```.*?^ *```$)", re.M | re.S)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.M)


class Catalogue:
    """The pages of the site, and the links between them.

    `symbols` are the paths of public types by name, such as `/Bricks/Linear` by `Linear`. `base` is the path of the site on its
    server, for links such as `/reports/late.html` to other files of the site.
    """

    def __init__(self, sources: list[pathlib.Path], symbols: dict[str, str], base: str) -> None:
        self.symbols, self.base = symbols, base
        self.slugs = {source.resolve(): slug(source) for source in sources}
        if len(set(self.slugs.values())) != len(self.slugs):
            raise SystemExit("two pages have the same name")
        self.listed: set[str] = set()
        self.texts = {source: page_text(source) for source in self.slugs}

    def write(self, folder: pathlib.Path) -> None:
        folder.mkdir(parents=True)
        for source, name in self.slugs.items():
            text = "".join(
                part if part.lstrip().startswith("```") else self.translated(part, source)
                for part in FENCE.split(self.texts[source]))
            if name == "command-line":
                generated = [page for page in ("bntool", "gallery") if page in self.slugs.values()]
                text += "\n## Topics\n\n### Manual pages and reports\n\n" + "".join(f"- <doc:{page}>\n" for page in generated)
                self.listed.update(generated)
            title, rest = text.split("\n", 1)
            directive = "@TechnologyRoot" if name == ROOT_PAGE else f'@TitleHeading("{heading(source)}")'
            (folder / f"{name}.md").write_text(f"{title}\n\n@Metadata {{\n  {directive}\n}}\n{rest}")
        if unlisted := set(self.slugs.values()) - self.listed - {ROOT_PAGE}:
            raise SystemExit(f"no page lists among its topics: {', '.join(sorted(unlisted))}")

    def translated(self, text: str, source: pathlib.Path) -> str:
        """Translates a text without code blocks for DocC: its links, and its lists of pages, which become topics."""
        text = re.sub(r"^## Commands$", "## Topics", text, flags=re.M)
        before, topics, after = text.partition("\n## Topics\n")
        listed, *rest = after.split("\n## ")
        before = "\n## ".join([before, *rest])  # DocC expects the topics at the end
        lines = [line if line.startswith(("#", "|")) else self.with_symbols(line) for line in before.split("\n")]
        before = LINK.sub(lambda match: self.link(match, source), "\n".join(lines))
        listed = re.sub(r"^- \[[^\]]*\]\(([^)]+)\).*(?:\n  .*)*", lambda match: self.topic(match[1], source), listed, flags=re.M)
        return before + topics + listed

    def link(self, match: re.Match, source: pathlib.Path) -> str:
        mark, text, target = match.groups()
        if "://" in target:
            return match[0]
        if target.startswith("/"):
            return f"[{text}]({self.base}{target})"
        path, _, anchor = target.partition("#")
        file = (source.parent / path).resolve() if path else source
        if mark:
            return f"![{text}]({file.name})"
        if library := module(file):
            return f"``/{library}``"
        if file in self.slugs and text.strip("`") == file.name:
            return f"<doc:{self.slugs[file]}>"
        if file in self.slugs:
            return f"[{text}](doc:{self.slugs[file]}{self.fragment(file, anchor)})"
        if not file.exists():
            raise SystemExit(f"{source}: the link {target} leads nowhere")
        return text  # a file of the repository that is not on the site

    def fragment(self, file: pathlib.Path, anchor: str) -> str:
        """Returns DocC's fragment for an anchor as web pages of repositories spell it."""
        if not anchor:
            return ""
        for title in HEADING.findall(FENCE.sub("", self.texts[file])):
            if re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") == anchor:
                return "#" + title.replace("`", "").strip("/").replace(" ", "-")
        raise SystemExit(f"{file.name} has no heading for #{anchor}")

    def topic(self, target: str, source: pathlib.Path) -> str:
        file = (source.parent / target).resolve()
        if library := module(file):
            return f"- ``/{library}``"
        self.listed.add(self.slugs[file])
        return f"- <doc:{self.slugs[file]}>"

    def with_symbols(self, line: str) -> str:
        """The line with links from names of public types to their pages."""
        pieces = re.split(r"(`[^`]+`)", line)
        return "".join(f"``{self.symbols[piece[1:-1]]}``" if piece[:1] == "`" and piece[1:-1] in self.symbols else piece
                       for piece in pieces)


def slug(source: pathlib.Path) -> str:
    name = source.name.removesuffix(".md").removesuffix(".json").replace(".", "-").lower()
    if name == "readme":
        return ROOT_PAGE if source.parent.name == "docs" else source.parent.name
    return f"format-{name}" if source.parent.name == "schemas" and source.suffix == ".md" else name


def heading(source: pathlib.Path) -> str:
    """The line above the title of a page."""
    if source.parent.name == "schemas":
        return "File format"
    return "Command" if source.name.startswith("bntool") else "Article"


def module(file: pathlib.Path) -> str | None:
    """The library whose landing page the file is."""
    return file.stem if file.suffix == ".md" and file.parent.suffix == ".docc" else None


def page_text(source: pathlib.Path) -> str:
    text = source.read_text()
    if source.suffix != ".json":
        return re.sub(r"\n## See also\n.*", "", text, flags=re.S) if source.name.startswith("bntool") else text
    schema = json.loads(text)
    description = schema.get("description", schema["title"]).split(". ")[0].rstrip(".")
    return f"# {source.name}\n\n{description}.\n\n## Schema\n\n```json\n{text.rstrip()}\n```\n"


def sources(manual: pathlib.Path) -> list[pathlib.Path]:
    """The files that become pages: articles, the specification with its schemas, and manual pages in a folder."""
    patterns = [(ROOT / "docs", "*.md"), (ROOT / "schemas", "*.md"), (ROOT / "schemas", "*.json"), (manual, "*.md")]
    return [path for folder, pattern in patterns for path in sorted(folder.glob(pattern))]
