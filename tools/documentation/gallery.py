"""Makes the gallery: report pages of bntool about the fixtures, and the page that lists them."""

import pathlib
import subprocess

from package import ROOT

DIGITS = "fixtures/digits"
DATA = ["--data", f"{DIGITS}/test.h5:images", "--labels", f"{DIGITS}/test.h5:labels"]
# The file of each report, its title, its meaning, and the arguments.
REPORTS = [
    ("snapshot", "A snapshot without statistics", "A classifier as PyTorch saved it, with recorded update pairs.",
     [f"{DIGITS}/snapshot-5.h5", *DATA]),
    ("late", "Five snapshots of one run", "The drift of statistics and parameters between the last snapshots.",
     [f"{DIGITS}/late-{number}.h5" for number in range(1, 6)]),
    ("rows", "Statistics for each time step", "A batch-normalized LSTM that reads images row by row.",
     ["fixtures/digits-over-time/rows.h5"]),
    ("edram", "An attention model", "EDRAM, with its normalizations inside a loop.", ["fixtures/edram/reduced.h5"]),
]


def write(program: str, folder: pathlib.Path, page: pathlib.Path) -> None:
    """Writes the reports into a folder of the site, and the page that lists them. `page` links to `/reports/…`."""
    folder.mkdir(parents=True)
    lines = ["# Gallery", "", "Report pages that `bntool report` made from the files of the tests.", "", "## Reports", ""]
    for name, title, meaning, arguments in REPORTS:
        command = [program, "report", *arguments, "--output", str(folder / f"{name}.html"), "--quiet"]
        finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if finished.returncode:
            raise SystemExit(f"bntool report of {title.lower()}: {finished.stderr}")
        lines += [f"- [{title}](/reports/{name}.html): {meaning}"]
    page.write_text("\n".join(lines) + "\n")
