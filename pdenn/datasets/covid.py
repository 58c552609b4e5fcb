"""Daily cases of COVID-19 in England, and who went where. Rests on the sources."""

import json
from typing import NamedTuple

import numpy as np
import scipy

from .sources import path


class Covid(NamedTuple):
    """Regions of England on successive days.

    Attributes
    ----------
    cases : int64 array of shape (days, regions)
        New cases.
    mobility : tuple of csr_array of shape (regions, regions), one a day
        Entry `(i, j)`: the weight of the edge `(i, j)` of the file, people who moved, float64; on the diagonal those
        who stayed within a region.
    """

    cases: np.ndarray
    mobility: "tuple[scipy.sparse.csr_array, ...]"


def england_covid() -> Covid:
    """61 days of 129 regions in spring 2020 (Panagopoulos, Nikolentzos and Vazirgiannis 2021)."""
    data = json.loads(path("covid/england_covid.json").read_text())
    cases, mapping = np.array(data["y"]), data["edge_mapping"]
    days = [str(day) for day in range(data["time_periods"])]
    return Covid(cases, tuple(_flow(mapping["edge_index"][d], mapping["edge_weight"][d], cases.shape[1]) for d in days))


def _flow(edges: list[list[int]], weights: list[float], regions: int) -> "scipy.sparse.csr_array":
    origin, target = np.array(edges).T
    return scipy.sparse.csr_array((np.array(weights, float), (origin, target)), shape=(regions, regions))
