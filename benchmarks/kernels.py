"""One explicit step of isotropic diffusion, and ten asked for at once, against the same step by peers.

A step alone is the operator's `A.mix(t, u, (1, 0, τ), u)`; ten steps are `pn.solve` with explicit Euler, which may make
several of them in one sweep over memory. A peer that makes ten steps in a call is compared with those, else with a
step alone. Times are those of one step.

What stops the ten steps is shown by their two loops alone, cell for cell (`loops`): in the first-level cache that is
arithmetic, which no blocking saves, and on the planes of a tile also what the caches take.
"""

import numba
import numpy as np

import pdenn as pn

from .explicit_peers import PEERS, SERIAL
from .limits import ceiling
from .loops import in_first_cache, loops, on_a_tile
from .machine import present
from .rounds import interleaved, row

LAWS = {"Charbonnier": pn.Charbonnier(0.1), "Perona-Malik": pn.PeronaMalik(0.1)}
RECIPROCAL = {"Charbonnier": "reciprocal_root", "Perona-Malik": "division"}
TARGETS = {"C": 0.95, "Devito": 2.0, "DIPlib": 8.0, "torch": 8.0, "py-pde": 30.0, "SimpleITK": 60.0}
TARGET_OF_TEN = 1.5  # over one step in C
TAU, STEPS = 0.15, 10
ALONE, TOGETHER = "pdenn, a step", "pdenn, ten steps"
LOOPS = {"its two loops in L1": in_first_cache, "its two loops on a tile": on_a_tile}


def measure(settings):
    """Rows for both laws, in two and three dimensions, both precisions, and all numbers of threads."""
    shapes = settings.pick([(2048,) * 2, (192,) * 3], [(512,) * 2, (64,) * 3], [(24, 20), (8, 9, 10)])
    for shape in shapes:
        for name, law in LAWS.items():
            for dtype in ("float32", "float64"):
                for threads in settings.threads:
                    yield from case(settings, shape, name, law, dtype, threads)


def case(settings, shape, name, law, dtype, threads):
    """The rows of one law, shape, precision and number of threads."""
    numba.set_num_threads(threads)
    A, u = pn.discretise(pn.Diffusion(law), pn.Grid(shape)), np.random.default_rng(0).random(shape).astype(dtype)
    works, steps = ours(A, u), {ALONE: 1, TOGETHER: STEPS}
    first, peers = works[ALONE](), {}
    for where, planes in LOOPS.items():
        parts, cells = loops(law, u.ndim, dtype, planes(shape, dtype), settings.pick(4_000_000, 400_000, 1000))
        works |= {f"{part} of {where}": work for part, work in parts.items()}
        steps |= dict.fromkeys((f"{part} of {where}" for part in parts), cells * threads / u.size)
    for peer, build in PEERS.items():
        if settings.wants(peer) and not (threads > 1 and peer in SERIAL):
            built = build(u, law, TAU, threads)
            if built is not None:
                peers[peer], works[peer], steps[peer] = built, built.work, built.steps
    for work in works.values():
        work()
    differences = {peer: difference(first, built) for peer, built in peers.items()}
    seconds = {key: [s / steps[key] for s in found] for key, found in interleaved(works, settings.seconds).items()}
    facts = {"dtype": dtype, "threads": threads, "cells": u.size}
    title = f"{name} {' x '.join(map(str, shape))}"

    def line(of, peer, target, **more):
        rate = u.size / float(np.median(seconds[of]))
        top = rate / ceiling(dtype, threads, u.nbytes, 2, operations(name, u.ndim)) if present("C") else None
        return row(title, (of, seconds[of]), (peer, seconds[peer]), target=target, roofline=top, **facts, **more)

    for where in LOOPS:
        diffusivities, fluxes = seconds[f"diffusivities of {where}"], seconds[f"fluxes of {where}"]
        seconds[where] = [sum(pair) for pair in zip(diffusivities, fluxes, strict=False)]
        share = np.median(diffusivities) / np.median(seconds[where])
        words = f"{100 * share:.0f} % of them diffusivities" + ("; one thread's time, halved" if threads == 2 else "")
        yield line(TOGETHER, where, None, difference=None, differs=words)

    for peer, built in peers.items():
        of = TOGETHER if built.steps > 1 else ALONE
        yield line(of, peer, TARGETS.get(peer), difference=differences[peer], differs=built.differs)
        if peer == "C":
            yield line(TOGETHER, peer, TARGET_OF_TEN, difference=None, differs="one step a call")


def operations(name: str, dim: int) -> dict[str, int]:
    """What a cell takes: `2 dim` slopes squared and added, the law, and `2 dim` fluxes of mean diffusivities."""
    return {RECIPROCAL[name]: 1, "add_and_multiply_add": 12 * dim + 3}


def ours(A, u) -> dict:
    """A step alone, and ten."""
    return {
        ALONE: lambda: A.mix(0.0, u, (1.0, 0.0, TAU), u),
        TOGETHER: lambda: pn.solve(A, u, pn.ExplicitEuler(), STEPS * TAU, tau=TAU, progress=False).u,
    }


def difference(ours, peer) -> float | None:
    """The largest difference of the states after one step, away from the walls where the peer says so."""
    if peer.result is None:
        return None
    k = peer.off_walls
    inside = (slice(k, -k or None),) * ours.ndim
    return float(np.abs(peer.result() - ours)[inside].max())
