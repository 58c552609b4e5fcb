"""Schemes and integrators to a fixed time at equal error: each gets the cheapest of its settings that reaches an error.

A search runs every method from its coarsest setting on until it reaches the smallest error; then the fastest method of
every group is timed in rounds, for each error. The error is the largest of all cells, against the exact solution of the
same semi-discrete equations, so that it is one of time alone.
"""

from contextlib import suppress
from functools import partial
from typing import NamedTuple

import numpy as np

import pdenn as pn

from .rounds import interleaved, row, timed

OURS = "pdenn"
WITHOUT_WAVES = "pdenn, no transforms"  # ours too, where the flow is known in closed form
CANDIDATES = 4


class Method(NamedTuple):
    """A group, a name, settings from coarse to fine, and `run(setting)`, which gives the state at the end."""

    group: str
    name: str
    settings: tuple
    run: object


class Found(NamedTuple):
    """What one run of a search cost and gave."""

    method: Method
    setting: object
    seconds: float
    error: float


def search(method: Method, exact, smallest: float, seconds: float) -> list[Found]:
    """Runs of ever finer settings, until the smallest error is reached or a run of twice the cost would pass the time."""
    found, spent = [], 0.0
    for setting in method.settings:
        result = []

        def run(setting=setting, result=result):
            with suppress(pn.Diverged):
                result[:] = [method.run(setting)]

        taken = timed(run)
        if not found and taken < seconds / 10:  # the first run may have compiled
            taken = timed(run)
        spent += taken
        error = float(np.abs(result[0] - exact).max()) if result else np.inf
        found.append(Found(method, setting, taken, error if np.isfinite(error) else np.inf))
        if error <= smallest or spent + 2 * taken > seconds:
            break
    return found


def compare(title, exact, methods, errors, targets, settings):
    """Rows: for each error the fastest of ours against the fastest of every other group, and our second best kind, too.

    Parameters
    ----------
    methods : sequence of Method
        Ours are in the groups `OURS` and `WITHOUT_WAVES`.
    errors : sequence of float
    targets : dict
        `{(error, group): ratio}`, of `OURS`.
    """
    limit = settings.pick(20.0, 2.0, 0.2)
    runs = [run for method in methods for run in search(method, exact, min(errors), limit)]
    groups = list(dict.fromkeys(method.group for method in methods))
    able = {(error, group): candidates(runs, error, group) for error in errors for group in groups}
    # A setting that is a candidate for several errors is timed once.
    works = {label(run): partial(run.method.run, run.setting) for chosen in able.values() for run in chosen}
    seconds = interleaved(works, settings.seconds)
    best = {key: min(chosen, key=lambda run: np.median(seconds[label(run)])) for key, chosen in able.items() if chosen}
    for (error, group), run in best.items():
        for kind in (OURS, WITHOUT_WAVES):
            if group in (kind, OURS) or (error, kind) not in best:
                continue
            ours = best[error, kind]
            target = targets.get((error, group)) if kind == OURS else None
            yield row(f"{title}, error {error:.0e}", (label(ours), seconds[label(ours)]), (label(run), seconds[label(run)]),
                      target=target, dtype="float64", threads=1, error=ours.error, error_of_peer=run.error)  # fmt: skip
    for group in groups:
        missing = [f"{error:.0e}" for error in errors if (error, group) not in best]
        if missing:
            yield {"note": f"{title}: {group} was not seen to reach {', '.join(missing)} in {limit:g} s of search"}


def candidates(runs, error, group) -> list[Found]:
    """The fastest runs of a group that reach an error: more than one, since a search sees each run once.

    Long runs are told apart by the search itself.
    """
    reach = sorted(
        (run for run in runs if run.method.group == group and run.error <= error), key=lambda run: run.seconds
    )
    return [
        run for run in reach[:CANDIDATES] if run.seconds < 2 * reach[0].seconds and (run is reach[0] or run.seconds < 1)
    ]


def label(run: Found) -> str:
    """The method and its setting."""
    whose = "pdenn, " if run.method.group == WITHOUT_WAVES else ""
    return f"{whose}{run.method.name}, {run.setting:g}"
