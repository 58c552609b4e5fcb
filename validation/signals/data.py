"""Signals of affine pieces with jumps between them, and Gaussian noise; the data of Alt et al. (2022) are not published.

Values lie in [-1/2, 1/2], so that the range is one; the noise of 20/255 is that of photographs.
"""

import math
from typing import NamedTuple

import numpy as np
import torch

LENGTH, SHORTEST, LONGEST, NOISE = 128, 10, 60, 20 / 255


class Signals(NamedTuple):
    """Clean and noisy signals, float32 of shape `(count, 1, LENGTH)`."""

    clean: torch.Tensor
    noisy: torch.Tensor


def signals(count: int, seed: int) -> Signals:
    """Affine pieces of 10 to 60 samples, whose ends take values of their own, uniform in [-1/2, 1/2]."""
    random = np.random.default_rng(seed)
    clean = np.stack([affine_pieces(random) for _ in range(count)])[:, None]
    noisy = clean + NOISE * random.standard_normal(clean.shape)
    return Signals(torch.tensor(clean, dtype=torch.float32), torch.tensor(noisy, dtype=torch.float32))


def affine_pieces(random) -> np.ndarray:
    """One signal."""
    pieces, length = [], 0
    while length < LENGTH:
        n = int(random.integers(SHORTEST, LONGEST + 1))
        pieces.append(np.linspace(*random.uniform(-0.5, 0.5, 2), n))
        length += n
    return np.concatenate(pieces)[:LENGTH]


def psnr(error: float) -> float:
    """The peak signal-to-noise ratio in dB of a mean squared error, for signals of range one."""
    return -10 * math.log10(error) if error > 0 else math.inf
