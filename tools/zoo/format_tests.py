#!/usr/bin/env python3
"""Reads the files of NumPy's own tests, and files that the package safetensors judges, with `bntool`, and counts the results.

    python tools/zoo/format_tests.py [--bntool .build/release/bntool] [numpy] [safetensors]

NumPy: `numpy/lib/tests/test_format.py` has arrays of all types, and broken headers. Each array is written in all versions of the format
and copied by `bntool convert`. The copy must have the same numbers. Types without real numbers, arrays that were cut off, and broken
headers must be refused.

safetensors: The cases are sound files of all types, each rule of the format broken in turn, and random changes of headers. The package
itself says whether a file is sound. `bntool` must agree, and must read the same numbers. There is one exception: a header that begins
with a space is refused, as the specification says.

Requirements: tools/zoo/requirements.txt. Exits with 1 if a case fails.
"""

import argparse
import collections
import io
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import numpy
import safetensors
import safetensors.numpy
from numpy.lib import format as npy
from numpy.lib.tests import test_format

# The types that safetensors names and bntool reads.
KINDS = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2, "U8": 1,
    "BOOL": 1,
}
RANDOM_CHANGES = 2000
# The package accepts this file, although the specification forbids it.
FORBIDDEN = "header begins with a space"


class Reader:
    """`bntool`, with a folder for its files."""

    def __init__(self, bntool: str, folder: pathlib.Path) -> None:
        self.bntool, self.folder = bntool, folder
        self.results: collections.Counter[str] = collections.Counter()
        self.failures: list[str] = []

    def convert(self, source: pathlib.Path, target: str) -> pathlib.Path | None:
        """The converted file, or None if the source was refused."""
        path = self.folder / target
        path.unlink(missing_ok=True)
        result = subprocess.run([self.bntool, "convert", source, path, "--quiet"], capture_output=True, text=True)
        if result.returncode == 65 and result.stderr.startswith("bntool: "):
            return None
        if result.returncode != 0:
            raise RuntimeError(f"exit status {result.returncode}: {result.stderr}")
        return path

    def inspected(self, paths: list[pathlib.Path]) -> set[str]:
        """The files that are accepted."""
        result = subprocess.run([self.bntool, "inspect", "--json", *paths], capture_output=True, text=True)
        return {file["file"] for file in json.loads(result.stdout)["files"]}

    def count(self, result: str, name: str, good: bool) -> None:
        self.results[result] += 1
        if not good:
            self.failures.append(f"{result}: {name}")


# NumPy


def arrays() -> Iterator[tuple[str, bytes, numpy.ndarray]]:
    """The arrays of NumPy's tests as files of all versions."""
    for number, array in enumerate(test_format.basic_arrays + test_format.record_arrays):
        for version in ((1, 0), (2, 0), (3, 0)):
            file = io.BytesIO()
            npy.write_array(file, array, version=version)
            yield f"{array.dtype} {array.shape} version {version[0]} ({number})", file.getvalue(), array


def broken() -> Iterator[tuple[str, bytes]]:
    """Files that NumPy's tests expect to be refused."""
    for magic in test_format.bad_version_magic + test_format.malformed_magic:
        yield f"magic {magic!r}", magic
    whole = io.BytesIO()
    npy.write_array(whole, numpy.ones((3, 6)))
    for end in (5, 7, 9, 40, len(whole.getvalue()) - 1):
        yield f"cut off after {end} bytes", whole.getvalue()[:end]
    for header in (
        {"descr": "<f8", "shape": (3, 6)},
        {"descr": "<f8", "shape": (3, 6), "fortran_order": False, "extrakey": -1},
        {"descr": "x", "shape": (3, 6), "fortran_order": False},
        {"descr": "<f8", "shape": 3, "fortran_order": False},
        {"descr": "<f8", "shape": (3.0, 6), "fortran_order": False},
        {"descr": "<f8", "shape": (3, 6), "fortran_order": 0},
    ):
        text = repr(header).encode()
        text += b" " * (117 - len(text)) + b"\n"
        yield f"header {header}", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + bytes(144)


def run_numpy(reader: Reader) -> None:
    for name, content, array in arrays():
        path = reader.folder / "case.npy"
        path.write_bytes(content)
        copy = reader.convert(path, "copy.npy")
        if array.dtype.kind not in "biuf":
            reader.count("refused", name, copy is None)
        else:
            same = copy is not None and numpy.array_equal(numpy.load(copy), array)
            reader.count("read", name, same)
    cut = [each for each in test_format.basic_arrays if each.size and each.dtype.kind in "biuf"]
    for array in cut:
        file = io.BytesIO()
        npy.write_array(file, array)
        (reader.folder / "cut.npy").write_bytes(file.getvalue()[:-1])
        reader.count("refused", f"{array.dtype} {array.shape} cut off", reader.convert(reader.folder / "cut.npy", "copy.npy") is None)
    for name, content in broken():
        (reader.folder / "broken.npy").write_bytes(content)
        reader.count("refused", name, reader.convert(reader.folder / "broken.npy", "copy.npy") is None)
    data = pathlib.Path(test_format.__file__).parent / "data"
    for path in sorted(data.glob("*.np[yz]")):
        copy = reader.convert(path, f"copy{path.suffix}")
        if "objarr" in path.name:  # pickled objects
            reader.count("refused", path.name, copy is None)
        else:
            same = copy is not None and numpy.array_equal(numpy.load(copy), numpy.load(path, max_header_size=1 << 20))
            reader.count("read", path.name, same)
    for save in (numpy.savez, numpy.savez_compressed):
        for members in ({}, {"a": numpy.arange(6.0).reshape(2, 3), "b": numpy.array([True, False])}):
            save(reader.folder / "case.npz", **members)
            copy = reader.convert(reader.folder / "case.npz", "copy.npz")
            found = dict(numpy.load(copy)) if copy else None
            same = found is not None and found.keys() == members.keys()
            same = same and all(numpy.array_equal(found[key], members[key]) for key in members)
            reader.count("read", f"{save.__name__} of {len(members)}", same)


# safetensors


def packed(header: bytes, data: bytes, count: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if count is None else count) + header + data


def sound() -> Iterator[tuple[str, bytes]]:
    """Files of all types, with shapes of no, one and more axes, without elements, and with metadata."""
    for kind, size in KINDS.items():
        for shape in ((), (3,), (2, 0, 3), (2, 3, 2)):
            count = int(numpy.prod(shape, dtype=int))
            data = bytes(index % 2 for index in range(count * size))
            header = {"__metadata__": {"format": "pt"}, "a": {"dtype": kind, "shape": shape, "data_offsets": [0, len(data)]}}
            yield f"{kind} {shape}", packed(json.dumps(header).encode(), data)
    yield "no tensors", packed(b"{}", b"")
    yield "no tensors, but metadata", packed(b'{"__metadata__":{"a":"b"}}', b"")
    yield "spaces after the header", packed(b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}   ', b"x")
    yield "no elements between others", packed(
        b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},'
        b'"c":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', b"xy"
    )
    yield "reverse order of names", packed(
        b'{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"xy"
    )


def damaged() -> Iterator[tuple[str, bytes]]:
    """Files that break one rule, and files with random changes."""
    entry = '{"a":{"dtype":"%s","shape":%s,"data_offsets":%s}}'
    rules = {
        "empty": b"",
        "seven bytes": bytes(7),
        "eight bytes": bytes(8),
        "header beyond the file": packed(b"{}", b"", 1000),
        "header of 100,000,001 bytes": packed(b"{}", b"", 100_000_001),
        "header of 2^64 - 1 bytes": packed(b"{}", b"", 2**64 - 1),
        "header not UTF-8": packed(b"{\xff\xfe}", b""),
        "header not JSON": packed(b"{a}", b""),
        "header is a list": packed(b"[]", b""),
        "header begins with a space": packed(b" {}", b""),
        "text after the header": packed(b"{} x", b""),
        "offsets missing": packed(b'{"a":{"dtype":"U8","shape":[1]}}', b"x"),
        "shape missing": packed(b'{"a":{"dtype":"U8","data_offsets":[0,1]}}', b"x"),
        "type missing": packed(b'{"a":{"shape":[1],"data_offsets":[0,1]}}', b"x"),
        "type unknown": packed((entry % ("F7", "[1]", "[0,1]")).encode(), b"x"),
        "type in small letters": packed((entry % ("u8", "[1]", "[0,1]")).encode(), b"x"),
        "negative extent": packed((entry % ("U8", "[-1]", "[0,1]")).encode(), b"x"),
        "fractional extent": packed((entry % ("U8", "[1.5]", "[0,1]")).encode(), b"x"),
        "negative offset": packed((entry % ("U8", "[1]", "[-1,0]")).encode(), b"x"),
        "offsets in reverse": packed((entry % ("U8", "[1]", "[1,0]")).encode(), b"x"),
        "three offsets": packed((entry % ("U8", "[1]", "[0,1,1]")).encode(), b"x"),
        "too few bytes": packed((entry % ("U8", "[2]", "[0,1]")).encode(), b"x"),
        "too many bytes": packed((entry % ("U8", "[1]", "[0,2]")).encode(), b"xy"),
        "hole at the beginning": packed((entry % ("U8", "[1]", "[1,2]")).encode(), b"xy"),
        "bytes after the last tensor": packed((entry % ("U8", "[1]", "[0,1]")).encode(), b"xy"),
        "tensor beyond the file": packed((entry % ("U8", "[2]", "[0,2]")).encode(), b"x"),
        "product of extents overflows": packed((entry % ("F32", "[4294967296,4294967296]", "[0,4]")).encode(), b"abcd"),
        "extent of 2^64": packed((entry % ("U8", "[18446744073709551616]", "[0,1]")).encode(), b"x"),
        "overlap": packed(
            b'{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}', b"xyz"
        ),
        "same bytes twice": packed(
            b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"x"
        ),
        "hole": packed(
            b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}', b"xyz"
        ),
        "metadata with a number": packed(b'{"__metadata__":{"a":1}}', b""),
        "metadata is a list": packed(b'{"__metadata__":[]}', b""),
        "nested metadata": packed(b'{"__metadata__":{"a":{"b":"c"}}}', b""),
    }
    yield from rules.items()
    source = random.Random(1)
    whole = safetensors.numpy.save(
        {"first": numpy.arange(6, dtype="float32").reshape(2, 3), "second": numpy.arange(4, dtype="int64")}, {"format": "np"}
    )
    (length,) = struct.unpack("<Q", whole[:8])
    for number in range(RANDOM_CHANGES):
        changed = bytearray(whole)
        for _ in range(source.randint(1, 3)):
            place = source.randrange(8 + length)
            if source.random() < 0.2:
                del changed[place]
            else:
                changed[place] = source.choice(b'0123456789{}[]:,"-. abFIU\x00\xff')
        yield f"random change {number}", bytes(changed)


def run_safetensors(reader: Reader) -> None:
    cases = [*sound(), *damaged()]
    paths = []
    for number, (_, content) in enumerate(cases):
        paths.append(reader.folder / f"case{number}.safetensors")
        paths[-1].write_bytes(content)
    accepted: set[str] = set()
    for start in range(0, len(paths), 200):
        accepted |= reader.inspected(paths[start : start + 200])
    for (name, content), path in zip(cases, paths):
        try:
            entries = dict(safetensors.deserialize(content))
            if name == FORBIDDEN:
                raise safetensors.SafetensorError
        except safetensors.SafetensorError:
            reader.count("refused", name, str(path) not in accepted)
            continue
        if not all(each["dtype"] in KINDS for each in entries.values()):
            reader.count("of a type that is not read", name, True)
            continue
        same = str(path) in accepted
        if same and entries and not name.startswith("random"):
            copy = reader.convert(path, "copy.safetensors")
            found = dict(safetensors.deserialize(copy.read_bytes())) if copy else {}
            same = all(key in found and found[key]["shape"] == each["shape"] for key, each in entries.items())
            same = same and all(
                found[key]["dtype"] == each["dtype"] and bytes(found[key]["data"]) == bytes(each["data"])
                for key, each in entries.items()
            )
        reader.count("read", name, same)


def main() -> int:
    suites = {"numpy": run_numpy, "safetensors": run_safetensors}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", metavar="suite", help=f"some of {', '.join(suites)}; by default all")
    parser.add_argument("--bntool", default=".build/release/bntool", help="the command (default: %(default)s)")
    options = parser.parse_args()
    failed = False
    for suite in options.suites or suites:
        with tempfile.TemporaryDirectory() as folder:
            reader = Reader(options.bntool, pathlib.Path(folder))
            suites[suite](reader)
        counts = ", ".join(f"{count:,} {result}" for result, count in sorted(reader.results.items()))
        print(f"{suite}: {counts}, {len(reader.failures)} of them wrong")
        for failure in reader.failures[:20]:
            print(f"  {failure}")
        failed = failed or bool(reader.failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
