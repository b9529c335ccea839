"""Measures how the times of inference and of passes in training mode grow with the batch, and with the steps of a loop.

usage: growth.py DRIVER BNTOOL EXAMPLE [--rounds N] [--threads N]
"""

import os
import statistics
import subprocess
import tempfile
from pathlib import Path

import edram
import numpy
from inference_models import write_convolutions, write_lstm, write_mlp
from rounds import Ours, parser, seconds

NETWORKS = {
    "mlp": (write_mlp, (784,), (1, 8, 64, 512)),
    "convolutions": (write_convolutions, (3, 32, 32), (1, 4, 16, 64)),
    "lstm": (write_lstm, (28, 28), (1, 8, 64, 512)),
}


def milliseconds(work, rounds):
    """The median time of a call. `work` is a function that returns the seconds for a number of calls."""
    count = max(1, round(0.05 / work(3) * 3))
    return statistics.median(work(count) / count for _ in range(rounds)) * 1e3


def slope(sizes, times):
    """The slope of log time over log size, by least squares."""
    return numpy.polyfit(numpy.log(sizes), numpy.log(times), 1)[0]


class Growth:
    """Measures and prints rows, with the options of the script."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder

    def show(self, title, sizes, works):
        """Prints a row. `works` gives a function for each size, as in `milliseconds`."""
        times = [milliseconds(work, self.arguments.rounds) for work in works]
        cells = " | ".join([", ".join(f"{size:,}" for size in sizes), ", ".join(f"{time:.3g}" for time in times)])
        print(f"| {title} | {cells} | {slope(sizes, times):.2f} |", flush=True)

    def driven(self, model, batches, command=""):
        """Lets the driver run a model on one batch after another. Each batch is a list of arrays, one for each input."""
        for batch in batches:
            paths = [self.folder / f"input-{index}.npy" for index in range(len(batch))]
            for path, values in zip(paths, batch, strict=True):
                numpy.save(path, values.astype(numpy.float32))
            ours = Ours(self.arguments.driver, self.folder / model, paths, self.arguments.threads)
            yield lambda count, ours=ours: ours.seconds(f"{command}{count}")
            ours.close()

    def recalibrations(self, counts):
        """Whole processes that recalibrate the convolutional network on more and more images."""
        environment = os.environ | {"OMP_NUM_THREADS": str(self.arguments.threads)}
        for count in counts:
            data = self.folder / "images.npy"
            numpy.save(data, numpy.random.default_rng(count).normal(size=(count, 3, 32, 32)).astype(numpy.float32))
            command = [self.arguments.bntool, "recalibrate", self.folder / "convolutions.h5", data]
            command += ["--batch-size", "64", "--output", self.folder / "recalibrated.h5"]
            yield lambda times: seconds(
                times, lambda: subprocess.run(command, check=True, capture_output=True, env=environment)
            )


def main():
    options = parser(__doc__)
    options.add_argument("bntool")
    options.add_argument("example", help="edram-example, which writes the model")
    arguments = options.parse_args()
    generator = numpy.random.default_rng(1)
    print("| network, and what grows | sizes | milliseconds | exponent |\n| --- | --- | --- | ---: |")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        growth = Growth(arguments, folder)
        for name, (write, example, sizes) in NETWORKS.items():
            write(folder)
            batches = [[generator.normal(size=(size, *example))] for size in sizes]
            growth.show(f"{name}, batch", sizes, growth.driven(f"{name}.h5", batches))
            # A minibatch of one example has no variance.
            growth.show(
                f"{name} in training mode, batch", sizes[1:], growth.driven(f"{name}.h5", batches[1:], "observe ")
            )
        counts = (250, 500, 1000)
        growth.show("recalibrate convolutions, examples", counts, growth.recalibrations(counts))
        lengths = (7, 14, 28, 56, 112)
        growth.show("lstm, batch 64, time steps", lengths, steps(growth, lengths, generator))
        edram.write_model(arguments.example, folder / "edram.h5")
        sizes = (1, 4, 16, 64)
        batches = [edram.inputs(size) for size in sizes]
        growth.show("EDRAM, batch", sizes, growth.driven("edram.h5", batches))
        growth.show("EDRAM in training mode, batch", sizes[1:], growth.driven("edram.h5", batches[1:], "observe "))


def steps(growth, lengths, generator):
    """Runs the recurrent network on sequences of each length."""
    for length in lengths:
        write_lstm(growth.folder, length)
        yield from growth.driven("lstm.h5", [[generator.normal(size=(64, length, 28))]])


if __name__ == "__main__":
    main()
