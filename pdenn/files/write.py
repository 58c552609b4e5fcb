"""Pictures, results, figures, films and claims into files; each is whole or absent (see `aside`)."""

import importlib.util
import json
from pathlib import Path
from typing import Any

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
            whole = {str(name): {"_FillValue": None} for name in dataset.variables}  # nothing is missing in a result
            _plain(dataset).to_netcdf(partial, engine="h5netcdf", encoding=whole)
        else:
            dataset.to_zarr(partial, mode="w", zarr_format=3, consolidated=False)


def _plain(dataset):
    """The words about variables as bytes, the characters of netCDF: ParaView reads no words of variable length."""
    plain = dataset.copy()
    for variable in plain.variables.values():
        variable.attrs = {k: np.bytes_(v.encode()) if isinstance(v, str) else v for k, v in variable.attrs.items()}
    return plain


def write_figure(path, dataset):
    """A figure of a result, see `pdenn.files.draw.figure`.

    Parameters
    ----------
    path : path
        With the suffix `.png`, `.pdf` or `.svg`.
    dataset : xarray.Dataset
        As `solution.to_xarray()` gives it.

    Raises
    ------
    ValueError
        The suffix is another one.
    OSError
        The file cannot be written; an old one is as it was.
    """
    from .draw import figure

    _check_suffix(path, [".png", ".pdf", ".svg"])
    drawn = figure(dataset)
    with aside(path) as partial:
        drawn.savefig(partial)


def write_animation(path, dataset, fps: float = 10):
    """A film of a result, one frame for every saved time, all with the same scale.

    Parameters
    ----------
    path : path
        With the suffix `.gif`, or `.mp4` where `imageio-ffmpeg` is installed (see `films`).
    dataset : xarray.Dataset
        As `solution.to_xarray()` gives it, with two saved times at least.
    fps : float
        Frames per second.

    Raises
    ------
    ValueError
        The suffix is another one or needs what is not installed; there is only one time; `fps` is not in (0, 100].
    OSError
        The file cannot be written; an old one is as it was.
    """
    import imageio

    from .draw import limits, panels, pixels

    _check_suffix(path, films())
    count = dataset.sizes["time"]
    if count < 2:
        raise ValueError(f"dataset must have two saved times at least for {path}, got {count}: give solve its times")
    if not 0 < fps <= 100:
        raise ValueError(f"fps must be in (0, 100], got {fps!r}")
    ends = limits(dataset)
    film: dict[str, Any] = {"fps": fps} if Path(path).suffix == ".mp4" else {"duration": 1000 / fps, "loop": 0}
    with aside(path) as partial, imageio.get_writer(partial, **film) as film_of:
        writer: Any = film_of  # whose type says too little
        for k in range(count):
            writer.append_data(pixels(panels(dataset, [k], ends)))


def films() -> list[str]:
    """The suffixes of films that can be written here: `.gif`, and `.mp4` with `pip install pdenn[video]`."""
    return [".gif", ".mp4"] if importlib.util.find_spec("imageio_ffmpeg") else [".gif"]


def drawn(folder, dataset, figure: bool, animation: bool) -> list[Path]:
    """The paths of the figure and of the films of a dataset, written."""
    written = [Path(folder) / "figure.png"] * figure
    for path in written:
        write_figure(path, dataset)
    for path in [Path(folder) / f"animation{suffix}" for suffix in films()] * animation:
        write_animation(path, dataset)
        written.append(path)
    return written


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
