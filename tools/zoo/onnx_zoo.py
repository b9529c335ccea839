"""Runs torchvision's architectures through both ONNX exporters of PyTorch and through swift-bricks, and compares the outputs.

The models have random weights and random statistics. Nothing is downloaded, and nothing is committed. The table goes to the
standard output.

    python tools/zoo/onnx_zoo.py --driver COMMAND [--folder /tmp/zoo] [--model resnet18 …] [--exporter dynamo …]

COMMAND is started as `COMMAND model.onnx folder [batch]`: it reads `folder/NAME.npy` for each input NAME, and writes
`folder/NAME.out.npy` for each output. If it also writes the model to `folder/copy.onnx`, onnxruntime runs the copy. `batch` is the
extent of the dynamic axis `batch`. `swift build -c release --product zoo-driver` builds such a command. With `--bntool`,
the statistics of one batch from `bntool collect` and `average-stats` are compared with those of PyTorch in double precision. The next
column compares PyTorch in single precision with PyTorch in double precision. "–" stands for values that were not measured.
Requirements: tools/zoo/requirements.txt.
"""

import argparse
import collections
import copy
import pathlib
import re
import subprocess
import sys
import time
import warnings

import numpy
import onnx
import onnxruntime
import torch

# torchvision describes the shapes of its compiled operators when it is imported, and its compiled part may not fit this PyTorch.
# The models use none of these operators.
OPERATORS = [
    "nms", "qnms", "roi_align", "_roi_align_backward", "roi_pool", "_roi_pool_backward", "ps_roi_align",
    "_ps_roi_align_backward", "ps_roi_pool", "_ps_roi_pool_backward", "deform_conv2d", "_deform_conv2d_backward",
]
library = torch.library.Library("torchvision", "DEF")
for operator in OPERATORS:
    library.define(f"{operator}(Tensor a) -> Tensor")

import averaged  # noqa: E402
import torchvision  # noqa: E402

# The size of the smallest images that each architecture accepts.
MODELS = {
    "resnet18": 64,
    "resnet50": 64,
    "mobilenet_v2": 64,
    "mobilenet_v3_small": 64,
    "densenet121": 64,
    "efficientnet_b0": 64,
    "googlenet": 64,
    "inception_v3": 128,
    "shufflenet_v2_x1_0": 64,
    "mnasnet1_0": 64,
    "regnet_y_400mf": 64,
    "squeezenet1_1": 64,
    "vgg11_bn": 224,
    "convnext_tiny": 64,
}
# The number of images whose statistics are compared, if it is not 8.
STATISTICS_IMAGES = {"vgg11_bn": 2, "inception_v3": 4}
# The models that take too long in double precision, which is plain Swift here.
WITHOUT_DOUBLE = ["vgg11_bn"]
EXPORTERS = ["torchscript", "dynamo"]
TOLERANCE = 1e-4
STATISTICS_TOLERANCE = 1e-5


def network(name: str) -> torch.nn.Module:
    """A network with random weights, and with statistics that differ from initial ones."""
    torch.manual_seed(len(name))
    options = {"aux_logits": False, "init_weights": True} if name in ("googlenet", "inception_v3") else {}
    model = torchvision.models.get_model(name, weights=None, **options)
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            shape = module.running_mean.shape
            module.running_mean.copy_(torch.randn(shape, generator=generator) * 0.1)
            module.running_var.copy_(torch.rand(shape, generator=generator) + 0.5)
            with torch.no_grad():
                module.weight.copy_(torch.rand(shape, generator=generator) * 0.5 + 0.75)
                module.bias.copy_(torch.randn(shape, generator=generator) * 0.1)
            module.num_batches_tracked.fill_(100)
    return model.eval()


def export(model: torch.nn.Module, images: torch.Tensor, exporter: str, path: pathlib.Path) -> None:
    """Writes a model with a symbolic batch, and with its normalizations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if exporter == "torchscript":
            torch.onnx.export(
                model, (images,), str(path), dynamo=False, training=torch.onnx.TrainingMode.PRESERVE,
                do_constant_folding=False, input_names=["images"], output_names=["output"],
                dynamic_axes={"images": {0: "batch"}, "output": {0: "batch"}}, opset_version=17,
            )
        else:
            torch.onnx.export(
                model, (images,), str(path), dynamo=True, optimize=False, input_names=["images"],
                output_names=["output"], dynamic_shapes=({0: torch.export.Dim("batch")},), verbose=False,
            )


def doubled(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model in double precision."""
    single, double = onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE

    def widen(tensor: onnx.TensorProto) -> None:
        if tensor.data_type == single:
            tensor.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(tensor).astype(numpy.float64), tensor.name))

    for tensor in model.graph.initializer:
        widen(tensor)
    for value in (*model.graph.input, *model.graph.output, *model.graph.value_info):
        if value.type.tensor_type.elem_type == single:
            value.type.tensor_type.elem_type = double
    for node in (*model.graph.node, *(node for function in model.functions for node in function.node)):
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == single:
                attribute.i = double
            if attribute.type == onnx.AttributeProto.TENSOR:
                widen(attribute.t)
    return model


def batch_statistics(model: torch.nn.Module, images: torch.Tensor) -> averaged.Statistics:
    """The statistics of one batch that PyTorch computes in the type of the images. Only normalizations are in training mode."""
    model = copy.deepcopy(model).to(images.dtype)
    counts: dict[str, int] = {}
    found = {name: each for name, each in model.named_modules() if isinstance(each, torch.nn.BatchNorm2d)}
    for name, each in found.items():
        each.train()
        each.momentum = 1.0
        each.register_forward_pre_hook(
            lambda module, inputs, name=name: counts.__setitem__(name, inputs[0].numel() // inputs[0].shape[1])
        )
    with torch.no_grad():
        model(images)
    return {
        # The running variance of PyTorch is unbiased.
        f"/{name.replace('.', '/')}": (
            each.running_mean.numpy(), (each.running_var * (counts[name] - 1) / counts[name]).numpy(), each.eps
        )
        for name, each in found.items()
        if name in counts
    }


def compare(name: str, exporter: str, arguments: argparse.Namespace) -> bool:
    """Exports, runs and compares one model; prints its row of the table."""
    folder = pathlib.Path(arguments.folder) / f"{name}-{exporter}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    model = network(name)
    size = MODELS[name]
    images = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(2))
    if not path.exists():
        try:
            export(model, images, exporter, path)
        except Exception as error:  # any error of the exporter belongs in the table
            print(f"| {name} | {exporter} | not exported: {' '.join(str(error).split())[:200]} |", flush=True)
            return False
    with torch.no_grad():
        expected = model(images).numpy()
    numpy.save(folder / "images.npy", images.numpy())
    numpy.save(folder / "expected.npy", expected)
    row = f"| {name} | {exporter} |"
    if arguments.operators:
        graph = onnx.load(str(path), load_external_data=False).graph
        counts = collections.Counter(node.op_type for node in graph.node)
        print(f"{row} {' '.join(f'{key}:{count}' for key, count in sorted(counts.items()))} |", flush=True)
    if not arguments.driver:
        return True
    result = folder / "output.out.npy"
    result.unlink(missing_ok=True)
    start = time.monotonic()
    command = [*arguments.driver.split(), str(path), str(folder)]
    run = subprocess.run(command, capture_output=True, text=True)
    note = ""
    if run.returncode != 0 and "batch" in run.stdout + run.stderr:
        # Reshapes that join the batch with other axes need a number of examples.
        run = subprocess.run([*command, "2"], capture_output=True, text=True)
        note = " (batch = 2)"
    if run.returncode != 0:
        print(f"{row} failed: {(run.stderr.strip() or run.stdout.strip())[-300:]} |", flush=True)
        return False
    difference = float(numpy.abs(numpy.load(result) - expected).max() / max(1, numpy.abs(expected).max()))
    facts = re.search(r"(\d+) normalizations, .*loads as the same, folded (\d+) \(.*\), refused (\d+)", " ".join(run.stdout.split()))
    if facts is None:
        print(f"{row} failed: {run.stdout} |", flush=True)
        return False
    normalizations, folded, kept = map(int, facts.groups())
    copy = folder / "copy.onnx"
    again = 0.0
    if copy.exists():
        # The driver has written the model as ONNX again.
        onnx.checker.check_model(str(copy))
        session = onnxruntime.InferenceSession(str(copy), providers=["CPUExecutionProvider"])
        again = float(numpy.abs(session.run(None, {"images": images.numpy()})[0] - expected).max() / max(1, numpy.abs(expected).max()))
        copy.unlink()
    shown = ["–", "–", "–"]
    is_right = True
    if arguments.bntool and normalizations > 0:
        batch = torch.randn(STATISTICS_IMAGES.get(name, 8), 3, size, size, generator=torch.Generator().manual_seed(3))
        expected = batch_statistics(model, batch.double())
        single = averaged.distance(batch_statistics(model, batch), expected)
        numpy.save(folder / "batch.npy", batch.numpy())
        statistics = averaged.difference(arguments.bntool, path, folder / "batch.npy", folder, expected)
        shown = [f"{statistics:.1e}", f"{single:.1e}", "–"]
        # Rounding errors depend on the order of sums, so they may differ from those of PyTorch.
        is_right = statistics <= max(STATISTICS_TOLERANCE, 2 * single)
        if name not in WITHOUT_DOUBLE and not arguments.without_double:
            numpy.save(folder / "batch.npy", batch.double().numpy())
            onnx.save(doubled(onnx.load(str(path))), str(folder / "double.onnx"))
            double = averaged.difference(arguments.bntool, folder / "double.onnx", folder / "batch.npy", folder, expected)
            (folder / "double.onnx").unlink()
            shown[2] = f"{double:.1e}"
            is_right = is_right and double <= STATISTICS_TOLERANCE
    cells = [name + note, exporter, normalizations, f"{difference:.1e}", f"{again:.0e}", f"{folded} of {folded + kept}", *shown]
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)
    print(f"{time.monotonic() - start:.1f} s", file=sys.stderr, flush=True)
    return difference <= TOLERANCE and again <= TOLERANCE and is_right


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--driver", help="the command that runs a model; without it the models are only exported")
    parser.add_argument("--bntool", help="the command bntool, to compare the statistics of a batch")
    parser.add_argument("--folder", default="/tmp/zoo", help="the folder where the models are kept")
    parser.add_argument("--model", nargs="*", choices=MODELS, default=list(MODELS))
    parser.add_argument("--exporter", nargs="*", choices=EXPORTERS, default=EXPORTERS)
    parser.add_argument("--without-double", action="store_true", help="compute nothing in double precision, which takes longest")
    parser.add_argument("--operators", action="store_true", help="also lists the operators of each file")
    arguments = parser.parse_args()
    print(
        "| model | exporter | normalizations | outputs | outputs of the written model | folded | statistics "
        "| PyTorch's statistics | statistics in double |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    passed = [compare(name, exporter, arguments) for name in arguments.model for exporter in arguments.exporter]
    print(f"\n{sum(passed)} of {len(passed)} within {TOLERANCE}")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
