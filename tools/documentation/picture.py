"""Draws docs/images/accuracy.svg: the accuracy of models of the fixtures before and after their statistics are repaired.

python3 tools/documentation/picture.py BNTOOL
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = "fixtures/digits"
CASES = [
    ("A classifier as PyTorch saved it", "never estimated", "average-stats",
     [["average-stats", f"{DIGITS}/snapshot-5.h5", "--output", "AFTER"]], f"{DIGITS}/snapshot-5.h5"),
    ("An average of five snapshots", "copied from a snapshot", "recalibrate",
     [["average", *(f"{DIGITS}/late-{n}.h5" for n in range(1, 6)), "--output", "BEFORE"],
      ["recalibrate", "BEFORE", f"{DIGITS}/train.h5:images", "--output", "AFTER"]], "BEFORE"),
    ("A recurrent network with time steps", "never estimated", "average-stats",
     [["average-stats", "fixtures/digits-over-time/rows.h5", "--output", "AFTER"]], "fixtures/digits-over-time/rows.h5"),
]
LEFT, WIDTH, ROW, TOP = 300, 380, 58, 44
STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1f2328 }
  .small { font-size: 12px; fill: #59636e }
  .grid { stroke: #d1d9e0 }
  .change { stroke: #8fb3d9; stroke-width: 5 }
  .before { fill: #bc4c00 }
  .after { fill: #0b57a4 }
  .background { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .small { fill: #9198a1 } .grid { stroke: #3d444d } .change { stroke: #1f4e79 }
    .before { fill: #f0883e } .after { fill: #58a6ff } .background { fill: #0d1117 }
  }
"""


def accuracies(program: str, folder: str) -> list[tuple[float, float]]:
    """The accuracy of each case before and after, in percent."""
    found = []
    for number, (*_, commands, before) in enumerate(CASES):
        places = {"BEFORE": f"{folder}/before-{number}.h5", "AFTER": f"{folder}/after-{number}.h5"}

        def run(*arguments: str) -> str:
            command = [program, *(places.get(argument, argument) for argument in arguments), "--quiet"]
            return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

        for command in commands:
            run(*command)
        reports = [run("run", model, f"{DIGITS}/test.h5:images", "--labels", f"{DIGITS}/test.h5:labels")
                   for model in (before, "AFTER")]
        found.append(tuple(float(re.search(r"accuracy ([\d.]+) %", report)[1]) for report in reports))
    return found


def picture(values: list[tuple[float, float]]) -> str:
    def x(percent: float) -> float:
        return round(LEFT + WIDTH * percent / 100, 1)

    width, height = LEFT + WIDTH + 60, TOP + ROW * len(CASES) + 28
    bottom = height - 24
    summary = "; ".join(f"{case[0]}: {before} % before, {after} % after" for case, (before, after) in zip(CASES, values))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             f'viewBox="0 0 {width} {height}" role="img">',
             f"<title>Accuracy before and after the statistics are repaired. {summary}.</title>", f"<style>{STYLE}</style>",
             f'<rect class="background" width="{width}" height="{height}"/>',
             '<text x="20" y="26">Accuracy with the same parameters, before and after the statistics are repaired</text>']
    for percent in range(0, 101, 25):
        parts.append(f'<line class="grid" x1="{x(percent)}" y1="{TOP}" x2="{x(percent)}" y2="{bottom - 4}"/>'
                     f'<text class="small" x="{x(percent)}" y="{bottom + 12}" text-anchor="middle">{percent} %</text>')
    for row, ((title, state, command, *_), (before, after)) in enumerate(zip(CASES, values)):
        y = TOP + ROW * row + ROW // 2
        parts += [f'<text x="20" y="{y - 2}">{title}</text>',
                  f'<text class="small" x="20" y="{y + 16}">{state} → bntool {command}</text>',
                  f'<line class="change" x1="{x(before)}" y1="{y}" x2="{x(after)}" y2="{y}"/>',
                  f'<circle class="before" cx="{x(before)}" cy="{y}" r="6"/><circle class="after" cx="{x(after)}" cy="{y}" r="6"/>',
                  f'<text class="small" x="{x(before)}" y="{y - 11}" text-anchor="middle">{before} %</text>',
                  f'<text x="{x(after) + 12}" y="{y + 5}">{after} %</text>']
    return "\n".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        drawn = picture(accuracies(str(pathlib.Path(sys.argv[1]).resolve()), folder))
    (ROOT / "docs/images/accuracy.svg").write_text(drawn)
