"""Compares EDRAM at its published size with the same network in PyTorch, in both modes, in alternating rounds.

usage: edram.py DRIVER EXAMPLE [--rounds N] [--threads N]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import swift_bricks
import torch
import torch.nn.functional as F
from rounds import Ours, parser, show_heading, timed
from torch import nn
from torch_peer import TorchPeer

LOOKS, EPSILON, GLIMPSE = 8, 1e-4, (26, 26)
# `observe` counts as training: both sides compute the statistics of the minibatch without gradients.
CASES = [("inference", 1), ("inference", 32), ("training mode", 32)]


class Attention(nn.Module):
    """EDRAM (arXiv 1706.03581) with four convolutions. Filters and deviations are prepared once, and loops hold no conversions."""

    def __init__(self, checkpoint):
        super().__init__()
        values = {tensor.path: tensor.values for tensor in checkpoint.tensors}
        self.value = {path: torch.from_numpy(array.copy()) for path, array in values.items()}
        self.filters = {
            path: tensor.flip(2, 3).contiguous() for path, tensor in self.value.items() if tensor.ndim == 4 and path.endswith("/W")
        }
        self.variances = {
            path: (tensor.square() - EPSILON) for path, tensor in self.value.items() if path.endswith("population_stdev")
        }

    def parameter(self, brick, name):
        return self.value[f"/parameters/edram/{brick}/{name}"]

    def normalize(self, x, brick, step=None):
        place = f"/statistics/edram/{brick}/population_"
        mean, variance = self.value[f"{place}mean"], self.variances[f"{place}stdev"]
        if step is not None:
            mean, variance = mean[step], variance[step]
        scale, shift = (self.parameter(brick, f"batch_norm_{name}").flatten() for name in ("scale", "shift"))
        return F.batch_norm(x, mean.flatten(), variance.flatten(), scale, shift, self.training, 0.0, EPSILON)

    def convolve(self, x, brick, padding):
        return F.conv2d(x, self.filters[f"/parameters/edram/{brick}/W"], self.parameter(brick, "b"), padding=padding)

    def linear(self, x, brick):
        return torch.addmm(self.parameter(brick, "linear_0/b"), x, self.parameter(brick, "linear_0/W"))

    def dense(self, x, brick, step):
        return torch.relu(self.normalize(self.linear(x, brick), f"{brick}_bn", step))

    def lstm(self, x, state, cells, brick):
        weight = {name: self.parameter(brick, f"W_cell_to_{name}") for name in ("in", "forget", "out")}
        a_in, a_forget, a_cells, a_out = torch.addmm(x, state, self.parameter(brick, "W_state")).chunk(4, dim=1)
        kept = torch.sigmoid(a_forget + cells * weight["forget"]) * cells
        cells = kept + torch.sigmoid(a_in + cells * weight["in"]) * torch.tanh(a_cells)
        return torch.sigmoid(a_out + cells * weight["out"]) * torch.tanh(cells), cells

    def emit(self, state):
        location = torch.tanh(self.linear(state, "emit_mlp"))
        location[:, [0, 4]] = location[:, [0, 4]].clamp(0, 1)
        return location

    def look(self, images, location):
        grid = F.affine_grid(location.reshape(-1, 2, 3), (len(images), 1, *GLIMPSE), align_corners=True)
        return F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=True)

    def forward(self, images, coarse):
        h = coarse
        for number in (1, 2, 3):
            h = self.convolve(h, f"conv_init/conv{number}_init", 0)
            h = self.normalize(h, f"conv_init/conv{number}_bn_init")
        decoded = h.flatten(1)
        location, decoder_cells = self.emit(decoded), torch.zeros_like(decoded)
        encoded = encoder_cells = torch.zeros(len(images), self.parameter("encoder_rnn", "W_state").shape[0])
        probabilities = []
        for step in range(LOOKS):
            x = self.look(images, location)
            for number in (1, 2, 3, 4):
                x = F.max_pool2d(x, 2) if number == 3 else x
                x = self.convolve(x, f"conv{number}", 0 if number in (2, 4) else 1)
                x = torch.relu(self.normalize(x, f"conv{number}_bn", step))
            features = self.dense(x.flatten(1), "conv_mlp", step) * self.dense(location, "loc_mlp", step)
            features = self.linear(features, "encoder_mlp")
            encoded, encoder_cells = self.lstm(features, encoded, encoder_cells, "encoder_rnn")
            scores = self.dense(self.dense(encoded, "classification_mlp1", step), "classification_mlp2", step)
            probabilities.append(torch.softmax(self.linear(scores, "classification_mlp3"), dim=1))
            decoder_input = self.linear(encoded, "decoder_mlp")
            decoded, decoder_cells = self.lstm(decoder_input, decoded, decoder_cells, "decoder_rnn")
            location = self.emit(decoded)
        return torch.stack(probabilities)


def randomize(checkpoint):
    """Random numbers of sensible sizes for all tensors, because a new classifier has equal outputs."""
    generator = numpy.random.default_rng(1)
    for tensor in checkpoint.tensors:
        shape, name = tensor.values.shape, tensor.path.rsplit("/", 1)[1]
        if name in ("batch_norm_scale", "population_stdev"):
            values = generator.uniform(0.5, 1.5, shape)
        else:
            inputs = shape[0] if len(shape) == 2 else numpy.prod(shape[1:])
            values = generator.normal(size=shape) * (inputs**-0.5 if name.startswith("W") and len(shape) > 1 else 0.3)
        tensor.values = values.astype(numpy.float32)


def inputs(size):
    """A batch of images and the same images at low resolution.

    They are bilinear surfaces over random values. On noise, a rounded location would change a glimpse much.
    """
    rough = torch.from_numpy(numpy.random.default_rng(size).uniform(0, 1, (size, 1, 4, 4)).astype(numpy.float32))
    return [F.interpolate(rough, size=(n, n), mode="bilinear", align_corners=True).numpy() for n in (100, 12)]


def write_model(example, path):
    """Writes the model at its published size, with random numbers, and returns its checkpoint."""
    subprocess.run([example, path, "published"], check=True, stdout=subprocess.DEVNULL)
    checkpoint = swift_bricks.read(path)
    randomize(checkpoint)
    swift_bricks.write(path, checkpoint)
    return checkpoint


def compare(mode, size, folder, checkpoint, arguments):
    """Prints a row of the table."""
    batches = inputs(size)
    paths = [folder / f"input-{index}.npy" for index in range(2)]
    for path, batch in zip(paths, batches, strict=True):
        numpy.save(path, batch)
    ours = Ours(arguments.driver, folder / "edram.h5", paths, arguments.threads)
    peer = TorchPeer(Attention(checkpoint).train(mode != "inference"), *batches)
    difference, command = "–", ""
    if mode == "inference":
        result = folder / "output.npy"
        result.unlink(missing_ok=True)
        distance = numpy.abs(ours.output(result) - peer.output()).max()
        if not distance < 1e-4:
            sys.exit(f"EDRAM, batch {size}: outputs differ by {distance}")
        difference = f"{distance:.0e}"
    else:
        command = "observe "
    row = timed(lambda count: ours.seconds(f"{command}{count}"), peer.seconds, arguments.rounds)
    ours.close()
    print(f"| {mode}, batch {size} | {row} | {difference} |", flush=True)


def main():
    options = parser(__doc__)
    options.add_argument("example", help="edram-example, which writes the model")
    arguments = options.parse_args()
    torch.set_num_threads(arguments.threads)
    show_heading("work", ["PyTorch"], "difference")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        checkpoint = write_model(arguments.example, path / "edram.h5")
        for mode, size in CASES:
            compare(mode, size, path, checkpoint, arguments)


if __name__ == "__main__":
    main()
