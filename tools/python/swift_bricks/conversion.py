"""Turns models of training frameworks into checkpoints, with the network's graph (by `bntool convert`) or without it."""

import math
import os
import shutil
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from typing import Any

from .digests import parameters_digest
from .frameworks import Framework, Normalization
from .model import CheckpointError
from .reading import read_contents
from .types import Path


class ConversionError(RuntimeError):
    """A model could not be converted into a checkpoint with its graph."""


@dataclass(frozen=True)
class Identity:
    """The shapes and epsilons of the statistics in a model's checkpoint, by brick."""

    parameters_digest: str
    shapes: dict[str, tuple[int, ...]]
    epsilons: dict[str, float]


def converter() -> str:
    """The program bntool: from the environment variable BNTOOL if it is set, or else from the PATH."""
    named = os.environ.get("BNTOOL")
    found = shutil.which(named or "bntool")
    if found is None:
        reason = (
            f"the environment variable BNTOOL names {named!r}, which is not a program"
            if named
            else "bntool is not installed"
        )
        raise ConversionError(f"{reason}; put bntool on the PATH or set BNTOOL, or pass graph=False")
    return found


def convert(framework: Framework, inputs: Any, path: Path) -> None:
    """Writes the checkpoint of a model with its graph. Raises a ConversionError if that is not possible here."""
    program = converter()
    with tempfile.TemporaryDirectory() as folder:
        try:
            source = framework.export(inputs, folder)
        except Exception as error:  # exporters raise errors of many kinds
            raise ConversionError(f"the model could not be exported: {str(error) or type(error).__name__}") from error
        command = [program, "convert", source, os.fspath(path), "--to", "checkpoint", "--quiet"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            raise ConversionError(f"bntool convert refused the exported model: {result.stderr.strip()}")


def identity_of(
    framework: Framework, recorded: list[Normalization], inputs: Any = None, graph: bool | None = None
) -> Identity:
    """The identity of the checkpoint that `save` writes for a model with the same `graph`, for some of its normalizations.

    If the graph cannot be made, a warning says why, and the identity is that of the checkpoint without the graph.
    """
    if graph is not False:
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "model.h5")
                convert(framework, inputs, path)
                return _identity_in(path, recorded)
        except ConversionError as error:
            warnings.warn(f"{error}. The pairs fit the checkpoint that save(…, graph=False) writes", stacklevel=2)
    return Identity(
        parameters_digest(tensor.entry() for tensor in framework.parameters()),
        {each.brick: each.shape for each in recorded},
        {each.brick: each.epsilon for each in recorded},
    )


def _identity_in(path: str, normalizations: list[Normalization]) -> Identity:
    """The identity of a converted model. Raises a ConversionError if its normalizations differ from the framework's."""
    try:
        contents = read_contents(path)
    except CheckpointError as error:
        raise ConversionError(f"the converted model cannot be read: {error}") from error
    means = {entry["brick"]: entry for entry in contents["tensors"] if entry["role"] == "BATCH_NORM_POPULATION_MEAN"}
    for each in normalizations:
        entry = means.get(each.brick)  # frozen normalizations have no entry
        if entry is None:
            raise ConversionError(f"the converted model lacks the normalization {each.brick}")
        if math.prod(entry["shape"]) != math.prod(each.shape):
            raise ConversionError(f"the converted model has a different number of channels in {each.brick}")
        if not math.isclose(entry["statistic"]["epsilon"], each.epsilon, rel_tol=1e-6):  # ONNX keeps it in single precision
            raise ConversionError(f"the converted model has a different epsilon in {each.brick}")
    bricks = [each.brick for each in normalizations]
    return Identity(
        contents["parameters_digest"],
        {brick: tuple(means[brick]["shape"]) for brick in bricks},
        {brick: means[brick]["statistic"]["epsilon"] for brick in bricks},
    )
