"""Checks every kind of bntool's JSON reports against its schema in schemas/.

python tools/checks/check_reports.py BNTOOL

Prints one line per command and exits with 1 if a report does not fit its schema, or if the schema accepts a spoilt report.
"""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = "fixtures/digits"
TEST = f"{DIGITS}/test.h5"


def commands(folder: str) -> Iterator[tuple[str, list[str]]]:
    """The schema's name and the arguments of every command that is checked."""
    valid = sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "fixtures/valid").glob("*.h5")
        if path.name != "expected.h5"
    )
    snapshots = [f"{DIGITS}/snapshot-{number}.h5" for number in range(1, 6)]
    last = snapshots[-1]
    yield "inspect", ["inspect", *valid, *snapshots]
    yield "inspect", ["inspect", "--values", *valid, last]
    yield "updates", ["extract", *snapshots, "--output", f"{folder}/pairs.h5"]
    yield "updates", ["extract", last, "--role", "BATCH_NORM_POPULATION_STDEV", "--output", f"{folder}/stdevs.h5"]
    yield "updates", ["extract", "fixtures/valid/stale.h5", "--output", f"{folder}/stale.h5"]
    yield "updates", ["merge", f"{folder}/pairs.h5", snapshots[0], "--output", f"{folder}/merged.h5"]
    for method in (
        ["pooled"],
        ["mean-of-variances"],
        ["mean-of-deviations"],
        ["moving-average", "--smoothing-factor", "0.1"],
        ["moving-variance", "--smoothing-factor", "0.1", "--bessel-correction"],
    ):
        yield "average-stats", ["average-stats", last, "--method", *method, "--output", f"{folder}/averaged.h5"]
    yield "average-stats", ["average-stats", *snapshots, "--allow-prior", "--output", f"{folder}/prior.h5"]
    yield (
        "average-stats",
        ["average-stats", *snapshots, "--allow-prior", "--weights", "0,0,1,2,3", "--output", f"{folder}/prior.h5"],
    )
    for name in ("stale", "mean-only", "steps-input", "two-update-groups", "spatial-normalization"):
        arguments = ["average-stats", f"fixtures/valid/{name}.h5", "--allow-prior", "--output", f"{folder}/{name}.h5"]
        yield "average-stats", arguments
    yield "average", ["average", *snapshots, "--output", f"{folder}/mean.h5"]
    yield "average", ["average", *snapshots, last, "--ema-decay", "0.75", "--select", "*.W", "--output", f"{folder}/mean.h5"]
    yield "average", ["average", *snapshots, "--weights", "0,0,1,2,3", "--output", f"{folder}/mean.h5"]
    yield "average", ["average", "fixtures/valid/stale.h5", "--output", f"{folder}/mean.h5"]
    key = "Tests/SignaturesTests/Fixtures/p256"
    yield "sign", ["sign", last, "--key", f"{key}.pem", "--output", f"{folder}/last.sig"]
    yield "verify", ["verify", last, "--signature", f"{folder}/last.sig", "--key", f"{key}.pub.pem"]
    yield "repack", ["repack", last, "--compress", "6", "--output", f"{folder}/packed.h5"]
    yield "repack", ["repack", f"{folder}/packed.h5", "--contiguous", "--output", f"{folder}/unpacked.h5"]
    train, labels = f"{DIGITS}/train.h5:images", f"{DIGITS}/train.h5:labels"
    late = [f"{DIGITS}/late-{number}.h5" for number in range(1, 6)]
    yield "updates", ["collect", last, train, "--shard", "2/3", "--seed", "4", "--output", f"{folder}/shard.h5"]
    right = f"{folder}/right.h5"
    yield "average", ["average", *late, "--statistics", f"recalibrate:{train}", "--output", f"{folder}/mean.h5"]
    yield "recalibrate", ["recalibrate", last, train, "--labels", labels, "--output", right]
    yield "recalibrate", ["recalibrate", right, train, "--seed", "1", "--until-error", "0.1", "--batch-size", "32", "--output", f"{folder}/bounded.h5"]
    yield "recalibrate", ["recalibrate", right, train, "--until-error", "1e-9", "--output", f"{folder}/again.h5"]
    yield "recalibrate", ["recalibrate", right, train, "--method", "moving-average", "--smoothing-factor", "0.1", "--output", f"{folder}/moving.h5"]
    features = "Tests/bntoolTests/Fixtures/features.npy"
    for name, options in (("mean-only", []), ("steps-input", ["--step", "1"])):
        yield "recalibrate", ["recalibrate", f"fixtures/valid/{name}.h5", features, *options, "--output", f"{folder}/{name}.h5"]
    yield "check", ["check", right, f"{TEST}:images", "--batch-size", "40"]
    yield "check", ["check", last, train, "--until-error", "0.2"]
    yield "check", ["check", right, f"{TEST}:images", "--report", f"{folder}/check.html"]
    yield "report", ["report", *late, "--output", f"{folder}/late.html"]
    yield "report", ["report", last, "--data", f"{TEST}:images", "--labels", f"{TEST}:labels", "--output", f"{folder}/digits.html"]
    yield "plot", ["plot", right, "batch_norm_activation_0/batchnormalization", "--output", f"{folder}/plot.svg"]
    yield "plot", ["plot", *late, "--figure", "drift", "--output", f"{folder}/drift.svg"]
    yield "soup", ["soup", *late, "--held-out", f"{TEST}:images", "--labels", f"{TEST}:labels", "--output", f"{folder}/soup.h5"]
    yield "fold", ["fold", right, "--output", f"{folder}/folded.h5"]
    yield "fold", ["fold", "fixtures/edram/reduced.h5", "--partial", "--output", f"{folder}/folded.h5"]
    yield "set-epsilon", ["set-epsilon", right, "1e-3", "--output", f"{folder}/epsilon.h5"]
    yield "init", ["init", "Tests/bntoolTests/Fixtures/mlp.json", "--seed", "7", "--output", f"{folder}/fresh.h5"]
    edited = ["--output", f"{folder}/edited.h5"]
    yield "edit", ["set", right, "/mlp/linear_0.W", "--value", "0", *edited]
    yield "edit", ["rename", right, "/mlp", "/net", "--dry-run"]
    yield "edit", ["drop", last, "--updates", *edited]
    yield "edit", ["copy-statistics", right, last, *edited]
    yield "inspect", ["inspect", f"{folder}/pairs.h5", f"{folder}/averaged.h5", f"{folder}/prior.h5", "--values"]
    yield "diff", ["diff", snapshots[0], last]
    yield "diff", ["diff", last, f"{folder}/averaged.h5"]
    yield "diff", ["diff", last, last, "--tolerance", "1e-3", "--ignore", "*.W"]
    yield "diff", ["diff", "fixtures/valid/steps-input.h5", "fixtures/valid/steps-constant.h5"]
    yield "diff", ["diff", "fixtures/valid/plain.h5", "fixtures/valid/update-pairs.h5"]
    foreign = "fixtures/foreign"
    files = [f"{foreign}/{name}" for name in ("state.pt", "training.pth", "views.safetensors", "arrays.npz", "blocks.tar", "generic.h5", "layers.weights.h5")]
    yield "inspect", ["inspect", *files, last]
    yield "inspect", ["inspect", "--values", *files]
    yield "stats", ["stats", f"{foreign}/state.pt", last]
    yield "verify", ["verify", *files, last]
    yield "diff-tensors", ["diff", f"{foreign}/state.pt", f"{foreign}/training.pth"]
    yield "convert", ["convert", last, f"{folder}/last.safetensors", "--allow-loss"]
    yield "convert", ["convert", f"{folder}/last.safetensors", f"{folder}/back.h5"]
    yield "convert", ["convert", f"{foreign}/generic.h5", f"{folder}/generic.safetensors", "--allow-loss"]
    yield "convert", ["convert", f"{foreign}/training.pth", f"{folder}/training.npz", "--dry-run"]
    yield "diff", ["diff", last, f"{folder}/last.safetensors"]
    models = ["fixtures/onnx/residual-torchscript.onnx", "fixtures/keras/mobilenet.keras"]
    for command in ("inspect", "stats", "verify"):
        yield command, [command, *models]
    yield "diff", ["diff", *models]
    yield "average", ["average", models[1], models[1], "--output", f"{folder}/mean.keras"]
    yield "average-tensors", ["average", f"{foreign}/state.pt", f"{foreign}/training.pth", "--output", f"{folder}/mean.safetensors"]
    for number in (1, 2):
        part = ["--shard", f"{number}/2", "--output", f"{folder}/part-{number}.safetensors"]
        yield "part", ["average", *late, *part]
    yield "part", ["average-stats", last, "--shard", "1/1", "--output", f"{folder}/only.safetensors"]
    yield "part", ["merge", f"{folder}/part-2.safetensors", f"{folder}/part-1.safetensors", "--output", f"{folder}/merged.h5"]
    yield "verify", ["verify", *valid, *snapshots, f"{folder}/averaged.h5"]
    yield "verify", ["verify", "fixtures/malformed/S3-stdev-nan.h5", "fixtures/malformed/C29-flipped-bit.h5", "--strict"]
    yield "stats", ["stats", *(path for path in valid if "update-pairs" not in path)]
    yield "stats", ["stats", f"{folder}/prior.h5", f"{folder}/averaged.h5", "--stationary-tolerance", "0.5"]
    yield "run", ["run", f"{folder}/averaged.h5", f"{TEST}:images"]
    yield "run", ["run", f"{folder}/averaged.h5", f"{TEST}:images", "--labels", f"{TEST}:labels"]
    yield "run", ["run", f"{folder}/averaged.h5", f"{TEST}:images", "--output", f"{folder}/outputs.npy"]


def spoilt(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Reports that no schema should accept: one member missing, or one too many."""
    for key in report:
        optional = ("correct", "accuracy", "accuracy_before", "precise", "output", "estimated_from")
        if key not in optional or "bricks" in report and key == "output":
            yield {other: value for other, value in report.items() if other != key}
    yield {**report, "unheard_of": 1}
    for key, values in report.items():
        if isinstance(values, list) and values and isinstance(values[0], dict):
            copied = copy.deepcopy(report)
            copied[key][0]["unheard_of"] = 1
            yield copied


def problems(bntool: str, schema: dict[str, Any], arguments: list[str]) -> list[str]:
    """The problems of the report of one command."""
    run = subprocess.run([bntool, *arguments, "--json"], cwd=ROOT, capture_output=True, text=True, check=False)
    # 1 is a negative answer: files differ, or a file is wrong. There is also a report in this case.
    if run.returncode not in (0, 1) or not run.stdout:
        return [f"exit status {run.returncode}: {run.stderr.strip()}"]
    try:
        report = json.loads(run.stdout)
    except ValueError as error:
        return [f"not JSON: {error}"]
    validator = jsonschema.Draft202012Validator(schema)
    found = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(report)]
    found += ["the schema accepts a spoilt report" for other in spoilt(report) if validator.is_valid(other)]
    return found


def main(bntool: str) -> int:
    schemas = {}
    names = "inspect run updates average-stats average repack recalibrate soup fold set-epsilon init edit diff verify stats check convert"
    names += " diff-tensors average-tensors part report plot sign"
    for name in names.split():
        schemas[name] = json.loads((ROOT / f"schemas/{name}.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schemas[name])
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in commands(folder):
            found = problems(bntool, schemas[name], arguments)
            print(f"{'WRONG' if found else 'ok':5}  {' '.join(arguments)[:110]}")
            for problem in found:
                print(f"       {problem}")
            failed = failed or bool(found)
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(str(pathlib.Path(sys.argv[1]).resolve())))
