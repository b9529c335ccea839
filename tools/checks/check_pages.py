"""Opens pages of `bntool report` and `bntool check` in a real headless Chromium, and checks what a reader sees.

python tools/checks/check_pages.py BNTOOL [--timed]

Each page is opened 1280 and 390 pixels wide, light and dark: no error in the console, no request, no picture without a size, no text
beyond the window, and the numbers are those of `bntool stats --json`. Pointing, enlarging, sorting, searching and saving are tried, also
without scripts and on paper. A page of 10,000 channels over 100 steps is opened, too. With --timed, it must open within 300 ms; this
needs an idle machine. Without Chromium, nothing is checked.
"""

import argparse
import array
import base64
import csv
import gzip
import io
import json
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import urllib.parse
import zipfile
from collections.abc import Iterator
from typing import Any

import browser

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = "fixtures/digits"
#: The time within which the largest page must open, in seconds.
LONGEST = 0.3
#: The greatest size of a page without the data in its links, in bytes.
LARGEST = 400_000

PICTURES = """[...document.querySelectorAll('.picture > svg')].filter(s => !s.closest('details:not([open])')).map(s => {
  const r = s.getBoundingClientRect(), f = s.closest('figure');
  return [f.id, r.width, r.height, !!s.querySelector('title').textContent && !!s.querySelector('desc').textContent];
})"""
TABLES = """[...document.querySelectorAll('figure')].map(f => ({
  name: f.dataset.name, href: f.querySelector('a.data').href,
  head: [...f.querySelectorAll('thead th')].map(c => c.textContent),
  rows: [...f.querySelectorAll('tbody tr')].map(r => [...r.cells].map(c => c.textContent))
}))"""
# Headings that skip a level, and things in the order of the Tab key without a name.
UNNAMED = """(() => {
  const found = [];
  let level = 0;
  for (const heading of document.querySelectorAll('h1, h2, h3, h4')) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) found.push('the heading ' + heading.textContent + ' skips a level');
    level = own;
  }
  for (const item of document.querySelectorAll('a, button, input, summary, [tabindex]')) {
    if (!(item.getAttribute('aria-label') || item.textContent.trim())) found.push(item.outerHTML.slice(0, 80));
  }
  for (const table of document.querySelectorAll('table')) {
    if (!table.caption || !table.querySelector('th[scope=col]')) found.push('a table without caption or headings');
  }
  return found.slice(0, 3);
})()"""
# The text of the file that the first button for JSON saves.
SAVED = """new Promise(done => {
  const make = URL.createObjectURL;
  URL.createObjectURL = blob => { blob.text().then(done); return make.call(URL, blob); };
  [...document.querySelectorAll('figure button')].find(b => b.textContent === 'JSON').click();
})"""
OVERFLOW = """[...document.querySelectorAll('body *')].filter(e => {
  if (e.closest('.scroll, .wide .picture, svg, caption, .skip')) return false;
  const r = e.getBoundingClientRect();
  return r.width > 0 && r.right > innerWidth + 1;
}).slice(0, 3).map(e => e.outerHTML.slice(0, 80))"""


class Failed(Exception):
    """A page that is not as it should be."""


def require(condition: bool, *message: Any) -> None:
    if not condition:
        raise Failed(" ".join(map(str, message)))


def run(bntool: str, *arguments: str, accepted: tuple[int, ...] = (0,)) -> str:
    result = subprocess.run([bntool, *arguments], cwd=ROOT, capture_output=True, text=True)
    require(result.returncode in accepted, "bntool", *arguments, result.stderr)
    return result.stdout


def write_array(path: str, shape: tuple[int, ...], values: list[float]) -> None:
    """Writes a .npy file of single precision, without NumPy."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    data = array.array("f", values)
    if sys.byteorder == "big":
        data.byteswap()
    pathlib.Path(path).write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + data.tobytes())


def large_model(bntool: str, folder: str) -> str:
    """A checkpoint with 10,000 channels over 100 time steps, with random statistics."""
    channels, steps = 10_000, 100
    config = {
        "brick": {"type": "BatchNormalization", "name": "norm", "inputDimensions": [channels], "timeSteps": steps},
        "input": {"name": "x", "shape": [channels]},
        "time_step": True,
    }
    pathlib.Path(f"{folder}/large.json").write_text(json.dumps(config))
    path = f"{folder}/large.h5"
    run(bntool, "init", f"{folder}/large.json", "--seed", "1", "--output", path)
    source = random.Random(1)
    for name, center in (("population_mean", 0.0), ("population_stdev", 2.0)):
        values = [center + source.random() for _ in range(channels * steps)]
        write_array(f"{folder}/values.npy", (steps, channels), values)
        changed = f"{folder}/{name}.h5"
        run(bntool, "set", path, f"/norm.{name}", "--from", f"{folder}/values.npy", "--observations", "500", "--output", changed)
        path = changed
    return path


def read_array(archive: str, member: str) -> list[float]:
    """The values of an array of single precision in an .npz file, without NumPy."""
    data = zipfile.ZipFile(archive).read(f"{member}.npy")
    values = array.array("f", data[10 + int.from_bytes(data[8:10], "little"):])
    if sys.byteorder == "big":
        values.byteswap()
    return values.tolist()


def check_series(bntool: str, folder: str) -> str:
    """Reports on twelve checkpoints of two models in one folder. One of them has wrong statistics, and in one model a channel dies.

    Returns the page. The verdict must name the checkpoint, the channel, and the checkpoint from which on the channel is dead.
    """
    runs = pathlib.Path(folder, "runs")
    runs.mkdir()
    late = [f"{DIGITS}/late-{number}.h5" for number in (1, 2, 3, 4, 5, 5)]
    rows = f"{folder}/rows.h5"
    brick, norm = "/mlp/batch_norm_activation_1/batchnormalization", "/classifier/batchnormalizedlstm/normalized_input"
    for number in range(6):
        # The files of both models alternate, so that their names tell nothing.
        first, second = f"{runs}/{2 * number + 1}.h5", f"{runs}/{2 * number + 2}.h5"
        if number == 2:
            run(bntool, "set", late[2], f"{brick}.population_stdev", "--value", "9", "--observations", "1437", "--output", first)
        else:
            shutil.copy(ROOT / late[number], first)
        if number < 3:
            shutil.copy(rows, second)
            continue
        run(bntool, "convert", rows, f"{folder}/rows.npz", "--allow-loss")
        # Channel 79 of 128 gets σ = sqrt(ε) at each of the 8 time steps.
        values = read_array(f"{folder}/rows.npz", f"{norm}.population_stdev")
        values = [1e-5 ** 0.5 if index % 128 == 79 else value for index, value in enumerate(values)]
        write_array(f"{folder}/dead.npy", (8, 128), values)
        run(bntool, "set", rows, f"{norm}.population_stdev", "--from", f"{folder}/dead.npy", "--observations", "1437", "--output", second)
    files = sorted(str(path) for path in runs.glob("*.h5"))
    page = f"{folder}/series-of-twelve.html"
    report = json.loads(run(bntool, "report", *files, "--json", "--output", page))
    findings = [finding["text"] for finding in report["findings"]]
    require(report["models"] == 2, "twelve checkpoints:", report["models"], "models")
    for start in ("5.h5: its statistics do not fit the checkpoints before and after it", f"{norm}: channel 79 is dead from 8.h5 on."):
        require(any(text.startswith(start) for text in findings), "twelve checkpoints:", start, "is not among", findings)
    return page


def deep_model(bntool: str, folder: str) -> str:
    """A checkpoint of 500 bricks in 10 stages of 10 blocks, with 200 normalizations."""
    block = [
        {"type": "Linear", "name": "linear_0", "inputDimension": 16, "outputDimension": 16},
        {"type": "BatchNormalization", "name": "norm_0", "inputDimensions": [16]},
        {"type": "Tanh", "name": "tanh"},
        {"type": "Linear", "name": "linear_1", "inputDimension": 16, "outputDimension": 16},
        {"type": "BatchNormalization", "name": "norm_1", "inputDimensions": [16]},
    ]
    blocks = [{"type": "Sequence", "name": f"block_{number}", "bricks": block} for number in range(10)]
    stages = [{"type": "Sequence", "name": f"stage_{number}", "bricks": blocks} for number in range(10)]
    config = {"brick": {"type": "Sequence", "name": "net", "bricks": stages}, "input": {"name": "x", "shape": [16]}}
    pathlib.Path(f"{folder}/deep.json").write_text(json.dumps(config))
    run(bntool, "init", f"{folder}/deep.json", "--seed", "1", "--output", f"{folder}/deep.h5")
    return f"{folder}/deep.h5"


def pages(bntool: str, folder: str) -> Iterator[tuple[str, str | None]]:
    """The pages that are checked, each with the checkpoint whose numbers it shows."""
    test = ["--data", f"{DIGITS}/test.h5:images", "--labels", f"{DIGITS}/test.h5:labels"]
    rows, averaged = f"{folder}/rows.h5", f"{folder}/averaged.h5"
    run(bntool, "average-stats", "fixtures/digits-over-time/rows.h5", "--output", rows)
    run(bntool, "average-stats", f"{DIGITS}/snapshot-5.h5", "--output", averaged)
    late = [f"{DIGITS}/late-{number}.h5" for number in range(1, 6)]
    for name, files, options, shown in (
        ("snapshot", [f"{DIGITS}/snapshot-5.h5"], test, None),
        ("averaged", [averaged], test, averaged),
        ("series", late, [], late[-1]),
        ("rows", [rows], [], rows),
        ("pixels", ["fixtures/digits-over-time/pixels.h5"], [], None),
        ("pixels-compared", 2 * ["fixtures/digits-over-time/pixels.h5"], ["--compare"], None),
        ("edram", ["fixtures/edram/reduced.h5"], [], "fixtures/edram/reduced.h5"),
        ("compared", late[:2], ["--compare"], None),
        ("keras", ["fixtures/keras/convolutions.keras"], [], None),
        ("onnx", sorted(str(path.relative_to(ROOT)) for path in (ROOT / "fixtures/onnx").glob("*.onnx"))[:1], [], None),
        ("deep", [deep_model(bntool, folder)], [], None),
        ("tensors", ["fixtures/foreign/state.pt"], [], None),
        ("pairs", ["fixtures/valid/update-pairs.h5"], [], None),
    ):
        path = f"{folder}/{name}.html"
        run(bntool, "report", *files, *options, "--output", path)
        yield path, shown
    yield check_series(bntool, folder), None
    path = f"{folder}/check.html"
    run(bntool, "check", averaged, f"{DIGITS}/test.h5:images", "--report", path, accepted=(0, 1))
    yield path, None


def numbers(address: str) -> tuple[list[str], list[list[str]]]:
    """The heading and the rows of the comma-separated values in a link."""
    head, body = address.split(",", 1)
    data = base64.b64decode(urllib.parse.unquote(body))
    text = (gzip.decompress(data) if "gzip" in head else data).decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    return rows[0], rows[1:]


def check_numbers(bntool: str, checkpoint: str, tables: list[dict[str, Any]], pathname: str) -> int:
    """Compares the numbers of figures with those of `stats`. Returns how many were compared."""
    report = json.loads(run(bntool, "stats", "--json", checkpoint))
    figures = {table["name"]: table for table in tables}
    compared = 0
    for normalization in report["files"][0]["normalizations"]:
        brick, series = normalization["brick"], normalization["series"]
        observed = [step for step in series["steps"] if step["count"] > 0]
        for title, key in (("mean of each channel", "mean"), ("standard deviation of each channel", "standard_deviation")):
            figure = figures.get(f"{brick}: {title}".lower())
            if not series["time_steps"] or figure is None:
                continue
            head, rows = numbers(figure["href"])
            require(head[1:] == [f"time step {step['step']}" for step in observed], pathname, brick, head[:3])
            for column, step in enumerate(observed, 1):
                values = [float(row[column]) for row in rows]
                expected = (step[key]["minimum"], step[key]["maximum"])
                require((single(min(values)), single(max(values))) == expected, pathname, brick, title, step["step"], expected)
                shown = figure["rows"][column - 1]
                for cell, value in ((shown[1], expected[0]), (shown[5], expected[1])):
                    require(is_rounded(cell, value), pathname, brick, title, cell, value)
                compared += 4
        figure = figures.get("σ over channels")
        row = next((row for row in (figure or {"rows": []})["rows"] if row[0] == brick), None)
        if row is not None and series["standard_deviation"] is not None:
            for cell, key in ((row[1], "minimum"), (row[5], "maximum")):
                require(is_rounded(cell, series["standard_deviation"][key]), pathname, brick, cell)
                compared += 1
    return compared


def single(number: float) -> float:
    """The nearest number of single precision, as which the page writes the numbers of such a model."""
    return struct.unpack("f", struct.pack("f", number))[0]


def is_rounded(cell: str, value: float) -> bool:
    """Whether a cell shows a number in three significant digits."""
    shown = float(cell.replace(",", ""))
    return abs(shown - value) <= 0.0051 * abs(value) + 1e-30 or shown == round(value)


def check_page(page: browser.Page, path: str) -> list[dict[str, Any]]:
    """Opens a page in all sizes and themes. Returns its tables."""
    address = pathlib.Path(path).as_uri()
    for width in (1280, 390):
        for dark in (False, True):
            page.show(width, 900, dark)
            page.open(address)
            place = f"{pathlib.Path(path).name}, {width} pixels, {'dark' if dark else 'light'}:"
            require(not page.complaints(), place, page.complaints()[:3])
            pictures = page.evaluate(PICTURES)
            require(bool(pictures), place, "no picture")
            for name, shown_width, height, is_described in pictures:
                require(shown_width > 50 and height > 30, place, name, "has the size", shown_width, height)
                require(is_described, place, name, "has no description")
            require(not (unnamed := page.evaluate(UNNAMED)), place, unnamed)
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            require(overflow <= 0, place, "is", overflow, "pixels too wide:", page.evaluate(OVERFLOW))
            background = page.evaluate("getComputedStyle(document.body).backgroundColor")
            require((sum(map(int, background[4:-1].split(","))) < 384) == dark, place, "the background is", background)
    return page.evaluate(TABLES)


def check_use(page: browser.Page, path: str) -> None:
    """Points, enlarges, sorts and searches in a page."""
    page.show(1280, 900, False)
    page.open(pathlib.Path(path).as_uri())

    def center(selector: str) -> tuple[float, float]:
        page.evaluate(f"document.querySelector('{selector}').scrollIntoView({{block: 'center'}})")
        return tuple(page.evaluate(
            f"(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector('{selector}').getBoundingClientRect())"))

    def mouse(kind: str, x: float, y: float) -> None:
        page.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)

    for selector in ("svg.zoom", "image.sequential"):
        x, y = center(selector)
        mouse("mouseMoved", x, y)
        page.evaluate("new Promise(done => setTimeout(done, 100))")
        tip = page.evaluate("(t => t && !t.hidden ? t.textContent : '')(document.querySelector('.tip'))")
        require("step" in tip, "pointing at", selector, "shows", repr(tip))
    x, y = center("svg.zoom")
    before = page.evaluate("document.querySelector('svg.zoom').getAttribute('viewBox')")
    mouse("mousePressed", x - 60, y)
    mouse("mouseMoved", x + 60, y)
    mouse("mouseReleased", x + 60, y)
    after = page.evaluate("document.querySelector('svg.zoom').getAttribute('viewBox')")
    require(before != after, "a part of an axis is not enlarged")
    page.evaluate("document.querySelector('details').open = true")
    order = """(t => { const b = t.querySelectorAll('thead button')[2]; b.click();
      return [...t.tBodies[0].rows].map(r => parseFloat(r.cells[2].textContent)) })(document.querySelector('figure table'))"""
    values = page.evaluate(order)
    require(values == sorted(values, reverse=True), "a table is not sorted:", values)
    shown = """(w => { const i = document.querySelector('.search input'); i.value = w; i.dispatchEvent(new Event('input'));
      return [...document.querySelectorAll('figure')].filter(f => !f.hidden).length })"""
    require(page.evaluate(f"{shown}('population variance')") == 3, "the search does not find the three variances")
    require(page.evaluate(f"{shown}('')") > 3, "the search does not show all figures again")
    saved = json.loads(page.evaluate(SAVED))
    head, rows = numbers(page.evaluate("document.querySelector('figure a.data').href"))
    require(list(saved) == head, "the file of JSON has", list(saved))
    require(saved[head[1]] == [float(row[1]) for row in rows], "the file of JSON has other numbers than the file of CSV")
    # Everything is reached with the Tab key. Enter opens the numbers of a figure.
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = false); document.querySelector('summary').focus()")
    for kind in ("keyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")
    require(page.evaluate("document.querySelector('details').open"), "Enter does not open the numbers")
    require(not page.complaints(), page.complaints()[:3])


def check_plain(page: browser.Page, path: str) -> None:
    """Opens a page without scripts, and prints it."""
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(pathlib.Path(path).as_uri(), painted=False)
    count = page.evaluate("document.querySelectorAll('figure a.data[href^=data]').length")
    require(count == page.evaluate("document.querySelectorAll('figure').length"), "figures without numbers")
    page.call("Emulation.setScriptExecutionDisabled", value=False)
    pdf = base64.b64decode(page.call("Page.printToPDF", printBackground=True)["data"])
    require(pdf.startswith(b"%PDF") and len(pdf) > 20_000, "the page does not print")


def check_size(path: str) -> None:
    """Checks the size of a page without the numbers in its links and pictures."""
    text = pathlib.Path(path).read_text()
    size = len(re.sub(r'(?:href|src)="data:[^"]*"', "", text).encode())
    require(size <= LARGEST, pathlib.Path(path).name, "has", size, "bytes besides its data")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("bntool", type=pathlib.Path)
    parser.add_argument("--timed", action="store_true", help="check the time in which the largest page opens")
    options = parser.parse_args()
    if browser.program() is None:
        print("skipped: no Chromium on this machine (Debian: apt-get install chromium-headless-shell)")
        return 0
    bntool = str(options.bntool.resolve())
    with tempfile.TemporaryDirectory() as folder, browser.browser() as page:
        try:
            for path, shown in pages(bntool, folder):
                tables = check_page(page, path)
                check_size(path)
                compared = 0 if shown is None else check_numbers(bntool, shown, tables, pathlib.Path(path).name)
                require(shown is None or compared > 0, path, "no number was compared")
                print(f"{pathlib.Path(path).stem}: {len(tables)} figures, {compared} numbers are those of stats")
            check_use(page, f"{folder}/rows.html")
            check_plain(page, f"{folder}/rows.html")
            large = f"{folder}/large.html"
            run(bntool, "report", large_model(bntool, folder), "--output", large)
            page.show(1280, 900, False)
            times = sorted(page.open(pathlib.Path(large).as_uri()) for _ in range(5))
            size = pathlib.Path(large).stat().st_size / 1e6
            require(not options.timed or times[0] <= LONGEST, f"10,000 channels × 100 steps open in {times[0]:.3f} s")
            print(f"large: {size:.1f} MB open in {1000 * times[0]:.0f} to {1000 * times[-1]:.0f} ms")
        except Failed as error:
            print(error)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
