#!/usr/bin/env python3
"""Runs the models of keras.applications through `bntool`, compares everything with Keras, and prints a table.

Each model gets random weights and random statistics of its normalizations, is saved as `.keras` and as legacy `.h5`, and is
converted to a checkpoint by `bntool convert`. For each file the table has

- the largest difference from the outputs of Keras in double precision, relative to the largest of these, and in the next column the
  same difference for Keras in single precision;
- whether the weights are bit-identical after the model is written back to a `.keras` file;
- the largest difference between the statistics of one batch that `bntool collect` and `average-stats` compute and those of Keras in
  double precision. Differences of means are in standard deviations, and differences of deviations are relative. The next
  columns have the same difference for Keras in single precision, and for `bntool` with the model in double precision;
- the number of normalizations that fold into neighbouring layers, and the largest difference of the outputs after that.

The packages are in tools/zoo/requirements.txt. NASNetMobile needs `jax` also, because Keras does not have it for PyTorch. An example:
`tools/zoo/keras_zoo.py --bntool .build/release/bntool MobileNet`. The exit code is 1 if a number is larger than its tolerance and
larger than twice that of Keras in single precision.
"""

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("JAX_ENABLE_X64", "1")

import averaged
import keras
import numpy
from keras.src import backend

# The models that Keras does not have for PyTorch, and their backends.
BACKENDS = {"NASNetMobile": "jax"}
# The side of the images for each model: the smallest one that it allows, if that saves time.
SIDES = {
    "ResNet50": 64,
    "MobileNet": 64,
    "MobileNetV2": 64,
    "DenseNet121": 64,
    "EfficientNetB0": 64,
    "Xception": 71,
    "InceptionV3": 75,
    "NASNetMobile": 64,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"by default {', '.join(SIDES)}")
    parser.add_argument("--bntool", default=".build/release/bntool", help="the command (default: %(default)s)")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="the largest difference (default: %(default)s)")
    parser.add_argument(
        "--statistics-tolerance", type=float, default=1e-5, help="the largest difference of statistics (default: %(default)s)"
    )
    parser.add_argument("--rows", action="store_true", help="print no heading")
    options = parser.parse_args()
    if options.rows:
        options.models = options.models[-1:]
    warnings.simplefilter("ignore")
    if not options.rows:
        print(
            "| model | file | outputs | Keras's outputs | weights written back | statistics | Keras's statistics "
            "| statistics in double | folded | outputs after folding |"
        )
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    failures = 0
    for name in options.models or SIDES:
        if BACKENDS.get(name, "torch") != keras.backend.backend() and not options.rows:
            environment = os.environ | {"KERAS_BACKEND": BACKENDS.get(name, "torch")}
            # All names of models have to be together.
            arguments = ["--rows", *(word for word in sys.argv[1:] if word not in SIDES), name]
            failures += subprocess.run([sys.executable, __file__, *arguments], env=environment).returncode != 0
            continue
        for row in rows(name, options.bntool):
            # A model that amplifies rounding may differ about as much as Keras itself does.
            allowed = max(options.tolerance, 2 * row["single"])
            good = row["outputs"] <= allowed and row["identical"] and row["folded outputs"] <= allowed
            good = good and row["statistics"] <= max(options.statistics_tolerance, 2 * row["single statistics"])
            good = good and row["double statistics"] <= options.statistics_tolerance
            failures += not good
            print(
                f"| {name} | {row['file']} | {row['outputs']:.1e} | {row['single']:.1e} | {'bit-identical' if row['identical'] else 'DIFFERENT'} | "
                f"{row['statistics']:.1e} | {row['single statistics']:.1e} | {row['double statistics']:.1e} | {row['folds']} | {row['folded outputs']:.1e} |",
                flush=True,
            )
    return 1 if failures else 0


def rows(name: str, bntool: str) -> Any:
    """The rows of the table for one model."""
    side = SIDES[name]
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    model = make(name)
    # EfficientNet divides its input by 255 itself.
    greatest = 255 if name.startswith("EfficientNet") else 1
    images = numpy.random.RandomState(2).uniform(0, greatest, (2, side, side, 3)).astype("float32")
    randomize(model, images)
    expected = in_double_precision(name, model, images)
    batch = numpy.random.RandomState(4).uniform(0, greatest, (8, side, side, 3)).astype("float32")
    names = [layer.name for layer in normalizations(model)]
    double = doubled(name, model)
    with double_normalizations():
        statistics = batch_statistics(doubled(name, model), names, batch.astype("float64"))
    single_statistics = averaged.distance(batch_statistics(duplicate(name, model), names, batch), statistics)
    single = relative(keras.ops.convert_to_numpy(model(images, training=False)), expected)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        numpy.save(folder / "images.npy", images)
        numpy.save(folder / "batch.npy", batch)
        numpy.save(folder / "double.npy", batch.astype("float64"))
        double.save(folder / "double.keras")
        double_distance = averaged.difference(bntool, folder / "double.keras", folder / "double.npy", folder, statistics)
        for end in (".keras", ".h5"):
            model.save(folder / f"model{end}")
            run(bntool, "convert", folder / f"model{end}", folder / "model.checkpoint.h5")
            outputs = difference(bntool, folder, "model.checkpoint.h5", expected)
            run(bntool, "convert", folder / "model.checkpoint.h5", folder / "again.keras")
            again = keras.models.load_model(folder / "again.keras")
            identical = all(
                numpy.array_equal(keras.ops.convert_to_numpy(a), keras.ops.convert_to_numpy(b))
                for a, b in zip(model.weights, again.weights, strict=True)
            )
            distance = averaged.difference(bntool, folder / f"model{end}", folder / "batch.npy", folder, statistics)
            report = json.loads(
                run(
                    bntool, "fold", folder / "model.checkpoint.h5", "--output", folder / "folded.checkpoint.h5", "--partial",
                    "--json",
                )
            )
            folded = difference(bntool, folder, "folded.checkpoint.h5", expected)
            yield {
                "file": end,
                "single": single,
                "outputs": outputs,
                "identical": identical,
                "statistics": distance,
                "single statistics": single_statistics,
                "double statistics": double_distance,
                "folds": f"{len(report['folded'])} of {len(report['folded']) + len(report['kept'])}",
                "folded outputs": folded,
            }


def make(name: str) -> keras.Model:
    # Layers without a name of their own get the same number in every copy. This also resets the type of numbers.
    policy = keras.config.dtype_policy()
    keras.utils.clear_session(free_memory=False)
    keras.config.set_dtype_policy(policy)
    side = SIDES[name]
    return getattr(keras.applications, name)(
        weights=None, input_shape=(side, side, 3), classes=10, classifier_activation=None
    )


def in_double_precision(name: str, model: keras.Model, images: numpy.ndarray) -> numpy.ndarray:
    """The outputs of Keras, computed in double precision."""
    with double_normalizations():
        return numpy.asarray(
            keras.ops.convert_to_numpy(doubled(name, model)(images.astype("float64"), training=False))
        )


def doubled(name: str, model: keras.Model) -> keras.Model:
    """A copy of a model that computes in double precision."""
    keras.config.set_dtype_policy("float64")
    try:
        double = make(name)
        double.set_weights(model.get_weights())
        return double
    finally:
        keras.config.set_dtype_policy("float32")


@contextlib.contextmanager
def double_normalizations() -> Iterator[None]:
    """Lets normalizations compute in double precision. Keras computes them in single precision, even in a model of double precision."""
    original = backend.result_type
    backend.result_type = lambda *types: (
        "float64" if any(str(each).endswith("float64") for each in types) else original(*types)
    )
    try:
        yield
    finally:
        backend.result_type = original


def duplicate(name: str, model: keras.Model) -> keras.Model:
    """A copy of a model."""
    copy = make(name)
    copy.set_weights(model.get_weights())
    return copy


def normalizations(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    return [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]


def batch_statistics(model: keras.Model, names: list[str], images: numpy.ndarray) -> averaged.Statistics:
    """The statistics of one batch that Keras computes, under some names. Dropout is off, as in `bntool collect`."""
    layers = normalizations(model)
    for layer in layers:
        layer.momentum = 0.0
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    model(images, training=True)
    return {
        f"/{name}": (
            keras.ops.convert_to_numpy(layer.moving_mean), keras.ops.convert_to_numpy(layer.moving_variance), layer.epsilon
        )
        for name, layer in zip(names, layers, strict=True)
    }


def randomize(model: keras.Model, images: numpy.ndarray) -> None:
    """Gives the model random statistics, scales and shifts.

    The statistics are those of the images, approximately, times random factors. With unrelated numbers, the outputs of deep models would
    be infinite or constant.
    """
    random = numpy.random.RandomState(3)
    for layer in model._flatten_layers():
        if not isinstance(layer, keras.layers.BatchNormalization):
            continue
        for weight in layer.weights:
            value = random.uniform(0.5, 1.5, weight.shape) if "gamma" in weight.name else random.normal(0, 0.2, weight.shape)
            if "moving" not in weight.name:
                weight.assign(value)
        layer.momentum = 0.0
    model(images, training=True)
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.99
            deviation = numpy.sqrt(keras.ops.convert_to_numpy(layer.moving_variance))
            layer.moving_mean.assign(
                keras.ops.convert_to_numpy(layer.moving_mean) + deviation * random.normal(0, 0.3, deviation.shape)
            )
            layer.moving_variance.assign(deviation**2 * random.uniform(0.7, 1.4, deviation.shape) + 1e-3)


def difference(bntool: str, folder: pathlib.Path, checkpoint: str, expected: numpy.ndarray) -> float:
    """The largest difference between the outputs of a checkpoint and Keras's, relative to the largest of these."""
    run(bntool, "run", folder / checkpoint, folder / "images.npy", "--output", folder / "outputs.npy")
    return relative(numpy.load(folder / "outputs.npy"), expected)


def relative(outputs: numpy.ndarray, expected: numpy.ndarray) -> float:
    """The largest difference, relative to the largest expected number."""
    return float(numpy.abs(outputs - expected).max() / numpy.abs(expected).max())


def run(*command: Any) -> str:
    """Runs a command, and shows its output if it fails."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(str(part) for part in command)}\n{result.stdout}{result.stderr}")
    return result.stdout


if __name__ == "__main__":
    sys.exit(main())
