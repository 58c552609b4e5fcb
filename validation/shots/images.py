"""Images to train an embedding on and images of other classes to test it with: Omniglot, or folders that somebody has.

mini-ImageNet, tiered-ImageNet and CUB are not free to be handed on. Who has them puts them, a folder a class, into
`PDENN_DATA/few_shot/NAME/base` and `.../novel` (the classes to train on and to test with), with NAME as in `FOLDERS`.
Rests on the package's data sets.
"""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

import pdenn as pn

FOLDERS = {"mini_imagenet": 96, "tiered_imagenet": 96, "cub": 120}  # the length of the shorter side before the crop
MOST = 600  # images a class: all of mini-ImageNet, half of tiered-ImageNet


class Images(NamedTuple):
    """uint8 images of shape (n, channels, rows, columns), and their int64 labels of shape (n,)."""

    x: torch.Tensor
    y: torch.Tensor


def characters(parts=(1,), without=()) -> Images:
    """Characters of Omniglot's small background sets, those of some alphabets left out."""
    images, labels, seen = [], [], set(without)
    for part in parts:
        data = pn.datasets.omniglot(part)
        fresh = [k for k, name in enumerate(data.names) if name not in seen]
        kept = np.isin(data.alphabets, fresh)
        images.append(shrunk(data.images[kept]))
        labels.append(data.labels[kept] + 10_000 * part)  # two alphabets are in both sets
        seen.update(data.names)
    return Images(torch.cat(images), _counted(np.concatenate(labels)))


def shrunk(images) -> torch.Tensor:
    """Ink of shape (n, 105, 105) as means over the cells of 28 x 28, uint8 of shape (n, 1, 28, 28)."""
    ink = torch.as_tensor(images, dtype=torch.float32)[:, None]
    return (255 * functional.adaptive_avg_pool2d(ink, 28)).round().to(torch.uint8)


def turned(images: Images) -> Images:
    """The images in four orientations; a character that is turned counts as another one (Santoro et al. 2016)."""
    classes = int(images.y.max()) + 1
    x = torch.cat([images.x.rot90(k, (-2, -1)) for k in range(4)])
    return Images(x, torch.cat([images.y + k * classes for k in range(4)]))


def folders() -> dict[str, Path]:
    """The sets of `FOLDERS` that lie in `PDENN_DATA/few_shot`."""
    place = Path(os.environ.get("PDENN_DATA", "."), "few_shot")
    return {name: place / name for name in FOLDERS if (place / name).is_dir()}


def photographs(path: Path, part: str, most=MOST) -> Images:
    """The classes of `path/base` or `path/novel`: 84 x 84, cut out of the middle."""
    found = pn.datasets.class_folders(path / part, resize=FOLDERS.get(path.name, 96), most=most)
    return Images(torch.as_tensor(found.images).permute(0, 3, 1, 2), torch.as_tensor(found.labels))


def _counted(labels) -> torch.Tensor:
    return torch.as_tensor(np.unique(labels, return_inverse=True)[1], dtype=torch.int64)
