"""Measuring in rounds: all works take turns, so that they see the same moments of a machine that others use too."""

import time
from statistics import median, quantiles

LEAST = 3  # runs of every work
LONG = 10.0  # seconds after which one run is enough: its noise is that of an average
ENOUGH = 31


def interleaved(works: dict, seconds: float) -> dict[str, list[float]]:
    """Seconds of every run of every work, in turns; the caller has run each once before, so that all is compiled.

    A work that has spent its share, `seconds`, and was run `LEAST` times, or once for `LONG`, drops out of the rounds.
    """
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ENOUGH):
        for name, work in works.items():
            least = 1 if max(found[name], default=0.0) > LONG else LEAST
            if len(found[name]) < least or sum(found[name]) < seconds:
                found[name].append(timed(work))
    return found


def timed(work) -> float:
    """Seconds of one run."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def spread(seconds: list[float]) -> dict:
    """Median and quartiles."""
    lower, middle, upper = quantiles(seconds, n=4, method="inclusive") if len(seconds) > 1 else seconds * 3
    return {"median": middle, "lower": lower, "upper": upper, "runs": len(seconds)}


def row(case: str, ours: tuple, peer: tuple, *, target=None, **facts) -> dict:
    """One line of the comparison: `ratio` is the median of the peer over that of ours, more is better for us.

    Parameters
    ----------
    ours, peer : (str, list of float)
        Name and seconds.
    target : float, optional
        What the ratio should be at least.
    facts
        More of the line: dtype, threads, difference (of the two results), differs (in words), rate, roofline.
    """
    ratio = median(peer[1]) / median(ours[1])
    return {
        "case": case,
        "ours": {"name": ours[0], **spread(ours[1])},
        "peer": {"name": peer[0], **spread(peer[1])},
        "ratio": ratio,
        "target": target,
        "met": None if target is None else bool(ratio >= target),
        **facts,
    }
