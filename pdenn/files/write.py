"""Pictures, results and claims into files; each is whole or absent (see `aside`)."""

import json
from pathlib import Path

import numpy as np

from ..arrays import check_finite
from .aside import aside


def write_picture(path, u):
    """An 8 bit PNG of values in [0, 1]; what lies outside is clipped.

    Parameters
    ----------
    path : path
        With the suffix `.png`.
    u : array of shape (n, m), or (3, n, m) with the colours first

    Raises
    ------
    ValueError
        The suffix is another one, the shape is no picture, or values are NaN or infinite.
    OSError
        The file cannot be written; an old one is as it was.
    """
    from PIL import Image

    _check_suffix(path, [".png"])
    check_finite(u, f"the picture for {path}")
    if not (u.ndim == 2 or (u.ndim == 3 and len(u) == 3)):
        raise ValueError(f"the picture for {path} must have shape (n, m) or (3, n, m), got {u.shape}")
    levels = np.round(255 * np.clip(u, 0, 1)).astype(np.uint8)
    with aside(path) as partial:
        Image.fromarray(levels if u.ndim == 2 else np.moveaxis(levels, 0, -1)).save(partial, "png")


def write_result(path, dataset):
    """A dataset, as `solution.to_xarray()` gives it, as netCDF or zarr.

    Parameters
    ----------
    path : path
        With the suffix `.nc` or `.zarr`.
    dataset : xarray.Dataset

    Raises
    ------
    ValueError
        The suffix is another one.
    OSError
        The file cannot be written; an old one is as it was.
    """
    _check_suffix(path, [".nc", ".zarr"])
    with aside(path) as partial:
        if partial.suffix == ".nc":
            dataset.to_netcdf(partial, engine="h5netcdf")
        else:
            dataset.to_zarr(partial, mode="w", zarr_format=3, consolidated=False)


def write_json(path, content):
    """Plain data as JSON in UTF-8.

    Raises
    ------
    ValueError
        The suffix is not `.json`, or a number is NaN or infinite.
    OSError
        The file cannot be written; an old one is as it was.
    """
    _check_suffix(path, [".json"])
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    with aside(path) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def _check_suffix(path, allowed):
    if Path(path).suffix not in allowed:
        raise ValueError(f"cannot write {path}: unknown suffix {Path(path).suffix!r}, use {' or '.join(allowed)}")
