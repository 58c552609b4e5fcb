"""Photographs in folders, one a class, as users have them of mini-ImageNet, tiered-ImageNet or CUB. Rests on Pillow."""

from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


class Photographs(NamedTuple):
    """Photographs of some classes.

    Attributes
    ----------
    images : uint8 array of shape (n, size, size, 3)
        Red, green, blue.
    labels : int64 array of shape (n,)
        The class, counted in the order of `names`.
    names : tuple of str
        Of the folders.
    """

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]


def class_folders(path: str | PathLike[str], size: int = 84, resize: int = 96, most: int | None = None) -> Photographs:
    """The images in the folders of a folder: `path/CLASS/*.jpg`, in the order of their names.

    Each is scaled until its shorter side has `resize` pixels, and cut to `size` x `size` in the middle: 84 and 96 for the
    two subsets of ImageNet, 84 and 120 for CUB (Wang, Dou, Bao, Shi 2024).

    Parameters
    ----------
    path : str or path
    size, resize : int
        `1 ≤ size ≤ resize`.
    most : int, optional
        At most so many images of a class, the first ones.

    Raises
    ------
    FileNotFoundError
        There is no such folder.
    ValueError
        An argument is out of range, a folder holds no image, or a file is not one.
    """
    path = Path(path)
    if not path.is_dir():
        raise FileNotFoundError(
            f"{path} is not a folder: put a folder of images there for every class, {path}/CLASS/*.jpg"
        )
    for name, value in (("size", size), ("resize", resize), ("most", 1 if most is None else most)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a positive integer, got {value!r}")
    if size > resize:
        raise ValueError(f"size must be <= resize={resize}, got {size}")
    names = sorted(folder.name for folder in path.iterdir() if folder.is_dir())
    if not names:
        raise ValueError(f"{path} must hold a folder of images for every class, {path}/CLASS/*.jpg; it has no folder")
    files = [_images(path / name)[:most] for name in names]
    images = np.empty((sum(map(len, files)), size, size, 3), np.uint8)
    for k, file in enumerate(file for members in files for file in members):
        images[k] = _cut(file, size, resize)
    return Photographs(images, np.repeat(np.arange(len(names)), [len(members) for members in files]), tuple(names))


def _images(folder: Path) -> list[Path]:
    found = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    if not found:
        raise ValueError(f"{folder} must hold images that end in {', '.join(SUFFIXES)}; it has none")
    return found


def _cut(file: Path, size: int, resize: int) -> np.ndarray:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file) as stored:
            image = stored.convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"{file} cannot be read as an image ({error})") from error
    scale = resize / min(image.size)
    wide, high = (max(resize, round(scale * length)) for length in image.size)
    left, top = (wide - size) // 2, (high - size) // 2
    scaled = image.resize((wide, high), Image.Resampling.BILINEAR)
    return np.asarray(scaled.crop((left, top, left + size, top + size)))
