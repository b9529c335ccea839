"""The data of the tests and measurements."""

import array
import random
import struct

FEATURES = 64


def write_data(path: str, examples: int) -> None:
    """Pseudo-random images as an .npy file of float32."""
    generator = random.Random(14)
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({examples}, {FEATURES}), }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    numbers = array.array("f", (byte & 15 for byte in generator.randbytes(examples * FEATURES)))
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + numbers.tobytes())
