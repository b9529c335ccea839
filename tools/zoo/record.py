"""Records PyTorch's ResNet-18 and Keras's MobileNet, averages the pairs with bntool, and compares with the frameworks' own statistics.

    BNTOOL=.build/debug/bntool python tools/zoo/record.py [--without-graph] [resnet18] [mobilenet]

Two ranks record the batches of one pass in training mode. `bntool merge` unites their pairs, `average-stats` averages them into the
saved checkpoint, and `apply_statistics` puts the result into the model. Then the outputs of the model in evaluation mode, and those
of `bntool run`, must equal the outputs of a copy whose statistics are computed in double precision from all inputs of each
normalization. PyTorch's outputs must also equal those of a copy that PyTorch updated with `momentum=None`, if the pairs are averaged
by `mean-of-variances`.

Needs tools/python and the packages in tools/zoo/requirements.txt. Exits with 1 if outputs differ by more than 1e-5.
"""

import argparse
import copy
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy
import swift_bricks
import torch
from swift_bricks.conversion import converter

TOLERANCE = 1e-5
RANKS = 2
BATCHES = 6
# Batches are equally large, so that PyTorch's cumulative average is a mean of equal weights.
BATCH = 10


def resnet18() -> tuple[Any, list[Any]]:
    """torchvision's network with random weights, and batches of images of several brightnesses."""
    # torchvision describes these operators on import. Its compiled part may be of another build, and the network does not need it.
    library = torch.library.Library("torchvision", "FRAGMENT")
    for operator in ("nms", "qnms"):
        try:
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        except RuntimeError:  # it is defined
            pass
    import torchvision

    torch.manual_seed(18)
    images = [torch.randn(BATCH, 3, 64, 64) * (1 + batch / 4) + batch / 3 for batch in range(BATCHES)]
    return torchvision.models.resnet18(num_classes=10), images


def mobilenet() -> tuple[Any, list[Any]]:
    """keras.applications' network with random weights, and batches of images of several brightnesses."""
    keras.utils.set_random_seed(1)
    generator = numpy.random.default_rng(1)
    images = [
        (generator.normal(size=(BATCH, 64, 64, 3)) * (1 + batch / 4) + batch / 3).astype(numpy.float32)
        for batch in range(BATCHES)
    ]
    # Without a classifier: its softmax would hide differences.
    model = keras.applications.MobileNet(input_shape=(64, 64, 3), weights=None, include_top=False, pooling="avg")
    return model, images


def average(model: Any, images: list[Any], folder: pathlib.Path, graph: bool, method: str) -> pathlib.Path:
    """The checkpoint of a model with averaged statistics of one pass in training mode."""
    pairs = [folder / f"pairs-rank{rank}.h5" for rank in range(RANKS)]
    for rank, path in enumerate(pairs):
        with torch.no_grad(), swift_bricks.record(model, path, lambda step: f"train[{step * RANKS + rank}]", graph=graph):
            for batch in images[rank::RANKS]:
                train(model, batch)
    saved, merged, averaged = (folder / f"{name}.h5" for name in ("model", "pairs", "averaged"))
    swift_bricks.save(model, saved, inputs=images[0], graph=graph)
    for command in (
        ["merge", *pairs, "--output", merged],
        ["average-stats", merged, "--model", saved, "--method", method, "--output", averaged],
    ):
        subprocess.run([converter(), *map(str, command)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([converter(), "verify", str(averaged)], check=True, stdout=subprocess.DEVNULL)
    return averaged


def train(model: Any, batch: Any) -> Any:
    """The outputs in training mode."""
    return model(batch, training=True) if isinstance(model, keras.Model) else model.train()(batch)


def evaluate(model: Any, images: list[Any]) -> Any:
    """The outputs in evaluation mode."""
    with torch.no_grad():
        outputs = [
            model(batch, training=False) if isinstance(model, keras.Model) else model.eval()(batch) for batch in images
        ]
    return torch.cat(outputs).double().numpy()


def normalizations(model: Any) -> list[Any]:
    """The batch normalizations, in the order of the model."""
    if isinstance(model, keras.Model):
        return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    return [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]


def direct(model: Any, images: list[Any]) -> Any:
    """A copy of the model with the statistics of all inputs of its normalizations, computed at once in double precision."""
    result = duplicate(model)
    with torch.no_grad():
        if isinstance(model, keras.Model):
            probe = keras.Model(model.input, [layer.input for layer in normalizations(model)])
            passes = [probe(batch, training=True) for batch in images]
            for layer, parts in zip(normalizations(result), zip(*passes)):
                values = torch.cat(parts).double()
                layer.moving_mean.assign(values.mean((0, 1, 2)).numpy())
                layer.moving_variance.assign(values.var((0, 1, 2), correction=0).numpy())
            return result
        probe = copy.deepcopy(model).train()
        seen: list[list[Any]] = [[] for _ in normalizations(probe)]
        for module, found in zip(normalizations(probe), seen):
            module.register_forward_pre_hook(lambda _, inputs, found=found: found.append(inputs[0].double()))
        for batch in images:
            probe(batch)
        for module, found in zip(normalizations(result), seen):
            values = torch.cat(found)
            module.running_mean.copy_(values.mean((0, 2, 3)))
            module.running_var.copy_(values.var((0, 2, 3), correction=0))
        return result


def duplicate(model: Any) -> Any:
    """A copy of a model."""
    if not isinstance(model, keras.Model):
        return copy.deepcopy(model)
    result = keras.models.clone_model(model)
    result.set_weights(model.get_weights())
    return result


def cumulative(model: Any, images: list[Any]) -> Any:
    """A copy of a PyTorch model with the cumulative average that PyTorch keeps, of biased variances."""
    result = copy.deepcopy(model).train()
    counts = [0] * len(normalizations(result))
    for index, module in enumerate(normalizations(result)):
        module.reset_running_stats()
        module.momentum = None
        module.register_forward_pre_hook(lambda _, x, index=index: counts.__setitem__(index, x[0].numel() // x[0].shape[1]))
    with torch.no_grad():
        for batch in images:
            result(batch)
        for count, module in zip(counts, normalizations(result)):
            module.running_var.mul_((count - 1) / count)  # PyTorch's variance is unbiased
    return result


def difference(found: Any, expected: Any) -> float:
    """The largest difference of outputs, relative to the largest output."""
    return float(numpy.abs(found - expected).max() / numpy.abs(expected).max())


def run(checkpoint: pathlib.Path, batch: Any) -> Any:
    """The outputs of a checkpoint's graph."""
    inputs, outputs = (checkpoint.with_name(name) for name in ("inputs.npy", "outputs.npy"))
    numpy.save(inputs, numpy.asarray(batch))
    command = [converter(), "run", checkpoint, inputs, "--output", outputs]
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    return numpy.load(outputs)


def compare(name: str, model: Any, images: list[Any], graph: bool) -> bool:
    """Prints the differences of a model, and returns whether they are small."""
    references = {"pooled": direct}
    if not isinstance(model, keras.Model):
        references["mean-of-variances"] = cumulative
    passed = True
    before = evaluate(model, images)
    for method, reference in references.items():
        expected = evaluate(reference(model, images), images)
        with tempfile.TemporaryDirectory() as folder:
            averaged = average(model, images, pathlib.Path(folder), graph, method)
            swift_bricks.apply_statistics(model, averaged)
            own = difference(run(averaged, images[0]), expected[:BATCH]) if graph else 0
        error, effect = difference(evaluate(model, images), expected), difference(before, expected)
        passed = passed and error <= TOLERANCE and own <= TOLERANCE < effect
        print(
            f"{name:10} {method:18} {len(normalizations(model))} normalizations  largest difference {error:.1e}",
            f"(before {effect:.1e})" + (f", of the checkpoint {own:.1e}" if graph else ""),
        )
    return passed


def main() -> int:
    networks = {"resnet18": resnet18, "mobilenet": mobilenet}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", metavar="network", help=f"some of {', '.join(networks)}; by default all")
    parser.add_argument("--without-graph", action="store_true", help="save the statistics and parameters only")
    options = parser.parse_args()
    unknown = set(options.networks) - networks.keys()
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    passed = [
        compare(name, *networks[name](), graph=False if options.without_graph else True)
        for name in options.networks or networks
    ]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
