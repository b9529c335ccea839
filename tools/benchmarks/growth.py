"""Measures how the time of inference grows with the batch and with the steps of a loop.

usage: growth.py DRIVER [--rounds N] [--threads N]
"""

import statistics
import tempfile
from pathlib import Path

import numpy
from inference_models import write_convolutions, write_lstm, write_mlp
from rounds import Ours, parser


def milliseconds(driver, model, batch, threads, rounds):
    """The median time of a call."""
    path = model.with_name("batch.npy")
    numpy.save(path, batch.astype(numpy.float32))
    ours = Ours(driver, model, [path], threads)
    count = max(1, round(0.05 / ours.seconds(3) * 3))
    times = [ours.seconds(count) / count for _ in range(rounds)]
    ours.close()
    return statistics.median(times) * 1e3


def slope(sizes, times):
    """The slope of log time over log size, by least squares."""
    return numpy.polyfit(numpy.log(sizes), numpy.log(times), 1)[0]


def main():
    arguments = parser(__doc__).parse_args()
    generator = numpy.random.default_rng(1)
    print("| network, and what grows | sizes | milliseconds | exponent |\n| --- | --- | --- | ---: |")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)

        def show(title, sizes, series):
            times = [
                milliseconds(arguments.driver, folder / name, batch, arguments.threads, arguments.rounds)
                for name, batch in series
            ]
            cells = " | ".join([", ".join(map(str, sizes)), ", ".join(f"{time:.3g}" for time in times)])
            print(f"| {title} | {cells} | {slope(sizes, times):.2f} |", flush=True)

        batches = {
            "mlp": (write_mlp, (784,), (1, 8, 64, 512)),
            "convolutions": (write_convolutions, (3, 32, 32), (1, 4, 16, 64)),
            "lstm": (write_lstm, (28, 28), (1, 8, 64, 512)),
        }
        for name, (write, example, sizes) in batches.items():
            write(folder)
            shown = ((f"{name}.h5", generator.normal(size=(size, *example))) for size in sizes)
            show(f"{name}, batch", sizes, shown)
        sizes = (7, 14, 28, 56, 112)

        def lengths():
            for size in sizes:
                write_lstm(folder, size)
                yield "lstm.h5", generator.normal(size=(64, size, 28))

        show("lstm, batch 64, time steps", sizes, lengths())


if __name__ == "__main__":
    main()
