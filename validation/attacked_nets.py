"""Deep nets under attack: how far a perturbation grows from the input to the output, against what is certified.

Symmetric nets of 10 to 200 blocks, trained to denoise the signals of `signals`, are certified at every weight: to keep
norms with Perona and Malik's activation, and distances too with that of Charbonnier. The standard net is that of everybody.
Random perturbations come first; then singular vectors of the Jacobian by power iteration; then a climb along gradients,
over the state and its perturbation together. All attacks run in double precision. What an attack finds is a lower bound
of the true growth, a certificate an upper one.

The paper size needs ten minutes of one idle core and goes on where it was stopped, like the other long studies.
"""

import time
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch.func import jvp, vjp

import pdenn as pn
from pdenn.networks import lipschitz

from .signals.data import psnr, signals
from .signals.networks import STANDARD, SYMMETRIC, network, slowed
from .signals.resume import resumed
from .signals.training import SEARCH_SEEDS, Stack, Training, best_rate, errors, trained
from .study import Claim, Study

KINDS = {
    "standard": (STANDARD, "ReLU"),
    "bounded": (SYMMETRIC, "Perona-Malik"),
    "contractive": (SYMMETRIC, "Charbonnier"),
}
FEATURES, TIME = 4, 8  # the diffusion time with which a symmetric net begins, in blocks at half their limit
RATES = (1e-3, 3e-3, 1e-2, 3e-2)
SCALES = (0.1, 1.0, 10.0)  # of the signals that are attacked: each sees another part of the activation
EPSILON = 1e-4  # size of a perturbation, relative to the state
SLACK = 1e-9  # for the rounding of 200 blocks, and of differences of states that are 1e-4 apart
SIZES = {
    "small": ((4, 12), 400, 2, Training(40, 16, 15), 12),
    "paper": ((10, 50, 100, 200), 10_000, 3, Training(100, 16, 25), 25),
}
COLOURS = {"standard": "0.35", "bounded": "C3", "contractive": "C0"}


class Depth(NamedTuple):
    """What is trained from all seeds at once, and then attacked."""

    kind: str
    blocks: int


def run(size: str) -> Study:
    """Growth of norms and distances through all nets, and what is certified of them."""
    depths, count, seeds, training, climbs = SIZES[size]
    data, validation, test = signals(count, 0), signals(200, 1), signals(500, 2)
    wanted = [Depth(kind, blocks) for blocks in depths for kind in KINDS]

    def measure(depth):
        begin, make = time.process_time(), partial(deep, depth)
        rate = best_rate(make, SEARCH_SEEDS[:1], RATES, data, validation, training)
        stack = trained(make, range(seeds), [rate], data, training.updates, training.batch)
        found = {"rate": rate, "psnr": [psnr(error) for error in errors(stack, test)]}
        found |= attacked(double(stack), states(test, seeds), climbs) | certificates(stack, depth)
        return depth._asdict() | found | {"seconds": time.process_time() - begin}

    runs = [measure(depth) for depth in wanted] if size == "small" else resumed("attacked_nets", wanted, measure)
    return study(runs)


def study(runs) -> Study:
    """The worst of all seeds in every row; the PSNR is their mean."""
    columns = ("net", "blocks", "PSNR", "norm, certified", "norm, attacked", "distance, certified", "distance, attacked",
               "distance, random")  # fmt: skip
    rows = [
        (r["kind"], r["blocks"], float(np.mean(r["psnr"])), r["norm_certified"] or "-", max(r["norm"]),
         r["distance_certified"] or "-", max(r["distance"]), max(r["random"]))
        for r in runs
    ]  # fmt: skip
    title = f"Growth through trained nets, at worst of {len(runs[0]['norm'])} seeds: attacks against certificates"
    return Study(title, columns, rows, claims(runs), lambda figure: draw(figure, runs))


def deep(depth: Depth):
    """A net that trains at any depth: a symmetric one begins with the same diffusion time, a standard one as identity."""
    net = network(*KINDS[depth.kind], FEATURES, depth.blocks)
    if depth.kind != "standard":
        return slowed(net, depth.blocks / TIME)
    for convolution in net.second:  # with random weights nets of 100 blocks do not learn
        torch.nn.init.zeros_(convolution.weight)
        torch.nn.init.zeros_(convolution.bias)
    return net


def double(stack) -> Stack:
    """The same networks in double precision."""
    return Stack(stack.module, {name: x.double() for name, x in stack.weights.items()})


def certificates(stack, depth) -> dict:
    """Largest growth of norms and distances that the certificates allow any of the nets; none for standard ones."""
    if depth.kind == "standard":
        return {"norm_certified": None, "distance_certified": None}
    nets = [double(stack).single(k) for k in range(len(stack))]
    if not all("bounded" in {c.claim for c in pn.certify(net)} for net in nets):
        raise AssertionError(f"a symmetric net of {depth.blocks} blocks has lost its certificate")
    return {"norm_certified": 1.0, "distance_certified": max(lipschitz(net) for net in nets)}


def states(test, nets: int):
    """Noisy signals of several sizes, and noise: `(nets, states, 1, n)`, float64."""
    u = test.noisy[:2].double()
    noise = torch.randn(u.shape, dtype=u.dtype, generator=torch.Generator().manual_seed(0))
    all_states = torch.cat([*(scale * u for scale in SCALES), noise])
    return all_states.repeat(nets, 1, 1, 1)


def norms(u):
    """Of every state of every net."""
    return u.flatten(2).norm(dim=2)[..., None, None]


def attacked(stack, u, climbs: int) -> dict[str, list[float]]:
    """The largest growth found in every net: of norms, of distances, and of distances to random perturbations."""
    with torch.no_grad():
        random = torch.randn(u.shape, dtype=u.dtype, generator=torch.Generator().manual_seed(1))
        blind = stretch(stack, u, random)
        direction = singular(stack, u, random, climbs // 2)
    size = norms(u)
    norm = climbed(lambda x: norms(stack(size * x / norms(x))) / size, u, climbs)
    pairs = torch.cat([u / size, direction], 2)  # a state and its perturbation, both of norm one
    distance = climbed(lambda x: stretch(stack, size * x[:, :, :1] / norms(x[:, :, :1]), x[:, :, 1:]), pairs, climbs)
    return {"norm": norm.tolist(), "distance": distance.tolist(), "random": blind.flatten(1).amax(1).tolist()}


def stretch(stack, u, direction):
    """`‖f(u + e) - f(u)‖ / ‖e‖` with `e` along the direction, `‖e‖ = ε ‖u‖`."""
    size = EPSILON * norms(u)
    return norms(stack(u + size * direction / norms(direction)) - stack(u)) / size


def singular(stack, u, v, iterations: int):
    """The first right singular vectors of the Jacobians at the states, by power iteration."""
    for _ in range(iterations):
        _, forward = jvp(stack, (u,), (v,))
        v = vjp(stack, u)[1](forward)[0]
        v = v / norms(v).clamp(min=1e-300)
    return v


def climbed(objective, x, climbs: int):
    """The largest value of the objective for every net, along steps up its gradient relative to the size of `x`."""
    highest = torch.full((len(x),), -torch.inf, dtype=x.dtype)
    for k in range(climbs):
        x = x.detach().requires_grad_(True)
        value = objective(x)
        highest = torch.maximum(highest, value.detach().flatten(1).amax(1))
        gradient = torch.autograd.grad(value.sum(), x)[0]
        x = x + 0.3 * 0.95**k * norms(x) / norms(gradient).clamp(min=1e-300) * gradient
    return highest


def claims(runs) -> list[Claim]:
    """The certificates, and what happens without one."""
    of = {kind: [r for r in runs if r["kind"] == kind] for kind in KINDS}
    safe = [r for r in runs if r["norm_certified"]]
    norm = max(max(r["norm"]) / r["norm_certified"] for r in safe)
    contractive, bounded = (max(max(r["distance"]) for r in of[kind]) for kind in ("contractive", "bounded"))
    share = max(max(r["distance"]) / r["distance_certified"] for r in safe)
    norms_of, distances = ([max(r[key]) for r in of["standard"]] for key in ("norm", "distance"))
    return [
        Claim(f"no attack raises the norm in a symmetric net: at most {norm:.4f} times", norm <= 1 + SLACK),
        Claim(f"no attack raises a distance in a contractive net: at most {contractive:.4f} times", contractive <= 1 + SLACK),
        Claim("no attack exceeds the certified Lipschitz constant of a symmetric net: at most "
              f"{share:.1%} of it are found", share <= 1 + SLACK),
        Claim(f"bounded is not contractive: distances in bounded nets grow up to {bounded:.2f} times", bounded > 1),
        Claim(f"standard nets of every depth raise norms (at worst {min(norms_of):.3g} to {max(norms_of):.3g} times) and "
              f"distances ({min(distances):.3g} to {max(distances):.3g} times)", min(norms_of + distances) > 1),
    ]  # fmt: skip


def draw(figure, runs):
    """Growth found against the number of blocks, every seed a dot, with the certificates as dashed lines."""
    figure.set_size_inches(9, 4.2)
    panels = figure.subplots(1, 2, sharex=True)
    for axes, key, title in zip(panels, ("norm", "distance"), ("norms", "distances"), strict=True):
        for kind, colour in COLOURS.items():
            own = [r for r in runs if r["kind"] == kind]
            blocks = [r["blocks"] for r in own]
            axes.plot(blocks, [max(r[key]) for r in own], color=colour, lw=1.2, label=f"{kind}, attacked")
            axes.plot(blocks, [r[key] for r in own], "o", color=colour, markersize=4)
            if kind != "standard":
                certified = [r[f"{key}_certified"] for r in own]
                dashes = (4.0 if kind == "bounded" else 0.0, (4.0, 4.0))  # where both are one, the colours alternate
                axes.plot(
                    blocks, certified, linestyle=dashes, color=colour, lw=1.6, zorder=3, label=f"{kind}, certified"
                )
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xticks(blocks, [str(b) for b in blocks])
        axes.minorticks_off()
        axes.set_title(f"Largest growth of {title}", fontsize=11)
        axes.set_xlabel("blocks")
        axes.grid(alpha=0.25)
    figure.legend(*panels[1].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
