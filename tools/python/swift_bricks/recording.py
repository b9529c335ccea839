"""Records the minibatch statistics of a model in training, and writes them as update pairs (schemas/STATISTICS.md)."""

import os
import tempfile
import warnings
import weakref
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

import numpy

from .conversion import Identity, converter, identity_of
from .digests import byte_order, json_text, parameters_digest
from .examples import Examples, source_of
from .frameworks import Framework, Normalization, framework_of
from .model import Checkpoint, Tensor, example_axes
from .types import Array, Object, Path
from .writing import write

# A reader takes documents of 64 MiB (C42). The table of contents has to stay below it.
LARGEST_CONTENTS = 60 << 20

# The numbers of minibatches and observations that were recorded for a layer. `save` needs them, because frameworks do not count
# observations.
observed: "weakref.WeakKeyDictionary[Any, list[int]]" = weakref.WeakKeyDictionary()


@contextmanager
def record(
    model: Any,
    path: Path,
    batch: Callable[[int], str],
    *,
    examples: Callable[[int], Examples] | None = None,
    graph: bool | None = None,
    inputs: Any = None,
) -> Iterator["Recorder"]:
    """Records the minibatch statistics of a model's batch normalizations while the `with` statement runs.

    Each forward pass of the whole model in training mode is a minibatch. Each call of a normalization in it is a record: the
    number of observations, the mean, and sqrt(biased variance + epsilon) in double precision. Normalizations that do not use
    minibatch statistics (in evaluation mode, frozen, without running statistics) are not recorded. The file appears when the
    statement ends. If the statement ends with an error, the file has all complete minibatches.

    model: a torch.nn.Module or a keras.Model. If the model runs on several devices (DistributedDataParallel), each process records
        its part into a file of its own. `bntool merge` unites the files.
    path: the file of update pairs to write.
    batch: a function that gets the number of a recorded minibatch, counted from 0, and returns its name. The name has to mean the
        same in all files: if each rank has data of its own, include the rank in the name. No name may occur twice for the same
        parameters.
    examples: a function that gets the number of a recorded minibatch and returns its examples. `bntool` then finds minibatches that
        have examples in common, such as those of two passes over the same data, and does not count the examples twice.
    graph: False if the checkpoint will be saved without the network's graph (`save(…, graph=False)`), True if it will be
        saved with the graph. The default is True if the graph can be made here. Otherwise, a warning says what is missing.
    inputs: example inputs for the graph's export. The default is the first two examples of the first minibatch.
    """
    framework = framework_of(model)
    if not framework.normalizations:
        raise ValueError("the model has no batch normalization with running statistics; there is nothing to record")
    if graph:
        converter()  # fails at once if it is missing
    with Recorder(path, batch, framework, inputs, examples) as recorder:
        try:
            with framework.observing(recorder):
                yield recorder
        finally:
            recorder.close(graph)


@dataclass
class _Group:
    """The records of one application of a normalization."""

    normalization: Normalization
    rows: "array[int]" = field(default_factory=lambda: array("q"))  # the minibatch of each record
    counts: "array[int]" = field(default_factory=lambda: array("q"))
    offsets: "array[int]" = field(default_factory=lambda: array("q"))  # the places of mean and variance in the temporary file


class Recorder:
    """Minibatch statistics on their way to a file of update pairs. They wait in a temporary file, so memory stays bounded."""

    def __init__(
        self,
        path: Path,
        batch: Callable[[int], str],
        framework: Framework,
        inputs: Any = None,
        examples: Callable[[int], Examples] | None = None,
    ) -> None:
        self.path = os.path.abspath(os.fspath(path))
        self.batches: list[Object] = []
        self._name, self._framework, self._inputs, self._examples = batch, framework, inputs, examples
        self._spool = self._temporary_file()
        for each in framework.normalizations:
            if observed.get(each.layer, [0])[0] != framework.statistics(each).batches:
                observed[each.layer] = [0, 0]  # there were other minibatches in between, or the running statistics were reset
        self._groups: dict[tuple[str, str], _Group] = {}
        self._names: set[tuple[str, str | None, str]] = set()
        self._pending: list[tuple[Normalization, str, int, Array]] = []
        self._batch: Object | None = None
        self._depth, self._contents_size, self._is_full = 0, 0, False

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    def _temporary_file(self) -> IO[bytes]:
        """A file without a name in the folder of the result, so that a crash leaves nothing behind."""
        return tempfile.TemporaryFile(dir=os.path.dirname(self.path))

    # The observed model calls these.

    def begin(self, inputs: Callable[[], Any]) -> None:
        """The model begins to process a minibatch."""
        self._depth += 1
        if self._depth == 1:
            self._pending, self._batch = [], None
            if self._inputs is None:
                self._inputs = inputs()

    def is_recording(self) -> bool:
        """Whether the model processes a minibatch, and the file has room for it."""
        return self._depth > 0 and not self._is_full

    def observe(self, normalization: Normalization, count: int, mean: Array, variance: Array) -> None:
        """One call of a normalization."""
        if self._batch is None:
            self._batch = self._next_batch()
        calls = sum(pending[0] is normalization for pending in self._pending)
        application = f"apply#{calls}" if calls else "apply"
        values = numpy.concatenate([mean, variance]).astype("<f8") if count else numpy.zeros(2 * mean.size, "<f8")
        self._pending.append((normalization, application, count, values))

    def end(self, failed: bool) -> None:
        """The model has processed the minibatch, or has failed."""
        self._depth -= 1
        if self._depth > 0 or self._batch is None or not self._pending:
            return
        pending, batch, self._pending, self._batch = self._pending, self._batch, [], None
        if failed:
            return
        broken = [normalization.brick for normalization, _, _, values in pending if not numpy.isfinite(values).all()]
        if broken:
            warnings.warn(f"{batch['batch']} is not recorded: {broken[0]} had inputs that are not finite", stacklevel=2)
            return
        self._commit(batch, pending)

    def _next_batch(self) -> Object:
        sequence = len(self.batches)
        name = self._name(sequence)
        if not isinstance(name, str) or not name:
            raise ValueError(f"batch({sequence}) is {name!r}; it has to be a text that names the minibatch")
        digest = parameters_digest(tensor.entry() for tensor in self._framework.parameters())
        batch: Object = {"batch": name, "sequence": sequence, "parameters_digest": digest}
        if self._examples is not None:
            batch["examples"] = self._examples(sequence).entry()
        if (name, digest, source_of(batch)) in self._names:
            raise ValueError(
                f"batch({sequence}) is {name!r} again, with the same parameters; name each minibatch differently"
            )
        return batch

    def _commit(self, batch: Object, pending: list[tuple[Normalization, str, int, Array]]) -> None:
        size = len(json_text(batch).encode()) + len(str(len(self.batches)) + ",") * len(pending) + 1
        if self._contents_size + size > LARGEST_CONTENTS:
            self._is_full = True
            warnings.warn(
                f"{self.path} is full after {len(self.batches)} minibatches; record the following minibatches into another file",
                stacklevel=2,
            )
            return
        self._contents_size += size
        self._names.add((batch["batch"], batch["parameters_digest"], source_of(batch)))
        self._spool.seek(0, os.SEEK_END)
        for normalization, application, count, values in pending:
            group = self._groups.setdefault((normalization.brick, application), _Group(normalization))
            group.rows.append(len(self.batches))
            group.counts.append(count)
            group.offsets.append(self._spool.tell())
            self._spool.write(values.tobytes())
            totals = observed.setdefault(normalization.layer, [0, 0])
            totals[:] = totals[0] + 1, totals[1] + count
        self.batches.append(batch)

    # The end of the recording.

    def close(self, graph: bool | None = None) -> None:
        """Writes the file. If there is no record, an earlier file is not changed, and a warning says so."""
        if not self.batches:
            warnings.warn(f"{self.path} was not written: no normalization was called in training mode", stacklevel=3)
            return
        recorded = {group.normalization.brick: group.normalization for group in self._groups.values()}
        identity = identity_of(self._framework, list(recorded.values()), self._inputs, graph)
        last = parameters_digest(tensor.entry() for tensor in self._framework.parameters())
        for batch in self.batches:
            # Minibatches of the final parameters belong to the checkpoint that is saved now.
            if batch["parameters_digest"] == last:
                batch["parameters_digest"] = identity.parameters_digest
        tensors: list[Tensor] = []
        groups: list[Object] = []
        files: list[IO[bytes]] = []
        try:
            paths = {f"/updates{brick}/{application}": (brick, application) for brick, application in self._groups}
            for path in sorted(paths, key=byte_order):
                brick, application = paths[path]
                group = self._groups[paths[path]]
                tensors += self._tensors(path, group, identity, files)
                groups.append(
                    {
                        "path": path,
                        "brick": brick,
                        "application": application,
                        "epsilon": identity.epsilons[brick],
                        "time_steps": False,
                        "batches": group.rows.tolist(),
                    }
                )
            write(
                self.path,
                Checkpoint(tensors, "update_pairs", batches=self.batches, groups=groups, producer="swift-bricks recorder"),
            )
        finally:
            for file in files:
                file.close()

    def _tensors(self, path: str, group: _Group, identity: Identity, files: list[IO[bytes]]) -> list[Tensor]:
        """The three tensors of a group; mean and deviation are mapped from temporary files."""
        brick, shape = group.normalization.brick, identity.shapes[group.normalization.brick]
        size = int(numpy.prod(shape, dtype=int))
        files += [self._temporary_file(), self._temporary_file()]
        means, deviations = (numpy.memmap(file, "<f8", "w+", shape=(len(group.rows), size)) for file in files[-2:])
        for row, offset in enumerate(group.offsets):
            self._spool.seek(offset)
            values = numpy.frombuffer(self._spool.read(16 * size), "<f8")
            means[row], deviations[row] = values[:size], numpy.sqrt(values[size:] + identity.epsilons[brick])
        counts = numpy.array(group.counts, "<i8")
        deviations[counts == 0] = 0
        axes = ["batch", *example_axes(len(shape))]
        return [
            Tensor(f"{path}/counts", counts, "AUXILIARY", brick, ["batch"]),
            Tensor(f"{path}/minibatch_mean", means.reshape(-1, *shape), "BATCH_NORM_OFFSET", brick, axes),
            Tensor(f"{path}/minibatch_stdev", deviations.reshape(-1, *shape), "BATCH_NORM_DIVISOR", brick, axes),
        ]
