"""Files that promise far more than they hold are refused in a process whose memory does not grow, and nothing is unpickled."""

import ast
import json
import os
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import zarr
from promises import npy, png

PACKAGE = Path(__file__).parents[3] / "pdenn"
MOST = 30_000  # kB that refusing all of them may take: buffers and messages; each promises thousands of times as much
AVAILABLE = 200_000_000  # bytes of memory that the process is told to have

CODE = f"""
import json, resource, sys
from pathlib import Path
import numpy as np
from pdenn.files import memory, problem, read, write_picture
from pdenn.files.rows import edges, rows
from pdenn.graphs import Graph
from pdenn.networks import read_network
import imageio, tifffile, xarray, zarr, h5netcdf
memory.available = lambda: {AVAILABLE}
readers = {{"read": read, "rows": rows, "network": read_network, "problem": problem.read}}
def refused(reader, path):
    try:
        readers[reader](path)
    except (OSError, ValueError) as error:
        return str(error)
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
asked = json.loads(sys.argv[1])
write_picture("whole.png", np.zeros((8, 8)))
read("whole.png")
first = [refused(*ask) for ask in asked]  # imports
before = peak()
print(json.dumps([first, [refused(*ask) for ask in asked], peak() - before]))
"""


def tiff(width, height):
    """Little-endian, one strip of 8 bit greys that is not there."""
    tags = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1),
            (278, 4, height), (279, 4, 8)]  # fmt: skip
    fields = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + fields + bytes(4)


def bomb(folder):
    """An archive of a thousand times its size."""
    with zipfile.ZipFile(folder / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("points.npy", "w", force_zip64=True) as file:
            file.write(npy((20_000_000, 2)))
            for _ in range(320):
                file.write(bytes(1_000_000))


def huge_zarr(folder):
    zarr.create_array(folder / "huge.zarr", shape=(10**6, 10**6), chunks=(100, 100), dtype="f8", fill_value=1.0)


def promise(folder):
    """An archive whose array is not there."""
    with zipfile.ZipFile(folder / "promise.npz", "w") as archive:
        archive.writestr("points.npy", npy((10**12, 2)))


WHOLE = """
initial = { kind = "constant" }
equation = { kind = "Diffusion" }
grid = { shape = [1000000, 1000000] }
scheme = { kind = "FSI" }
run = { t_end = 1.0 }
"""
CASES = [  # how it is read, its name, its content or what makes it, what is said
    ("read", "wide.png", png(20_000, 20_000), "bomb"),
    ("read", "widest.png", png(2**31 - 1, 2**31 - 1), "bomb"),
    ("read", "wide.tif", tiff(10**6, 10**6), "wide.tif"),
    ("read", "wide.pgm", b"P5 1000000 1000000 255\n" + bytes(99), "bomb"),
    ("read", "wide.gif", b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\x80\0\0" + bytes(6) + b";", "wide.gif"),
    ("read", "long.npy", npy((10**12,)) + bytes(8), "mmap"),
    ("read", "objects.npy", npy((3,), "|O") + b"cos\nsystem\n", "objects"),
    ("read", "huge.zarr", huge_zarr, "needs 8e[+]03 GB"),
    ("rows", "long.npy", None, "mmap"),
    ("rows", "promise.npz", promise, "does not fit into the"),
    ("rows", "bomb.npz", bomb, "needs 0.32 GB"),
    ("network", "long.safetensors", struct.pack("<Q", 2**60) + b"{}", "as safetensors"),
    ("network", "deep.safetensors", struct.pack("<Q", 2**20) + b"[" * 2**20, "as safetensors"),
    ("problem", "huge.toml", WHOLE.encode(), r"needs 2.56e\+05 GB of memory"),
    ("problem", "long.toml", b"# " + b"x" * 10**6, "at most 65536 bytes"),
]  # fmt: skip


def test_refusing_takes_no_memory(tmp_path):
    for _, name, content, _ in CASES:
        if isinstance(content, bytes):
            (tmp_path / name).write_bytes(content)
        elif content is not None:
            content(tmp_path)
    asked = json.dumps([(reader, str(tmp_path / name)) for reader, name, _, _ in CASES])
    done = subprocess.run(
        [sys.executable, "-c", CODE, asked], capture_output=True, text=True, cwd=tmp_path, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    first, again, grown = json.loads(done.stdout)
    for (_, name, _, message), said in zip(CASES, first, strict=True):
        assert said is not None, name
        assert re.search(message, said), said
        assert name in said
    assert first == again
    assert grown < MOST


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_unpickled(path):
    tree = ast.parse(path.read_text())
    imported = {
        alias.name for node in ast.walk(tree) for alias in getattr(node, "names", ()) if isinstance(alias, ast.alias)
    }
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported.isdisjoint({"pickle", "dill", "joblib", "shelve", "marshal", "yaml"})
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name, options = ast.unparse(call.func), {word.arg: ast.unparse(word.value) for word in call.keywords}
        assert name not in ("torch.load", "pandas.read_pickle")
        assert options.get("allow_pickle", "False") == "False"
