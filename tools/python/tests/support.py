"""Exact statistics, temporary files and bntool for the tests."""

import math
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy
import swift_bricks

BNTOOL = shutil.which(os.environ.get("BNTOOL", "bntool"))


CONVERTS = BNTOOL is not None and subprocess.run([BNTOOL, "convert", "--help"], capture_output=True).returncode == 0


class FileTest(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def bntool(self, *arguments: object) -> str:
        """The output of bntool. The test fails if bntool fails."""
        if BNTOOL is None:
            self.skipTest("bntool is not installed")
        result = subprocess.run([BNTOOL, *map(str, arguments)], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def averaged_graph(self, model: Any, batches: list[Any], inputs: Any, **options: Any) -> pathlib.Path:
        """The converted model with the pooled statistics of some batches, whose pairs have its digest and its shapes."""
        pairs, saved, averaged = (self.folder / name for name in ("pairs.h5", "model.h5", "averaged.h5"))
        with swift_bricks.record(model, pairs, lambda step: f"b{step}", graph=True):
            for batch in batches:
                model(batch, **options)
        swift_bricks.save(model, saved, inputs=inputs, graph=True)
        digest = self.sound(saved).parameters_digest()
        self.assertEqual({batch["parameters_digest"] for batch in self.sound(pairs).batches}, {digest})
        self.bntool("average-stats", pairs, "--model", saved, "--output", averaged)
        return averaged

    def outputs(self, checkpoint: pathlib.Path, batch: Any) -> Any:
        """The outputs of a checkpoint's graph in Python, which has one input and one output."""
        sound = self.sound(checkpoint)
        assert sound.graph is not None
        (outputs,) = swift_bricks.run(sound, {sound.graph["inputs"][0]["name"]: batch}).values()
        return outputs

    def sound(self, path: pathlib.Path) -> swift_bricks.Checkpoint:
        """The checkpoint in a file that breaks no rule."""
        verification = swift_bricks.verify(path)
        self.assertTrue(verification.is_sound, str(verification))
        assert verification.checkpoint is not None
        return verification.checkpoint


def exact_moments(rows: Iterable[Any]) -> tuple[int, list[Fraction], list[Fraction]]:
    """Count, mean and biased variance of each column, without rounding."""
    columns = [[Fraction(float(value)) for value in column] for column in zip(*rows)]
    count = len(columns[0])
    means = [sum(column, Fraction()) / count for column in columns]
    squares = (sum(((value - mean) ** 2 for value in column), Fraction()) for column, mean in zip(columns, means))
    return count, means, [square / count for square in squares]


def root(value: Fraction) -> Fraction:
    """The square root, to 60 digits."""
    scale = 10**60
    return Fraction(math.isqrt(value.numerator * scale**2 // value.denominator), scale)


def units_in_last_place(found: Any, exact: list[Fraction], kind: Any = numpy.float32) -> float:
    """The largest error of an array, in units in the last place of the exact values."""
    errors = (
        abs(Fraction(float(value)) - expected) / Fraction(float(numpy.spacing(abs(kind(float(expected))))))
        for value, expected in zip(numpy.ravel(found), exact, strict=True)
    )
    return float(max(errors))
