"""Builds the JSON of an inference graph (schemas/CHECKPOINT.md, section 6.2) one application after the other."""

import numpy

from .model import Tensor


class GraphBuilder:
    def __init__(self, element_type="float32", tensors=None):
        self.type = element_type
        self.tensors = [] if tensors is None else tensors
        self.graph = {"inputs": [], "outputs": [], "roles": {}, "variables": [], "nodes": [], "calls": []}
        self.open_calls = []

    def _variable(self, shape, roles, element_type=None, **members):
        if self.open_calls and "source" not in members:
            call = self.open_calls[-1]
            members |= {"call": call, "brick": self.graph["calls"][call]["brick"]}
        variable = {"type": element_type or self.type, "shape": list(shape), "roles": list(roles), **members}
        self.graph["variables"].append(variable)
        return len(self.graph["variables"]) - 1

    def shape(self, variable):
        return self.graph["variables"][variable]["shape"]

    def input(self, name, shape, element_type=None):
        variable = self._variable(shape, ["INPUT"], element_type, name=name, source={"input": name})
        self.graph["inputs"].append({"name": name, "variable": variable})
        return variable

    def tensor(self, tensor):
        """The leaf of a stored tensor; its name is the last part of the path."""
        return self._variable(
            tensor.values.shape,
            [tensor.role],
            tensor.type,
            name=tensor.path.rsplit("/", 1)[1],
            brick=tensor.brick,
            source={"tensor": tensor.path},
        )

    def declare(self, root, brick, name, values, role, axes, **members):
        """A tensor of the builder's type, added to `tensors`, and its leaf."""
        tensor = Tensor(f"/{root}{brick}/{name}", numpy.asarray(values, self.type), role, brick, axes, **members)
        self.tensors.append(tensor)
        return self.tensor(tensor)

    def constant(self, value, element_type=None):
        return self._variable([], [], element_type, source={"constant": value})

    def output(self, name, variable):
        self.graph["outputs"].append({"name": name, "variable": variable})
        self.graph["variables"][variable]["name"] = name

    def apply(self, operation, inputs, shape, /, roles=(), element_type=None, **attributes):
        return self.apply_many(operation, inputs, [shape], roles, [element_type], **attributes)[0]

    def apply_many(self, operation, inputs, shapes, /, roles=(), types=(), **attributes):
        """The results of an operation that has several, such as a loop."""
        outputs = [self._variable(shape, roles, element) for shape, element in zip(shapes, types, strict=True)]
        self.graph["nodes"].append(
            {"operation": operation, "inputs": list(inputs), "outputs": outputs, "attributes": attributes}
        )
        return outputs

    def body(self):
        """A builder of what one step of a loop computes; its tensors are the model's."""
        return GraphBuilder(self.type, self.tensors)

    def scan(self, body, sequences, states, outputs, step_input=None, captures=(), step_count=None, reversed=False):
        """A loop over the body's graph, and its stacked `outputs`.

        sequences and captures: body's input → variable; states: body's input → (initial variable, body's output).
        """
        captures = dict(captures)
        operands = [*sequences.values(), *(initial for initial, _ in states.values()), *captures.values()]
        steps = self.shape(operands[0])[0] if step_count is None else step_count
        ports = {port["name"]: body.graph["variables"][port["variable"]] for port in body.graph["outputs"]}
        counted = {"step_input": step_input, "step_count": step_count}
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

    def begin_call(self, brick, inputs, application="apply"):
        self.graph["calls"].append({"brick": brick, "application": application, "inputs": list(inputs), "outputs": []})
        self.open_calls.append(len(self.graph["calls"]) - 1)

    def end_call(self, *outputs, **members):
        call = self.graph["calls"][self.open_calls.pop()]
        call["outputs"] = list(outputs)
        call.update(members)
        for output in outputs:
            variable = self.graph["variables"][output]
            if "source" not in variable and "OUTPUT" not in variable["roles"]:
                variable["roles"].append("OUTPUT")
