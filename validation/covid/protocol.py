"""Windows of England's cases with nine in ten entries hidden, by the published protocol and by a clean one, and the graphs.

Rests on `pdenn.datasets`. What leaks in the published one is said in `validation.covid_cases`.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import scipy
import torch

import pdenn as pn

LAGS, SNAPSHOTS, PART, MISSING = 8, 53, 10, 0.9
TRAIN, VALIDATE, TEST = slice(0, PART), slice(PART, 2 * PART), slice(2 * PART, SNAPSHOTS)


class Problem(NamedTuple):
    """Features (windows, regions, 8), targets of tomorrow (windows, regions), and which of those are known: tensors."""

    features: torch.Tensor
    targets: torch.Tensor
    known: torch.Tensor


@cache
def england():
    """The data, read once."""
    return pn.datasets.england_covid()


def published(seed):
    """The protocol of the code, and its source of random numbers after the mask."""
    rng, cases = np.random.RandomState(seed), england().cases.astype(float)
    z = (cases - cases.mean(0)) / (cases.std(0) + 1e-10)
    while True:
        seen = mask(rng, z)
        counts, spread = seen.sum(0), np.ma.array(z, mask=~seen).std(0).filled(0.0)
        if counts.min() >= 2 and spread.min() > 1e-9:
            return windows(z, seen), rng


def clean(seed):
    """No number of a hidden entry, nor of a day to validate or to test, enters the units."""
    rng, cases = np.random.RandomState(seed), england().cases.astype(float)
    seen = mask(rng, cases)
    values = cases[: PART + LAGS][seen[: PART + LAGS]]
    return windows((cases - values.mean()) / values.std(), seen), rng


def mask(rng, z):
    """Which entries are seen: one in ten."""
    seen = np.ones(z.size, bool)
    seen[rng.choice(z.size, int(MISSING * z.size), replace=False)] = False
    return seen.reshape(z.shape)


def windows(z, seen) -> Problem:
    """Hidden features are zero; targets are known where they are seen, and all of them on the days to test."""
    shown = np.where(seen, z, 0.0)
    features = np.stack([shown[i : i + LAGS].T for i in range(SNAPSHOTS)])
    known = seen[LAGS:].copy()
    known[TEST] = True
    tensors = (torch.tensor(a, dtype=torch.float32) for a in (features, z[LAGS:]))
    return Problem(*tensors, torch.tensor(known))


@cache
def graph(day: int) -> pn.Graph:
    """Mobility between regions, those who stay left out, `D^(-1/2) A D^(-1/2)` with the sums of rows; directed."""
    A = england().mobility[day]
    apart = scipy.sparse.csr_array(A - scipy.sparse.diags_array(A.diagonal()))
    apart.eliminate_zeros()
    return pn.Graph(apart, "symmetric", directed=True)
