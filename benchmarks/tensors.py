"""Charbonnier steps on tensors: `pdenn.compiled` against plain torch, eager and compiled by hand, and half precision as storage.

One step is `B.mix(t, u, (1, 0, τ), u)`; a hundred are `pn.solve` with explicit Euler, of which times are those of one step. On
the CPU with one thread, and on a GPU where there is one: there also with CUDA graphs, which many small steps need. Half precision
is compared with single precision; its difference is the largest one after ten steps.
"""

from functools import partial

import numba
import numpy as np
import torch
from torch.nn import functional

import pdenn as pn

from .rounds import interleaved, row

TAU, STEPS, ROUNDED = 0.15, 100, 10
LAW = pn.Charbonnier(0.1)
OURS, EAGER, BY_HAND, ARRAYS = "pdenn.compiled", "torch", "torch.compile by hand", "pdenn, arrays"
GRAPHS = "reduce-overhead"
HALVES = {"float16": torch.float16, "bfloat16": torch.bfloat16}


def measure(settings):
    """Rows of both sizes, on every device that is there."""
    torch.set_num_threads(1)
    numba.set_num_threads(1)
    for n in settings.pick((512, 2048), (512,), (16,)):
        for device in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):
            u = torch.from_numpy(np.random.default_rng(0).random((n, n), np.float32)).to(device)
            facts = {"threads": 1} if device == "cpu" else {}
            where = "CPU" if device == "cpu" else torch.cuda.get_device_name()
            for case, pairs in (("a step", one_step(u)), ("a hundred steps", many_steps(u)), ("a step", half(u))):
                yield from rows(settings, f"{n} x {n}, {where}, {case}", pairs, facts)


def rows(settings, case, found, facts):
    """`found` holds the works, how many steps they take, and what is compared: triples of ours, peer, and their difference."""
    works, steps, pairs = found
    results = {name: work() for name, work in works.items()}
    seconds = {name: [s / steps for s in times] for name, times in interleaved(works, settings.seconds).items()}
    for ours, peer, difference in pairs:
        dtype = ours.rpartition(", ")[2] if ours.rpartition(", ")[2] in HALVES else "float32"
        far = float((results[ours] - results[peer]).abs().max()) if difference is None else difference
        yield row(case, (ours, seconds[ours]), (peer, seconds[peer]), dtype=dtype, difference=far, **facts)


def one_step(u):
    """A step by all, on the CPU by the kernels for arrays, too."""
    A, tau = operator(u), torch.tensor(TAU, device=u.device)
    works = {
        OURS: lambda: pn.compiled(A).mix(0.0, u, (1.0, 0.0, TAU), u),
        EAGER: lambda: plain(u, tau),
        BY_HAND: partial(by_hand(None), u, tau),
    }
    if u.device.type == "cpu":
        array = u.numpy()
        works[ARRAYS] = lambda: torch.from_numpy(A.mix(0.0, array, (1.0, 0.0, TAU), array))
    return {name: waited(work, u) for name, work in works.items()}, 1, [(OURS, peer, None) for peer in [*works][1:]]


def many_steps(u):
    """A hundred steps by the one time loop and by a loop by hand; on a GPU with CUDA graphs, too."""
    modes = (None, GRAPHS) if u.is_cuda else (None,)
    works, pairs = {}, []
    for mode in modes:
        ours, peer = (name if mode is None else f"{name}, CUDA graphs" for name in (OURS, BY_HAND))
        works[ours], works[peer] = waited(partial(solved, u, mode), u), waited(partial(looped, u, mode), u)
        pairs.append((ours, peer, None))
    if u.is_cuda:
        pairs.append((f"{OURS}, CUDA graphs", OURS, None))
    return works, STEPS, pairs


def half(u):
    """A step of states that are stored in half precision against one of single precision."""
    B = pn.compiled(operator(u))
    states = {OURS: u, **{f"{OURS}, {name}": u.to(dtype) for name, dtype in HALVES.items()}}
    works = {name: waited(partial(B.mix, 0.0, v, (1.0, 0.0, TAU), v), u) for name, v in states.items()}
    ends = {name: pn.solve(B, v, pn.ExplicitEuler(), ROUNDED * TAU, tau=TAU).u.float() for name, v in states.items()}
    return works, 1, [(name, OURS, float((ends[name] - ends[OURS]).abs().max())) for name in [*states][1:]]


def operator(u):
    return pn.discretise(pn.Diffusion(LAW), pn.Grid(tuple(u.shape)))


def solved(u, mode):
    """Steps by `pn.solve`."""
    B = pn.compiled(operator(u), mode)
    return pn.solve(B, u, pn.ExplicitEuler(), STEPS * TAU, tau=TAU, progress=False).u


def looped(u, mode):
    """Steps by hand; a CUDA graph writes to the same memory again, from which the state is copied."""
    step, tau = by_hand(mode), torch.tensor(TAU, device=u.device)
    for _ in range(STEPS):
        u = step(u, tau) if mode is None else step(u, tau).clone()
    return u


def by_hand(mode):
    """The plain step, compiled."""
    return torch.compile(plain, dynamic=False, mode=mode)


def plain(u, tau):
    """The same step as one would write it in torch: slopes that vanish on the walls, `g` of cells, fluxes."""
    across, along = functional.pad(u.diff(dim=0), (0, 0, 1, 1)), functional.pad(u.diff(dim=1), (1, 1))
    g = LAW.g((across[1:] ** 2 + across[:-1] ** 2 + along[:, 1:] ** 2 + along[:, :-1] ** 2) / 2)
    g = functional.pad(g[None, None], (1, 1, 1, 1), "replicate")[0, 0]
    across = (g[1:, 1:-1] + g[:-1, 1:-1]) * across / 2
    along = (g[1:-1, 1:] + g[1:-1, :-1]) * along / 2
    return u + tau * (across.diff(dim=0) + along.diff(dim=1))


def waited(work, u):
    """A work that ends when the GPU has done it."""

    def done():
        result = work()
        if u.is_cuda:
            torch.cuda.synchronize()
        return result

    return done
