"""Points and edges from files: `.npy`, `.npz`, `.csv`, or text with spaces between the numbers; one row for each.

Nothing is unpickled, and what would not fit into memory is refused before it is read.
"""

import math
import zipfile
import zlib
from pathlib import Path

import numpy as np

from .memory import check_memory

BYTES_OF_TEXT = 16  # of memory for one character of a text with numbers, at most: measured
# What reading a bad file raises.
WRONG = (ArithmeticError, EOFError, KeyError, NotImplementedError, RuntimeError, SyntaxError, TypeError, ValueError,
         zipfile.BadZipFile, zlib.error)  # fmt: skip
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def rows(path, name: str = "points") -> np.ndarray:
    """The rows of a file.

    Parameters
    ----------
    path : path
    name : str
        Of the array in an `.npz` file that holds several.

    Returns
    -------
    array of shape (rows, columns)
        Integers or floats.

    Raises
    ------
    OSError
        The file is missing, or cannot be read as what its suffix says.
    ValueError
        It holds no finite numbers in rows, or would not fit into memory.
    """
    path = Path(path)
    readers = {".npy": _npy, ".npz": lambda path: _npz(path, name)}
    if not path.is_file():
        raise FileNotFoundError(f"cannot read {path}: there is no such file")
    try:
        found = readers.get(path.suffix.lower(), _text)(path)
    except WRONG as error:
        raise ValueError(f"cannot use {path}: {error}") from error
    if found.ndim != 2 or 0 in found.shape or found.dtype.kind not in "iuf":
        raise ValueError(
            f"cannot use {path}: it must hold rows of real numbers, got {found.dtype} of shape {found.shape}"
        )
    if not np.isfinite(found).all():
        raise ValueError(f"cannot use {path}: {(~np.isfinite(found)).sum()} of its numbers are NaN or infinite")
    return found


def edges(path, name: str = "edges") -> tuple[np.ndarray, np.ndarray | None]:
    """Pairs of nodes, int64 of shape (edges, 2), and what stands in the third column, or None; raises as `rows` does."""
    found = rows(path, name)
    pairs = found[:, :2]
    if found.shape[1] not in (2, 3) or not (np.abs(pairs) < 2**53).all() or not np.array_equal(pairs, np.floor(pairs)):
        raise ValueError(f"{path} must have lines `i j` or `i j weight` with nodes counted from 0")
    return pairs.astype(np.int64), found[:, 2].astype(float) if found.shape[1] == 3 else None


def _npy(path):
    mapped = np.lib.format.open_memmap(path, mode="r")
    check_memory(mapped.nbytes, "its array")
    return np.array(mapped)


def check_archive(path):
    """Raise ValueError if a file is no whole `.npz`, or one of arrays that are not there or would not fit into memory."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                with archive.open(entry) as file:
                    _check_header(file, entry.file_size)
            broken = archive.testzip()
    except WRONG as error:
        raise ValueError(f"cannot use {path} as an archive of arrays: {error}") from error
    if broken is not None:
        raise ValueError(f"cannot use {path} as an archive of arrays: {broken} is damaged")


def _npz(path, name: str):
    with zipfile.ZipFile(path) as archive:
        found = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
        named = [entry for entry in found if entry.filename == f"{name}.npy"] or found
        if len(named) != 1:
            raise ValueError(f"it must hold an array named {name}, or only one; it holds {len(found)}")
        with archive.open(named[0]) as file:
            _check_header(file, named[0].file_size)
        with archive.open(named[0]) as file:
            return np.lib.format.read_array(file, allow_pickle=False)


def _check_header(file, length: int):
    """Compare the array that a header promises with what there is, and with the memory."""
    read = HEADERS.get(np.lib.format.read_magic(file))
    if read is None:
        raise ValueError("it has an array in a format of NumPy that is not known here")
    shape, _, kind = read(file)
    needed = math.prod(shape) * kind.itemsize
    if needed > length:
        raise ValueError(f"its array {shape} does not fit into the {length} bytes that are there")
    check_memory(needed, "its array")


def _text(path):
    check_memory(BYTES_OF_TEXT * path.stat().st_size, "its text")
    lines = path.read_text(encoding="utf-8").splitlines()
    separator = "," if path.suffix.lower() == ".csv" else None
    names = bool(lines) and path.suffix.lower() == ".csv" and not _is_number(lines[0].split(",")[0])
    kept = [line for line in lines[names:] if line.strip() and line.strip()[0] not in "#%"]
    return np.loadtxt(kept, ndmin=2, delimiter=separator, comments=["#", "%"]) if kept else np.empty((0, 0))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
