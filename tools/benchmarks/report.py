"""Runs benchmarks and writes their tables to BENCHMARKS.md, with the date, the machine and the versions.

usage: report.py ROOT [SECTION...] [-- OPTION...]

Sections that do not run keep their tables. Options are passed to the scripts, such as `-- --rounds 3`.
"""

import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

INTRODUCTION = """# Benchmarks

`tools/benchmark` writes this page. It runs `bntool` or the library and a peer in alternating rounds, at least seven after a warm-up. A
ratio is the peer's median time divided by ours, so we are faster if it is above 1. The spread is from the smallest to the largest ratio
of a round. The difference is the largest between our outputs and the peer's. For architectures, it is relative to the largest output if
that is above 1. Networks run in one thread on both sides. All files are in the page cache.
"""


@dataclass
class Section:
    """A table of the page."""

    name: str
    title: str
    text: str
    script: str
    arguments: tuple[str, ...]


SECTIONS = [
    Section(
        "inference",
        "Inference",
        "The networks have random weights. The peers are onnxruntime with all its optimizations, on the same networks in ONNX, and "
        "PyTorch, as it is and compiled with frozen parameters. The ratio is to the fastest of the three. The last column is the time that "
        "PyTorch takes for the matrix products alone.",
        "inference.py",
        ("DRIVER",),
    ),
    Section(
        "architectures",
        "Architectures of torchvision",
        "The models have random weights. Their inputs have the size of the images that the architecture is trained on. PyTorch's exporter "
        "writes the models, and `bntool convert` reads them. The peer is onnxruntime with all its optimizations. The last row for each "
        "batch size gives the geometric mean of its ratios.",
        "architectures.py",
        ("DRIVER", "BNTOOL"),
    ),
    Section(
        "keras",
        "Architectures of Keras",
        "The models have random weights. Their inputs have the size of the images that the architecture is trained on. `bntool convert` "
        "reads the models from `.keras` files. The peer is onnxruntime with all its optimizations, on the ONNX files that Keras writes. "
        "The last row for each batch size gives the geometric mean of its ratios. Models that Keras cannot write as ONNX are left out.",
        "keras_architectures.py",
        ("DRIVER", "BNTOOL"),
    ),
    Section(
        "edram",
        "EDRAM",
        "The attention model of [Examples/EDRAM](Examples/EDRAM) at its published size: images of 100×100, eight looks, four convolutions. "
        "The peer is the same network in PyTorch. In training mode, both compute the statistics of the minibatch without gradients.",
        "edram.py",
        ("DRIVER", "EXAMPLE"),
    ),
    Section(
        "growth",
        "Growth of the times of networks",
        "Our time for each size, and the exponent of its growth: the slope of log time over log size, where 1 is linear. Small batches "
        "share the reading of the weights, so that exponents are below 1.",
        "growth.py",
        ("DRIVER", "BNTOOL", "EXAMPLE"),
    ),
    Section(
        "training",
        "Passes in training mode",
        "The statistics of minibatches with frozen parameters. The peer is PyTorch in training mode without gradients, as "
        "`torch.optim.swa_utils.update_bn` uses it. The last row is a whole process of `bntool recalibrate` beside `update_bn`.",
        "training.py",
        ("DRIVER", "BNTOOL"),
    ),
    Section(
        "checkpoints",
        "Checkpoints",
        "Whole processes of `bntool`, which check all digests, sync their files and read them back. Loading, "
        "compressing and expanding use all processors. The peers are functions with h5py "
        "and NumPy, which check no digests; the start of Python does not count, except for new processes. The last column is the time of "
        "a C program that does only the part of the work that nobody can leave out. [A page](tools/benchmarks/README.md#checkpoints) "
        "explains these parts, and [why some goals are not reached](tools/benchmarks/README.md#goals-that-are-not-reached).",
        "checkpoints.py",
        ("BNTOOL", "DRIVER"),
    ),
]


def _processor() -> str:
    """The name of the processor, and the widest vector instructions that our kernels can use."""
    facts = dict(line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    facts = {name.strip(): value.strip() for name, value in facts.items()}
    flags = facts.get("flags", "").split()
    vectors = " with AVX-512" if "avx512f" in flags else " with AVX2" if "avx2" in flags else ""
    return facts.get("model name", platform.processor()) + vectors


def _facts() -> str:
    packages = ["numpy", "h5py", "torch", "onnxruntime", "safetensors"]
    versions = [f"{name} {importlib.metadata.version(name)}" for name in packages]
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    date = datetime.datetime.now(datetime.UTC).date()
    return f"Measured on {date}: {_processor()}, {os.cpu_count()} processors, {swift}, {', '.join(versions)}."


def _sections(page: str) -> dict[str, str]:
    """The sections of a page by title, with their headings."""
    parts = page.split("\n## ")[1:]
    return {part.split("\n", 1)[0]: f"## {part.rstrip()}\n" for part in parts}


def main() -> None:
    root = Path(sys.argv[1])
    names = sys.argv[2:]
    end = names.index("--") if "--" in names else len(names)
    wanted, options = names[:end] or [section.name for section in SECTIONS], names[end + 1 :]
    unknown = set(wanted) - {section.name for section in SECTIONS}
    if unknown:
        sys.exit(f"there is no section {', '.join(sorted(unknown))}; there are {', '.join(s.name for s in SECTIONS)}")
    programs = {"DRIVER": "benchmark-driver", "BNTOOL": "bntool", "EXAMPLE": "edram-example"}
    places = {argument: root / ".build/release" / name for argument, name in programs.items()}
    page = root / "BENCHMARKS.md"
    known = _sections(page.read_text()) if page.exists() else {}
    for section in SECTIONS:
        if section.name not in wanted:
            continue
        command = [sys.executable, root / "tools/benchmarks" / section.script]
        command += [places.get(argument, argument) for argument in section.arguments] + options
        print(f"== {section.title}", file=sys.stderr)
        table = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        remark = f" The options were `{' '.join(options)}`." if options else ""
        known[section.title] = f"## {section.title}\n\n{section.text}\n\n{_facts()}{remark}\n\n{table}"
        # A later failure must not lose this table.
        page.write_text("\n".join([INTRODUCTION, *(known[s.title] for s in SECTIONS if s.title in known)]))


if __name__ == "__main__":
    main()
