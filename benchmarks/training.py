"""Forward and backward: a block of one channel by columns and by the library's convolutions; networks with and without recomputation.

A network that computes the inside of its steps again in the backward pass trades time for memory. What it holds at most beyond
weights and input is what the profiler of torch saw allocated and released, in states of the size of the input.
"""

import json
import tempfile
from functools import partial
from itertools import accumulate
from pathlib import Path
from unittest.mock import patch

import torch
from torch.utils.checkpoint import checkpoint

import pdenn as pn
from pdenn.networks import Convolution, DiffusionBlock, SymmetricNet, convolution

from .rounds import interleaved, row

SHAPES = [(8, 3, 8, 48), (24, 5, 8, 48), (24, 7, 16, 64)]  # features, kernel, batch, cells an axis
KEPT, AGAIN = "all kept", "recomputed"


def measure(settings):
    """Rows in single precision on one thread; differences are relative to the largest entry of a gradient."""
    torch.set_num_threads(1)
    yield from columns_and_library(settings)
    yield from recomputation(settings)


def columns_and_library(settings):
    """A block both ways."""
    for features, kernel, batch, n in settings.pick(SHAPES, SHAPES[:1], [(2, 3, 1, 8)]):
        torch.manual_seed(0)
        block = DiffusionBlock(Convolution(1, features, kernel), pn.Charbonnier(0.1))
        works = built(block, torch.rand(batch, 1, n, n))
        case = f"{features} features {kernel} x {kernel}, batch {batch} x {n} x {n}"
        yield compared(settings, case, "columns", "library", works)


def recomputation(settings):
    """Rows of two kinds of networks: the time, and in a note the memory."""
    batch, n, steps = settings.pick((8, 128, 10), (4, 64, 10), (1, 32, 3))
    u, A = torch.rand(batch, n, n), pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((n, n)))
    derived = {again: pn.derive(A, pn.FSI(8), None, steps, recompute=again) for again in (False, True)}
    symmetric = {again: symmetric_net(steps, again) for again in (False, True)}
    for name, nets, v in (
        (f"{steps} cycles of FSI(8)", derived, u),
        (f"{steps} blocks of 16 features", symmetric, u[:, None]),
    ):
        works = {KEPT: partial(gradients, nets[False], v), AGAIN: partial(gradients, nets[True], v)}
        memory = {way: peak(work) / v.nbytes for way, work in works.items()}
        case = f"{name}, batch {batch} x {n} x {n}"
        yield compared(settings, case, AGAIN, KEPT, works) | {
            "memory_states": memory[AGAIN], "memory_states_of_peer": memory[KEPT]}  # fmt: skip
        yield {"note": f"{case}: at most {memory[AGAIN]:.0f} states in memory where the inside of steps is recomputed, "
                       f"{memory[KEPT]:.0f} where it is kept"}  # fmt: skip


def compared(settings, case, ours, peer, works):
    """The row of two works that each give all gradients."""
    found = zip(*(work() for work in works.values()), strict=True)
    difference = max(float((a - b).abs().max() / b.abs().max()) for a, b in found)
    seconds = interleaved(works, settings.seconds)
    return row(case, (ours, seconds[ours]), (peer, seconds[peer]), dtype="float32", threads=1, difference=difference)


def built(block, u) -> dict:
    """Forward and backward of a block, both ways."""
    columns = partial(gradients, partial(block, 0.0), u, tuple(block.parameters()))

    def library():
        with patch.object(convolution, "serves", lambda u, weight: False):
            return columns()

    return {"columns": columns, "library": library}


def symmetric_net(blocks, again):
    """Whose blocks compute their features again, or keep them."""
    torch.manual_seed(0)
    network = SymmetricNet(features=16, blocks=blocks)
    for block in network.blocks if again else ():
        block.forward = partial(checkpoint, block.forward, use_reentrant=False)
    return network


def gradients(network, u, parameters=None):
    """Of the square of the output, to the state and to all weights."""
    v = u.clone().requires_grad_()
    parameters = tuple(network.parameters()) if parameters is None else parameters
    found = torch.autograd.grad(network(v).square().sum(), (v, *parameters), allow_unused=True)
    return [x for x in found if x is not None and x.numel()]


def peak(work) -> int:
    """Bytes on the CPU that torch holds at most while it works, beyond what it held before."""
    cpu = torch.profiler.ProfilerActivity.CPU
    with torch.profiler.profile(activities=[cpu], profile_memory=True) as seen:
        work()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        seen.export_chrome_trace(str(path))
        events = json.loads(path.read_text())["traceEvents"]
    changes = sorted((e["ts"], e["args"]["Bytes"]) for e in events if e.get("name") == "[memory]")
    return max(accumulate(change for _, change in changes), default=0)
