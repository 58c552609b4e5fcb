"""Pictures and arrays from files, as states."""

import hashlib
import math
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .memory import TooLarge, check_memory

SPACE = 3  # a grid has at most three axes


class Source(NamedTuple):
    """A state read from a file.

    Attributes
    ----------
    u : array of shape (..., *shape)
        float64 from a picture, scaled to [0, 1] with the colours as leading axis; float32 or float64 from an array.
    shape : tuple of int
        Of the grid.
    scale : float or None
        What 1.0 was in the file of a picture (255 for 8 bit); None for an array.
    path : Path
    sha256 : str
        Of the bytes of the file, or of all files of a folder in the order of their names.
    """

    u: np.ndarray
    shape: tuple[int, ...]
    scale: float | None
    path: Path
    sha256: str


def read(path) -> Source:
    """Read an array (`.npy`, `.nc`, `.zarr`) or a picture (anything else that imageio or Pillow reads).

    Arrays are taken as they are: all axes are space, apart from the axes `time` (the last entry is taken) and `batch`
    of results of pdenn. Of several variables the one named `u` is read.

    Parameters
    ----------
    path : path

    Returns
    -------
    Source

    Raises
    ------
    OSError
        The file is missing or cannot be read as what its suffix says.
    TypeError
        An array is not of dtype float32 or float64.
    ValueError
        NaN or infinity inside; several frames; transparency; no variable `u` among several; more than three axes; it would
        not fit into memory.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if not path.exists():
        raise FileNotFoundError(f"cannot read {path}: there is no such file")
    # Bad files make the readers raise nearly anything; all of it means the same.
    try:
        values, batch = ARRAYS.get(kind, _picture)(path)
    except (_Unsuitable, TooLarge) as error:
        raise ValueError(f"cannot use {path}: {error}") from error
    except Exception as error:
        what = "an array" if kind in ARRAYS else "a picture"
        reason = str(error).splitlines()[0].rstrip(".:") if str(error) else type(error).__name__
        remedy = "Is it whole, and does its suffix say its format?"
        raise OSError(f"cannot read {path} as {what}: {reason}. {remedy}") from error
    u, scale = (_array(path, values), None) if kind in ARRAYS else _scaled(path, values)
    _check_finite(path, u)
    shape = u.shape[batch:]
    if not 1 <= len(shape) <= SPACE or 0 in u.shape:
        raise ValueError(f"cannot use {path}: a state has 1 to {SPACE} axes with at least one cell, got {u.shape}")
    return Source(u, shape, scale, path, digest(path))


class _Unsuitable(ValueError):
    """The file can be read, but does not hold one state."""


def _picture(path):
    """The pixels, colours first, and the number of axes that are not space."""
    import imageio.v3 as imageio
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        check_memory(8 * math.prod(imageio.improps(path).shape), "its picture")  # from the header
        pixels = imageio.imread(path)
    if pixels.ndim == 4 and len(pixels) == 1:
        pixels = pixels[0]
    if pixels.ndim == 2:
        return pixels, 0
    if pixels.ndim != 3 or pixels.shape[2] not in (2, 3, 4):
        raise _Unsuitable(f"it holds several frames, of shape {pixels.shape}: save the one you mean as a picture")
    if imageio.immeta(path).get("mode") == "CMYK":
        raise _Unsuitable("its colours are CMYK: convert it to RGB")
    if pixels.shape[2] != 3:
        if (pixels[..., -1] != _white(pixels)).any():
            raise _Unsuitable("it is transparent in places: flatten it onto a background")
        pixels = pixels[..., :-1]
    colours = np.moveaxis(pixels, 2, 0)
    return (colours[0], 0) if len(colours) == 1 else (colours, 1)


def _white(pixels):
    """What 1.0 is among these pixels. 32 bit integers are how Pillow hands over some pictures of 16 bit."""
    if pixels.dtype == np.int32:
        return 65535
    return np.iinfo(pixels.dtype).max if np.issubdtype(pixels.dtype, np.integer) else 1


def _scaled(path, pixels):
    white = _white(pixels)
    u = np.ascontiguousarray(pixels, dtype=float) / white
    _check_finite(path, u)
    if u.min() < 0 or u.max() > 1:
        raise ValueError(f"cannot use {path}: its pixels must lie in [0, {white}], got {pixels.min():g} to "
                         f"{pixels.max():g}. Scale them, or save them as .npy to be taken as they are")  # fmt: skip
    return u, float(white)


def _npy(path):
    # The header alone is read here, compared with the length of the file; arrays of objects are refused.
    mapped = np.lib.format.open_memmap(path, mode="r")
    check_memory(mapped.nbytes, "its array")
    return np.array(mapped), 0


def _nc(path):
    import xarray

    with xarray.open_dataset(path) as dataset:
        return _variable(dataset)


def _zarr(path):
    import xarray
    import zarr

    found = zarr.open(path, mode="r")
    if isinstance(found, zarr.Array):
        check_memory(found.dtype.itemsize * max(found.size, math.prod(found.chunks)), "its array")
        return found[...], 0
    for _, array in found.arrays():
        check_memory(array.dtype.itemsize * math.prod(array.chunks), "a chunk of its array")
    with xarray.open_zarr(path, consolidated=False) as dataset:
        return _variable(dataset)


def _variable(dataset):
    """`u`, or the only variable, and how many axes are not space."""
    names = sorted(map(str, dataset.data_vars))
    if "u" not in names and len(names) != 1:
        raise _Unsuitable(f"it must hold a variable named u, or only one; it holds {', '.join(names) or 'none'}")
    variable = dataset["u" if "u" in names else names[0]]
    if "time" in variable.dims:
        variable = variable.isel(time=-1)
    check_memory(variable.nbytes, "its array")
    batch = [d for d in variable.dims if str(d).startswith("batch")]
    return variable.transpose(*batch, ...).values, len(batch)


def _array(path, values):
    """The values with their dtype, in the byte order of the machine."""
    if str(values.dtype.newbyteorder("=")) not in ("float32", "float64"):
        remedy = "convert it, for instance with np.save(path, u.astype(float) / 255)"
        if np.iscomplexobj(values):
            remedy = "save its real part, its imaginary part or its modulus"
        raise TypeError(f"cannot use {path}: its values must be float32 or float64, got {values.dtype}; {remedy}")
    return np.asarray(values, dtype=values.dtype.newbyteorder("="), order="C")


def _check_finite(path, u):
    wrong = u.size - np.isfinite(u).sum()
    if wrong:
        remedy = "replace them, for instance by np.nan_to_num(u)"
        raise ValueError(f"cannot use {path}: {wrong} of its {u.size} values are NaN or infinite; {remedy}")


def digest(path: Path) -> str:
    """The SHA-256 of a file, or of all files of a folder in the order of their names."""
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


ARRAYS = {".npy": _npy, ".nc": _nc, ".zarr": _zarr}
