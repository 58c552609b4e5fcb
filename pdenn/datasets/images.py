"""Images: Berkeley's for denoising, handwritten digits and characters. Rests on imageio and on the sources."""

import hashlib
from typing import NamedTuple
from zipfile import ZipFile

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .sources import path

SETS = {"bsd68": "images/bsd68.zip", "bsd400": "images/bsd400_train.zip"}
DIGITS = "5500fc7f69c9c2d021320b2ab13900478334417135a209a177003f979402c8e6"


class Digits(NamedTuple):
    """Handwritten digits: uint8 images of shape (n, 28, 28), and their uint8 labels of shape (n,)."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


class Characters(NamedTuple):
    """Handwritten characters.

    Attributes
    ----------
    images : bool array of shape (n, 105, 105)
        True is ink.
    labels : int64 array of shape (n,)
        The character, counted through all alphabets.
    alphabets : int64 array of shape (n,)
        The alphabet, counted in the order of `names`.
    names : tuple of str
        Of the alphabets.
    """

    images: np.ndarray
    labels: np.ndarray
    alphabets: np.ndarray
    names: tuple[str, ...]


class OneShot(NamedTuple):
    """A run of twenty-way one-shot classification: an image a class, and twenty images to be classified.

    Attributes
    ----------
    support, queries : bool arrays of shape (20, 105, 105)
        True is ink.
    labels : int64 array of shape (20,)
        Which image of `support` shows the character of each query.
    """

    support: np.ndarray
    queries: np.ndarray
    labels: np.ndarray


def berkeley(name: str) -> tuple[np.ndarray, ...]:
    """Grey images of Berkeley's segmentation data set, uint8 arrays of shape (rows, columns), in the order of their names.

    Parameters
    ----------
    name : {"bsd68", "bsd400"}
        68 images to test on, 321 x 481 or 481 x 321, or 400 of 180 x 180 to train on. ValueError for others.
    """
    if name not in SETS:
        raise ValueError(f"name must be one of {tuple(SETS)}, got {name!r}")
    with ZipFile(path(SETS[name])) as archive:
        return tuple(_image(archive, member) for member in sorted(archive.namelist()) if member.endswith(".png"))


def mnist() -> Digits:
    """MNIST, sorted by label and then by pixels: origins that order it differently give the same arrays."""
    found, parts = hashlib.sha256(), []
    with np.load(path("mnist/mnist.npz")) as file:
        for part in ("train", "test"):
            x, y = _sorted(file[f"x_{part}"], file[f"y_{part}"])
            found.update(y.tobytes())
            found.update(x.tobytes())
            parts += [x, y]
    if found.hexdigest() != DIGITS:
        raise ValueError(f"the sorted digits must have the SHA-256 {DIGITS}, got {found.hexdigest()}")
    return Digits(*parts)


def _sorted(x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    x, y = np.ascontiguousarray(x, np.uint8), np.asarray(y, np.uint8)
    rows = x.reshape(len(x), -1)
    order = rows.view(f"V{rows.shape[1]}").ravel().argsort(kind="stable")
    order = order[np.argsort(y[order], kind="stable")]
    return x[order], y[order]


def omniglot(part: int) -> Characters:
    """One of the two small background sets of Omniglot (Lake, Salakhutdinov and Tenenbaum 2015), five alphabets each.

    Parameters
    ----------
    part : {1, 2}
        ValueError for others.
    """
    if part not in (1, 2):
        raise ValueError(f"part must be 1 or 2, got {part!r}")
    with ZipFile(path(f"omniglot/images_background_small{part}.zip")) as archive:
        members = sorted(member for member in archive.namelist() if member.endswith(".png"))
        images = np.stack([_image(archive, member) == 0 for member in members])
    characters = [member.rsplit("/", 1)[0] for member in members]
    names, alphabets = np.unique([character.split("/")[1] for character in characters], return_inverse=True)
    labels = np.unique(characters, return_inverse=True)[1]
    return Characters(images, labels.astype(np.int64), alphabets.astype(np.int64), tuple(map(str, names)))


def omniglot_runs() -> tuple[OneShot, ...]:
    """The twenty runs of one-shot classification of Omniglot, as they were published."""
    with ZipFile(path("omniglot/all_runs.zip")) as archive:
        return tuple(_run(archive, f"run{k:02}") for k in range(1, 21))


def _run(archive: ZipFile, folder: str) -> OneShot:
    pairs = [line.split() for line in archive.read(f"{folder}/class_labels.txt").decode().splitlines() if line]
    classes = sorted(member for member in archive.namelist() if member.startswith(f"{folder}/training/class"))
    support = np.stack([_image(archive, member) == 0 for member in classes])
    queries = np.stack([_image(archive, query) == 0 for query, _ in pairs])
    return OneShot(support, queries, np.array([classes.index(answer) for _, answer in pairs]))


def _image(archive: ZipFile, member: str) -> NDArray[np.uint8]:
    import imageio.v3

    return imageio.v3.imread(archive.read(member), extension=".png")
