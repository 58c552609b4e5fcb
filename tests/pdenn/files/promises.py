"""The beginnings of files that promise far more than they hold. Rests on the formats of NumPy and PNG."""

import io
import struct
import zlib

import numpy as np


def npy(shape, kind="<f8"):
    """The bytes of an .npy file without its numbers."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": kind, "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def png(width, height):
    """A grey picture of this size, with the data of far fewer pixels."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0" * 999)),
        (b"IEND", b""),
    )
    body = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)
