"""Builds the site of the documentation from the libraries in .build, and checks it. tools/docs calls this program."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import comments
import gallery
import links
import pages
from package import ROOT, indexed, libraries, symbol_graphs

ENTRANCE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>swift-bricks</title>
<meta http-equiv="refresh" content="0; url=documentation/swift-bricks/">
<p><a href="documentation/swift-bricks/">swift-bricks</a></p>
</html>
"""


def convert(catalogue: pathlib.Path, archive: pathlib.Path, name: str, base: str, *options: str) -> None:
    """Makes the archive of a catalogue. Warnings are errors, except about parameters without a comment."""
    command = ["docc", "convert", str(catalogue), "--output-path", str(archive), "--warnings-as-errors",
               "--fallback-display-name", name, "--fallback-bundle-identifier", f"swift-bricks.{name}",
               "--fallback-default-module-kind", "Library", "--disable-parameters-and-returns-validation",
               "--enable-experimental-external-link-support",
               *options]
    if base:
        command += ["--hosting-base-path", base]
    run(command)


def run(command: list[str]) -> None:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    output = (finished.stdout + finished.stderr).strip()
    if finished.returncode or "warning:" in output:
        sys.exit(f"{' '.join(command[:3])}: {output}")


def public_types(graphs: dict[str, pathlib.Path]) -> dict[str, str]:
    """The paths of public types by their names, without names that occur in two libraries."""
    found: dict[str, list[str]] = {}
    for library, folder in graphs.items():
        for symbol in json.loads((folder / f"{library}.symbols.json").read_text())["symbols"]:
            if len(symbol["pathComponents"]) == 1:
                found.setdefault(symbol["pathComponents"][0], []).append(f"/{library}/{symbol['pathComponents'][0]}")
    return {name: paths[0] for name, paths in found.items() if len(paths) == 1}


def build(site: pathlib.Path, base: str, work: pathlib.Path) -> None:
    between, found = links.repository_problems(ROOT)
    if found:
        sys.exit("\n".join(found))
    catalogues = libraries()
    if different := set(catalogues) ^ indexed():
        sys.exit(f".spi.yml: must list every library, and nothing else: {', '.join(sorted(different))}")
    graphs = {library: symbol_graphs(library, work / "graphs" / library) for library in catalogues}
    if found := [problem for library, folder in graphs.items()
                 for problem in comments.problems(library, catalogues[library], folder)]:
        sys.exit("\n".join(found))

    archives: list[pathlib.Path] = []
    for library, catalogue in catalogues.items():
        known = [option for archive in archives for option in ("--dependency", str(archive))]
        archive = work / f"{library}.doccarchive"
        convert(catalogue, archive, library, base, "--additional-symbol-graph-dir", str(graphs[library]), *known)
        archives.append(archive)

    manual = work / "manual"
    manual.mkdir()
    program = os.environ.get("BNTOOL", str(ROOT / ".build/debug/bntool"))
    run([program, "manual", "--markdown", str(manual)])
    reports = work / "reports"
    if (manual / "bntool-report.md").exists():
        gallery.write(program, reports, manual / "gallery.md")
    guide = work / f"{pages.ROOT_PAGE}.docc"
    pages.Catalogue(pages.sources(manual), public_types(graphs), base).write(guide)
    for picture in (ROOT / "docs/images").glob("*"):
        shutil.copy(picture, guide)
    archive = work / f"{pages.ROOT_PAGE}.doccarchive"
    convert(guide, archive, pages.ROOT_PAGE, base,
            *[option for archive in archives for option in ("--dependency", str(archive))])

    merged = work / "site"
    # The navigator takes the first page of a path. So the libraries come before the guide, which only mentions them.
    run(["docc", "merge", *map(str, archives), str(archive), "--output-path", str(merged),
         "--synthesized-landing-page-name", "swift-bricks"])
    (merged / "index.html").write_text(ENTRANCE)
    if reports.exists():
        shutil.copytree(reports, merged / "reports")
    count, found = links.problems(merged, base)
    if found:
        sys.exit("\n".join(sorted(set(found))))
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(merged, site)
    print(f"{site}: {len(list((site / 'data').rglob('*.json')))} pages, {count} links; {between} links between Markdown files")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--base-path", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        build(arguments.output.absolute(), arguments.base_path, pathlib.Path(work))


if __name__ == "__main__":
    main()
