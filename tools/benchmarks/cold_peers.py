"""A new process of a peer: loads the perceptron of `write_mlp` from a folder, and runs one example.

usage: cold_peers.py onnxruntime|pytorch|h5py FOLDER
"""

import sys

import numpy


def onnxruntime(folder, example):
    import onnxruntime

    session = onnxruntime.InferenceSession(f"{folder}/mlp.onnx", providers=["CPUExecutionProvider"])
    return session.run(None, {"input": example})[0]


def pytorch(folder, example):
    import torch
    from torch import nn

    widths = [784, 1024, 1024, 1024, 10]
    layers = []
    for inputs, outputs in zip(widths, widths[1:], strict=False):
        layers += [nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.Tanh()]
    network = nn.Sequential(*layers[:-1]).eval()
    network.load_state_dict(torch.load(f"{folder}/mlp.pt", weights_only=True))
    with torch.no_grad():
        return network(torch.from_numpy(example)).numpy()


def h5py(folder, example):
    import h5py

    value = example
    with h5py.File(f"{folder}/mlp.h5") as file:
        for layer in range(4):
            norm = f"mlp/batch_norm_activation_{layer}/batchnormalization"
            scale, shift = (file[f"parameters/{norm}/batch_norm_{name}"][()] for name in ("scale", "shift"))
            mean, stdev = (file[f"statistics/{norm}/population_{name}"][()] for name in ("mean", "stdev"))
            value = (value @ file[f"parameters/mlp/linear_{layer}/W"][()] - mean) / stdev * scale + shift
            value = numpy.tanh(value) if layer < 3 else value
    return value


if __name__ == "__main__":
    folder = sys.argv[2]
    output = globals()[sys.argv[1]](folder, numpy.load(f"{folder}/example.npy"))
    numpy.save(f"{folder}/peer.npy", output)
