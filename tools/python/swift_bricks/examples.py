"""The examples of minibatches: how they are described, and which minibatches have examples in common (schemas/STATISTICS.md)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .types import Object


@dataclass(frozen=True)
class Examples:
    """The examples of a minibatch.

    source: a name that means the same data everywhere, such as "imagenet-2012 train".
    indices: the numbers of the examples, such as range(0, 128) or the indices of a sampler.
    order: the order in which the numbers count the examples, such as "seed 7"; empty for the order of the data.
    """

    source: str
    indices: Iterable[int]
    order: str = ""

    def entry(self) -> Object:
        """The member `examples` of a minibatch."""
        ranges: list[list[int]] = []
        for index in sorted({int(index) for index in self.indices}):
            if ranges and ranges[-1][1] == index:
                ranges[-1][1] = index + 1
            else:
                ranges.append([index, index + 1])
        if not self.source or not ranges or ranges[0][0] < 0:
            raise ValueError(f"{self} has no source, no examples, or an example below 0")
        return {"source": self.source, "order": self.order, "ranges": ranges}


def range_problems(batches: list[Object]) -> list[str]:
    """Finds ranges that are empty, or not in ascending order and apart (S18)."""
    problems = []
    for batch in batches:
        bounds = [bound for each in batch.get("examples", {}).get("ranges", []) for bound in each]
        if any(a >= b for a, b in zip(bounds, bounds[1:])):
            problems.append(f"contents.updates.batches: the ranges of {batch['batch']} are empty, or not in order and apart")
    return problems


def source_of(batch: Object) -> str:
    """The source of a minibatch's examples; empty if it is unknown."""
    return str(batch.get("examples", {}).get("source", ""))


def overlaps(batches: list[Object]) -> Iterator[tuple[Object, Object]]:
    """Pairs of minibatches that have examples in common, or can have (S19). Not every such pair is listed."""
    first: dict[tuple[str, str], Object] = {}
    places: list[tuple[str, str, int, int, int]] = []
    named = {(b["batch"], b["parameters_digest"]): b for b in batches if "examples" not in b}
    for number, batch in enumerate(batches):
        if batch["parameters_digest"] is None or "examples" not in batch:
            continue
        key, examples = (batch["parameters_digest"], source_of(batch)), batch["examples"]
        other = first.setdefault(key, batch)
        if other["examples"]["order"] != examples["order"]:
            yield other, batch
        places += [(*key, start, end, number) for start, end in examples["ranges"]]
        if (unknown := named.get((batch["batch"], batch["parameters_digest"]))) is not None:
            yield unknown, batch
    places.sort()
    for one, next_one in zip(places, places[1:]):
        if one[:2] == next_one[:2] and one[3] > next_one[2]:
            one_batch, other = batches[one[4]], batches[next_one[4]]
            if one_batch["examples"]["order"] == other["examples"]["order"]:
                yield one_batch, other
