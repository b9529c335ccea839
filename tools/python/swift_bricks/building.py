"""Builds the JSON of an inference graph, one application of a brick after the other (schemas/GRAPH.md)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy

from .model import Tensor
from .types import Object

# Extents: numbers, and names of symbolic ones.
Shape: TypeAlias = Sequence[Any]


class GraphBuilder:
    """Adds variables, nodes and calls to `graph`, and the tensors that it declares to `tensors`.

    Methods return the indices of the variables that they add.
    """

    def __init__(self, element_type: str = "float32", tensors: list[Tensor] | None = None) -> None:
        self.type = element_type
        self.tensors = [] if tensors is None else tensors
        self.graph: Object = {"inputs": [], "outputs": [], "roles": {}, "variables": [], "nodes": [], "calls": []}
        self.open_calls: list[int] = []

    def _variable(self, shape: Shape, roles: Iterable[str], element_type: str | None = None, **members: Any) -> int:
        if self.open_calls and "source" not in members:
            call = self.open_calls[-1]
            members |= {"call": call, "brick": self.graph["calls"][call]["brick"]}
        variable = {"type": element_type or self.type, "shape": list(shape), "roles": list(roles), **members}
        self.graph["variables"].append(variable)
        return len(self.graph["variables"]) - 1

    def shape(self, variable: int) -> list[Any]:
        """The extents of a variable."""
        return self.graph["variables"][variable]["shape"]

    def input(self, name: str, shape: Shape, element_type: str | None = None) -> int:
        """An input of the graph."""
        variable = self._variable(shape, ["INPUT"], element_type, name=name, source={"input": name})
        self.graph["inputs"].append({"name": name, "variable": variable})
        return variable

    def tensor(self, tensor: Tensor) -> int:
        """The leaf of a stored tensor; its name is the last part of the path."""
        return self._variable(
            tensor.values.shape,
            [tensor.role],
            tensor.values.dtype.name,
            name=tensor.path.rsplit("/", 1)[1],
            brick=tensor.brick,
            source={"tensor": tensor.path},
        )

    def declare(
        self, root: str, brick: str, name: str, values: Any, role: str, axes: list[str], **members: Any
    ) -> int:
        """The leaf of a new tensor of the builder's type."""
        tensor = Tensor(f"/{root}{brick}/{name}", numpy.asarray(values, self.type), role, brick, axes, **members)
        self.tensors.append(tensor)
        return self.tensor(tensor)

    def constant(self, value: float | str, element_type: str | None = None) -> int:
        """A scalar."""
        return self._variable([], [], element_type, source={"constant": value})

    def output(self, name: str, variable: int) -> None:
        """Makes a variable an output of the graph."""
        self.graph["outputs"].append({"name": name, "variable": variable})
        self.graph["variables"][variable]["name"] = name

    def apply(
        self,
        operation: str,
        inputs: Sequence[int],
        shape: Shape,
        /,
        roles: Iterable[str] = (),
        element_type: str | None = None,
        **attributes: Any,
    ) -> int:
        """The result of an operation."""
        return self.apply_many(operation, inputs, [shape], roles, [element_type], **attributes)[0]

    def apply_many(
        self,
        operation: str,
        inputs: Sequence[int],
        shapes: Sequence[Shape],
        /,
        roles: Iterable[str] = (),
        types: Sequence[str | None] = (),
        **attributes: Any,
    ) -> list[int]:
        """The results of an operation with several results, such as a loop."""
        outputs = [self._variable(shape, roles, element) for shape, element in zip(shapes, types, strict=True)]
        self.graph["nodes"].append(
            {"operation": operation, "inputs": list(inputs), "outputs": outputs, "attributes": attributes}
        )
        return outputs

    def body(self) -> "GraphBuilder":
        """A builder for one step of a loop; its tensors are those of the model."""
        return GraphBuilder(self.type, self.tensors)

    def scan(
        self,
        body: "GraphBuilder",
        sequences: Mapping[str, int],
        states: Mapping[str, tuple[int, str]],
        outputs: Sequence[str],
        step_input: str | None = None,
        captures: Mapping[str, int] | None = None,
        step_count: int | None = None,
        reversed: bool = False,
    ) -> list[int]:
        """A loop over the body's graph, and its stacked `outputs`.

        sequences and captures: body's input → variable; states: body's input → (initial variable, body's output).
        """
        captures = captures or {}
        operands = [*sequences.values(), *(initial for initial, _ in states.values()), *captures.values()]
        steps = self.shape(operands[0])[0] if step_count is None else step_count
        ports = {port["name"]: body.graph["variables"][port["variable"]] for port in body.graph["outputs"]}
        counted: Object = {"step_input": step_input, "step_count": step_count}
        return self.apply_many(
            "scan",
            operands,
            [[steps, *ports[name]["shape"]] for name in outputs],
            types=[ports[name]["type"] for name in outputs],
            body=body.graph,
            sequences=list(sequences),
            states=[{"input": name, "output": output} for name, (_, output) in states.items()],
            captures=list(captures),
            outputs=list(outputs),
            reversed=reversed,
            **{name: value for name, value in counted.items() if value is not None},
        )

    def begin_call(self, brick: str, inputs: Sequence[int], application: str = "apply") -> None:
        """Begins an application of a brick. New variables belong to the application until it ends."""
        self.graph["calls"].append({"brick": brick, "application": application, "inputs": list(inputs), "outputs": []})
        self.open_calls.append(len(self.graph["calls"]) - 1)

    def end_call(self, *outputs: int, **members: Any) -> None:
        """Ends the latest application. `members` are other members of the call."""
        call = self.graph["calls"][self.open_calls.pop()]
        call["outputs"] = list(outputs)
        call.update(members)
        for output in outputs:
            variable = self.graph["variables"][output]
            if "source" not in variable and "OUTPUT" not in variable["roles"]:
                variable["roles"].append("OUTPUT")
