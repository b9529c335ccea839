"""The work of bntool on checkpoints, written as scripts with h5py and NumPy. They check no digests and write none.

Each function ends when its result is on the disk, as in bntool.
"""

import json
import os

import h5py
import numpy


def _synced(path):
    with open(path, "rb+") as written:
        os.fsync(written.fileno())


class _Union:
    """The update pairs of several files: the rows of every group, in the order of recording, each row once."""

    def __init__(self, inputs):
        self.files = [h5py.File(path) for path in inputs]
        tables = [json.loads(file["contents"][()])["updates"] for file in self.files]
        sequences = {}
        for table in tables:
            for batch in table["batches"]:
                key = (batch["batch"], batch["parameters_digest"])
                sequences[key] = min(batch["sequence"], sequences.get(key, batch["sequence"]))
        ordered = sorted(sequences, key=lambda key: (sequences[key], key[0], key[1] or ""))
        ranks = {key: rank for rank, key in enumerate(ordered)}
        self.batches = [{"batch": b, "sequence": sequences[b, d], "parameters_digest": d} for b, d in ordered]
        self.groups = {}
        for file, table in zip(self.files, tables):
            rank = numpy.array([ranks[batch["batch"], batch["parameters_digest"]] for batch in table["batches"]])
            for group in table["groups"]:
                parts = self.groups.setdefault(group["path"], (group, [], []))
                parts[1].append(rank[group["batches"]])
                parts[2].append(file[group["path"]])

    def rows(self, path):
        """A group's description, the positions of its rows in the order of recording, and their values by dataset."""
        group, ranks, places = self.groups[path]
        unique, first, inverse = numpy.unique(numpy.concatenate(ranks), return_index=True, return_inverse=True)
        values = {}
        for name in ("minibatch_mean", "minibatch_stdev", "counts"):
            stacked = numpy.concatenate([place[name][()] for place in places])
            values[name] = stacked[first]
            if len(first) < len(inverse) and not numpy.array_equal(stacked, values[name][inverse]):
                raise SystemExit(f"{path}/{name}: files contradict each other")
        return group, unique, values


def merge(output, *inputs):
    """The union of files of update pairs."""
    union = _Union(inputs)
    groups = []
    with h5py.File(output, "w") as file:
        for path in union.groups:
            group, ranks, values = union.rows(path)
            groups.append(group | {"batches": ranks.tolist()})
            for name, array in values.items():
                file.create_dataset(f"{path}/{name}", data=array)
        file["contents"] = json.dumps({"updates": {"batches": union.batches, "groups": groups}})
    _synced(output)


def average_stats(output, model, *inputs):
    """A model with the pooled statistics of update pairs."""
    union = _Union(inputs)
    with open(model, "rb") as source, open(output, "wb") as target:
        while block := source.read(1 << 20):
            target.write(block)
    with h5py.File(output, "r+") as file:
        for path in union.groups:
            group, _, values = union.rows(path)
            means, stdevs = (values[name].astype(float) for name in ("minibatch_mean", "minibatch_stdev"))
            counts = values["counts"][..., None].astype(float)
            total = counts.sum(axis=0)
            observed = numpy.maximum(total, 1)
            mean = (counts * means).sum(axis=0) / observed
            variances = numpy.maximum(stdevs**2 - group["epsilon"], 0) + (means - mean) ** 2
            stdev = numpy.sqrt((counts * variances).sum(axis=0) / observed + group["epsilon"])
            for step in numpy.flatnonzero(total == 0):
                mean[step], stdev[step] = mean[step - 1], stdev[step - 1]
            file[f"statistics{group['brick']}/population_mean"][...] = mean
            file[f"statistics{group['brick']}/population_stdev"][...] = stdev
    _synced(output)


def datasets(file, *roots):
    """The paths of the datasets below some groups, without dimension scales."""
    paths = []

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and item.attrs.get("CLASS") != b"DIMENSION_SCALE":
            paths.append(name)

    for root in roots:
        if root in file:
            file[root].visititems(lambda name, item, root=root: visit(f"{root}/{name}", item))
    return paths


def collect(output, model, data, batch_size):
    """The mean and standard deviation of every minibatch at every normalization of a perceptron with tanh."""
    with h5py.File(model) as file:
        bricks = sorted(file["parameters/mlp"], key=lambda name: (name.rsplit("_", 1)[0], int(name.rsplit("_", 1)[1])))
        linear = [file[f"parameters/mlp/{name}/W"][()] for name in bricks if name.startswith("linear")]
        norms = [f"/mlp/{name}/batchnormalization" for name in bricks if name.startswith("batch")]
        vectors = [
            (file[f"parameters{path}/batch_norm_scale"][()], file[f"parameters{path}/batch_norm_shift"][()])
            for path in norms
        ]
    examples = numpy.load(data, mmap_mode="r")
    count = len(examples) // batch_size
    width = linear[0].shape[1]
    means = numpy.empty((len(norms), count, width))
    stdevs = numpy.empty_like(means)
    for batch in range(count):
        hidden = examples[batch * batch_size : (batch + 1) * batch_size]
        for layer, (weight, (scale, shift)) in enumerate(zip(linear, vectors)):
            hidden = hidden @ weight
            mean = hidden.mean(axis=0, dtype=float)
            stdev = numpy.sqrt(((hidden - mean) ** 2).mean(axis=0) + 1e-5)
            means[layer, batch], stdevs[layer, batch] = mean, stdev
            hidden = numpy.tanh((hidden - mean.astype("f4")) / stdev.astype("f4") * scale + shift)
    with h5py.File(output, "w") as file:
        for layer, path in enumerate(norms):
            file.create_dataset(f"updates{path}/apply/minibatch_mean", data=means[layer])
            file.create_dataset(f"updates{path}/apply/minibatch_stdev", data=stdevs[layer])
            file.create_dataset(f"updates{path}/apply/counts", data=numpy.full(count, batch_size))
        file["batches"] = json.dumps([f"data[{batch * batch_size}]" for batch in range(count)])
    _synced(output)


def average(output, *inputs, block_size=1 << 20):
    """The mean of parameters, block by block, summed in double precision."""
    files = [h5py.File(path) for path in inputs]
    with h5py.File(output, "w") as result:
        for path in datasets(files[-1], "parameters", "statistics"):
            last = files[-1][path]
            target = result.create_dataset(path, last.shape, last.dtype)
            if not path.startswith("parameters/") or last.dtype.kind != "f":
                target[()] = last[()]
                continue
            rows = max(1, block_size * last.shape[0] // max(last.size, 1))
            block = numpy.empty((rows, *last.shape[1:]), last.dtype)
            total = numpy.empty(block.shape, numpy.float64)
            sources = [file[path] for file in files]
            for start in range(0, last.shape[0], rows):
                count = min(rows, last.shape[0] - start)
                part, sums = block[:count], total[:count]
                sums[:] = 0
                for source in sources:
                    source.read_direct(part, numpy.s_[start : start + count])
                    sums += part
                sums /= len(files)
                target[start : start + count] = sums
    _synced(output)


def load(path):
    """Reads every tensor into its own memory."""
    with h5py.File(path) as file:
        arrays = {}
        for name in datasets(file, "parameters", "statistics"):
            dataset = file[name]
            arrays[name] = numpy.empty(dataset.shape, dataset.dtype)
            dataset.read_direct(arrays[name])
    return arrays


def touch(path):
    """Maps every tensor of a safetensors file, and reads one byte of each page."""
    import safetensors
    import torch

    total = 0
    with safetensors.safe_open(path, framework="pt") as file:
        for name in file.keys():
            total += int(file.get_tensor(name).reshape(-1).view(torch.uint8)[::4096].sum(dtype=torch.int64))
    return total


def compress(output, path, level=4):
    """A copy with every tensor shuffled and deflated."""
    with h5py.File(path) as source, h5py.File(output, "w") as file:
        for name in datasets(source, "parameters", "statistics", "updates"):
            data = source[name]
            options = {"compression": "gzip", "compression_opts": int(level), "shuffle": True} if data.size > 1 else {}
            file.create_dataset(name, data=data[()], **options)
    _synced(output)


def parameters(path):
    """The parameters of a checkpoint by path."""
    with h5py.File(path) as file:
        return {name: file[name][()] for name in datasets(file, "parameters")}
