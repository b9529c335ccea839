"""The files that tools/benchmarks/checkpoints uses. Their random numbers are the same every time."""

import sys

import numpy
import swift_bricks
from fixtures.networks.normalized import build, normalization_path, update_pairs
from swift_bricks.digests import parameters_digest
from swift_bricks.model import Checkpoint

EPSILON = 1e-5


def _numbers(generator, *shape, low=-1.0):
    return generator.random(shape, numpy.float32) * numpy.float32(1 - low) + numpy.float32(low)


def _network(generator, layers, width, steps=None):
    matrices = [_numbers(generator, width, width) for _ in range(min(layers, 2))]
    vectors = [[_numbers(generator, width, low=0.5) for _ in range(layers)] for _ in range(2)]
    statistics = [[_numbers(generator, steps, width, low=0.5) for _ in range(layers)] if steps else None] * 2
    return build(
        [matrices[layer % len(matrices)] for layer in range(layers)], *vectors, ["tanh"] * layers, EPSILON, *statistics,
        step="input" if steps else None,
    )  # fmt: skip


def pairs(folder, layers, width, batches, files, steps=None):
    """A model `model.h5`, and its update pairs in `files` files. Each file has every `files`-th minibatch of all layers.

    There are `layers` × `batches` pairs. Each has `width` elements, or `steps` time steps of `width` elements.
    """
    generator = numpy.random.Generator(numpy.random.PCG64(1))
    model = _network(generator, layers, width, steps)
    swift_bricks.write(f"{folder}/model.h5", model)
    digest = parameters_digest([tensor.entry() for tensor in model.tensors])
    for number in range(files):
        names = range(number, batches, files)
        shape = (len(names), steps, width) if steps else (len(names), width)
        checkpoint = Checkpoint(kind="update_pairs")
        checkpoint.batches = [
            {"batch": f"train.h5:images[{128 * k}:{128 * k + 128}]", "sequence": k, "parameters_digest": digest}
            for k in names
        ]
        for layer in sorted(range(layers), key=normalization_path):
            counts = numpy.full(shape[:-1], 128)
            if steps:
                counts[numpy.arange(steps) >= generator.integers(1, steps + 1, (len(names), 1))] = 0
            tensors, group = update_pairs(
                normalization_path(layer), _numbers(generator, *shape), _numbers(generator, *shape, low=0.5), counts,
                EPSILON, range(len(names)), time_steps=bool(steps),
            )  # fmt: skip
            checkpoint.tensors += tensors
            checkpoint.groups.append(group)
        swift_bricks.write(f"{folder}/pairs-{number}.h5", checkpoint)


def model(path, layers, width, seed, batches=0):
    """A checkpoint with `layers` square matrices, and update pairs of `batches` minibatches if there are any."""
    generator = numpy.random.Generator(numpy.random.PCG64(seed))
    checkpoint = _network(generator, layers, width)
    digest = parameters_digest([tensor.entry() for tensor in checkpoint.tensors])
    checkpoint.batches = [
        {"batch": f"train[{batch:06}]", "sequence": batch, "parameters_digest": digest} for batch in range(batches)
    ]
    for layer in sorted(range(layers), key=normalization_path) if batches else []:
        values = (_numbers(generator, batches, width), _numbers(generator, batches, width, low=0.5))
        tensors, group = update_pairs(normalization_path(layer), *values, [128] * batches, EPSILON, range(batches))
        checkpoint.tensors += tensors
        checkpoint.groups.append(group)
    swift_bricks.write(path, checkpoint)


if __name__ == "__main__":
    kind, *arguments = sys.argv[1:]
    {"pairs": pairs, "model": model}[kind](arguments[0], *map(int, arguments[1:]))
