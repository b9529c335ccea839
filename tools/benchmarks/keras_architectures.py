"""Compares inference of the models of keras.applications with onnxruntime, as `architectures.py` does for torchvision.

usage: keras_architectures.py DRIVER BNTOOL [--model NAME…] [--batch N…] [--rounds N] [--threads N] [--folder FOLDER]

The models have random weights and random statistics. Keras writes them as `.keras` files, which `bntool convert` reads, and as ONNX with the exporter of its
PyTorch backend. That export keeps the channels last between transpositions, which onnxruntime removes as far as it can.
"""

import contextlib
import os
import subprocess
import sys
import warnings

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy
import torch.onnx
from architectures import run
from keras_zoo import randomize

# The side of the images that each model is made for.
SIDES = {
    "ResNet50": 224,
    "MobileNet": 224,
    "MobileNetV2": 224,
    "DenseNet121": 224,
    "EfficientNetB0": 224,
    "Xception": 299,
    "InceptionV3": 299,
}


def prepare(name, folder, bntool):
    """Writes a model as ONNX and as a checkpoint, unless an earlier run wrote them. Returns whether Keras could write ONNX."""
    path, checkpoint = folder / f"{name}.onnx", folder / f"{name}.h5"
    if path.exists() and checkpoint.exists():
        return True
    keras.utils.set_random_seed(1)
    shape = (SIDES[name], SIDES[name], 3)
    # Without a softmax, whose results would be nearly the same for all models.
    model = getattr(keras.applications, name)(weights=None, input_shape=shape, classifier_activation=None)
    # This also calls the model, which the exporter needs.
    randomize(model, numpy.random.default_rng(1).normal(size=(2, *shape)).astype(numpy.float32))
    model.save(path.with_suffix(".keras"))
    subprocess.run([bntool, "convert", "-q", path.with_suffix(".keras"), checkpoint], check=True, stdout=subprocess.DEVNULL)
    # The exporter prints graphs, which do not belong to the table.
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        try:
            model.export(path, format="onnx", verbose=False)
        except torch.onnx.OnnxExporterError as error:
            print(f"{name} is left out, because Keras cannot write it as ONNX: {str(error).splitlines()[0]}", file=sys.stderr)
            return False
    return True


if __name__ == "__main__":
    run(__doc__.splitlines()[0], list(SIDES), prepare, lambda name: (SIDES[name], SIDES[name], 3))
