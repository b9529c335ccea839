"""Exports PyTorch models to ONNX with their normalizations kept."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


def export_onnx(model: torch.nn.Module, inputs: Any, path: str) -> None:
    """Writes the inference graph of a model. The first axis of every input is the batch.

    Example inputs are one argument, a tuple or list of arguments, or a pair of a tuple of arguments and a dictionary of keywords.
    """
    arguments, named = inputs if _is_call(inputs) else (inputs if isinstance(inputs, (tuple, list)) else (inputs,), {})
    names = [*[*inspect.signature(model.forward).parameters][: len(arguments)], *named]
    with _evaluation_mode(model):
        torch.onnx.export(
            model,
            tuple(arguments),
            path,
            kwargs=named,
            input_names=names,
            dynamic_axes={name: {0: "batch"} for name in names},
            # Not EVAL, which would fold normalizations into convolutions.
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
            dynamo=False,
        )
    _separate_equal_vectors(path)


def _separate_equal_vectors(path: str) -> None:
    """Gives each vector its own name again: the exporter replaces equal vectors, such as all shifts of 0, by one vector."""
    import onnx

    model = onnx.load(path)
    vectors = {tensor.name: tensor for tensor in model.graph.initializer if len(tensor.dims) == 1}
    copies = [node for node in model.graph.node if node.op_type == "Identity" and node.input[0] in vectors]
    if not copies:
        return
    for node in copies:
        copy = onnx.TensorProto()
        copy.CopyFrom(vectors[node.input[0]])
        copy.name = node.output[0]
        model.graph.initializer.append(copy)
        model.graph.node.remove(node)
    onnx.save(model, path)


@contextmanager
def _evaluation_mode(model: torch.nn.Module) -> Iterator[None]:
    """Puts each module back into its own mode afterwards."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def _is_call(inputs: Any) -> bool:
    return isinstance(inputs, tuple) and len(inputs) == 2 and isinstance(inputs[0], tuple) and isinstance(inputs[1], dict)
