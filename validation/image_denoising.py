"""Denoising of photographs by certified reaction-diffusion: what each claim costs in decibels.

Protocol: 384 of the 400 images of 180 x 180 train, every 25th validates, the 68 images test. White Gaussian noise of
standard deviation σ/255 is added and not clipped; the result is clipped to [0, 1]; the peak signal-to-noise ratio is the
mean over the images. 16 steps of explicit Euler, 24 kernels of 5 x 5 without mean each, with contrasts of their own.
Networks for σ = 15 and 50 begin as the one for 25 with scaled contrasts. Training goes on where it was stopped; the
weights are kept beside the results.
"""

import math
from functools import partial
from pathlib import Path

import numpy as np
import torch
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle
from torch.nn.utils import parametrize

import pdenn as pn
from pdenn.datasets import sources
from pdenn.networks import weights

from .study import Claim, Study

SIGMAS = (25, 15, 50)
LAWS = {"contractive": pn.Charbonnier(14 / 255), "bounded": pn.PeronaMalikExponential(30 / 255)}
# Means on the same 68 images as published: BM3D and TNRD in the tables of DnCNN (Zhang et al. 2017), the convex and the
# weakly convex ridge regulariser as the mean of the files in their repositories (Goujon, Neumayer and Unser 2023, 2024).
PUBLISHED = {
    "BM3D": {15: 31.07, 25: 28.57, 50: 25.62},
    "CRR-NN, convex": {15: 30.55, 25: 28.10},
    "WCRR-NN, weakly convex": {15: 31.21, 25: 28.68},
    "TNRD, no claim": {15: 31.42, 25: 28.92, 50: 25.97},
}
CROP, PATCHES = 48, 16
PLANS = {
    25: pn.networks.Plan(epochs=110, batch=8, rate=0.01),
    15: pn.networks.Plan(epochs=12, batch=8, rate=0.003),
    50: pn.networks.Plan(epochs=12, batch=8, rate=0.003),
}
SMALL = pn.networks.Plan(epochs=2, batch=4, rate=0.01)
WEIGHTS = Path(__file__).parent / "results" / "weights"


def run(size: str) -> Study:
    """Networks of both claims for all noise levels, and what others reach."""
    if size == "small":
        images = [x[:96, :96] for x in pn.datasets.berkeley("bsd68")[:2]]
        nets = {(claim, 25): trained(claim, 25, SMALL, shape=(2, 24, 5), images=24) for claim in LAWS}
        sigmas = (25,)
    else:
        images, sigmas = pn.datasets.berkeley("bsd68"), SIGMAS
        nets = {(claim, sigma): kept(claim, sigma) for claim in LAWS for sigma in SIGMAS}
    images = [torch.tensor(x / 255, dtype=torch.float32) for x in images]
    rows = [row(net, claim, sigma, images) for (claim, sigma), net in nets.items()]
    rows += [
        (name, sigma, "-", "-", "-", "-", quality(method, images, sigma))
        for name, method in CLASSICAL.items()
        for sigma in sigmas
    ]
    rows += [(f"{name} (published)", s, "-", "-", "-", "-", values[s]) for name, values in PUBLISHED.items()
             for s in sigmas if s in values]  # fmt: skip
    columns = ("method", "σ", "parameters", "Lipschitz constant proved", "found", "averaged", "dB")
    title = f"Gaussian denoising: mean over {len(images)} images"
    return Study(title, columns, rows, claims(rows, size), partial(draw, net=nets["contractive", 25], images=images))


def network(claim: str, blocks=16, features=24, kernel=5):
    """A network at its initial weights: cosines as kernels, steps at three quarters of their limit."""
    torch.manual_seed(0)
    net = pn.networks.ReactionDiffusionNet(
        1, features, blocks, law=LAWS[claim], claim=claim, kernel=kernel, individual=True, reaction=0.037
    )
    waves = cosines(kernel)[1 : features + 1, None]
    for block in net.blocks:
        block.convolution.weight.data = waves + 0.03 * torch.randn_like(waves)
        parametrize.register_parametrization(block.convolution, "weight", WithoutMean())
    net.theta.data.fill_(1.0)
    return net


class WithoutMean(torch.nn.Module):
    """Kernels whose taps sum to zero: what is constant stays so."""

    def forward(self, weight):
        return weight - weight.mean((2, 3), keepdim=True)


def cosines(n: int):
    """The two-dimensional cosine transform: `n²` orthonormal kernels of `n x n`, by rising frequency."""
    k, x = torch.arange(n)[:, None], torch.arange(n) + 0.5
    waves = torch.cos(math.pi * k * x / n)
    waves = waves / torch.linalg.vector_norm(waves, dim=1, keepdim=True)
    order = sorted((a * a + b * b, a, b) for a in range(n) for b in range(n))
    return torch.stack([waves[a][:, None] * waves[b] for _, a, b in order])


def kept(claim: str, sigma: int):
    """The network of the paper size: from the weights beside the results, or trained."""
    net, path = network(claim), WEIGHTS / f"image_denoising_{claim}_{sigma}.safetensors"
    if path.is_file():
        weights.load(net, path)
        return net
    first = None if sigma == 25 else kept(claim, 25)
    cache = sources.cache() / "validation" / f"image_denoising_{claim}_{sigma}.safetensors"
    cache.parent.mkdir(parents=True, exist_ok=True)
    net = trained(claim, sigma, PLANS[sigma], first=first, checkpoint=cache, progress=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    weights.save(net, path)
    return net


def trained(claim, sigma, plan, shape=(16, 24, 5), images=400, first=None, **how):
    """A network after training, with the flux compiled while it lasts on the paper's size."""
    net = network(claim, *shape)
    if first is not None:
        net.load_state_dict(first.state_dict())
        for block in net.blocks:
            block.logarithms.data += math.log(sigma / 25)
    x = torch.tensor(np.stack(pn.datasets.berkeley("bsd400")[:images]) / 255, dtype=torch.float32)[:, None]
    held_out = torch.arange(len(x)) % 25 == 0
    if how:
        compiled = torch.compile(flux, dynamic=False)
        for block in net.blocks:
            block.flux = partial(compiled, block.kind, block.logarithms)
    patches = x[held_out].repeat(PATCHES, 1, 1, 1)
    pn.networks.train(net, partial(loss, sigma=sigma / 255), x[~held_out], plan, validation=patches, **how)
    for block in net.blocks:
        vars(block).pop("flux", None)
    return net


def flux(kind, logarithms, s):
    """`Φ` of a block as one function, which a compiler makes one loop of."""
    return kind(*logarithms.exp()).g(s * s) * s


def loss(net, x, sigma):
    """Mean square error on a noisy crop of every image, at a place of its own, turned or mirrored."""
    places = torch.randint(x.shape[-1] - CROP + 1, (len(x), 2)).tolist()
    u = torch.stack([image[:, i : i + CROP, j : j + CROP] for image, (i, j) in zip(x, places, strict=True)])
    way = int(torch.randint(4, ()))
    u = u.mT if way % 2 else u
    u = u.flip(2) if way > 1 else u
    return (net(u + sigma * torch.randn_like(u)) - u).square().mean()


def noisy(image, number: int, sigma):
    """The image with the noise that image `number` always gets."""
    return image + sigma / 255 * torch.randn(image.shape, generator=torch.Generator().manual_seed(number))


def quality(method, images, sigma) -> float:
    """Mean peak signal-to-noise ratio of `method(f, σ)` in dB."""
    found = []
    for number, image in enumerate(images):
        with torch.no_grad():
            error = method(noisy(image, number, sigma), sigma / 255).clamp(0, 1) - image
        found.append(-10 * math.log10(float(error.double().square().mean())))
    return float(np.mean(found))


def row(net, claim, sigma, images) -> tuple:
    """What a network reaches, and what is proved and found of its Lipschitz constant."""
    proved = {c.claim for c in pn.certify(net)}
    assert claim in proved
    parameters = sum(p.numel() for p in net.parameters())
    alpha = pn.networks.averaged(net)
    found = sensitivity(net, noisy(images[0], 0, sigma)[None, None, :96, :96])
    constant = pn.networks.lipschitz(net)
    reached = quality(lambda f, _: net(f[None, None])[0, 0], images, sigma)
    return f"ours, {claim}", sigma, parameters, constant, found, "-" if alpha is None else alpha, reached


def sensitivity(net, u, iterations=8) -> float:
    """A lower bound of the largest singular value of the Jacobian at `u`, by power iteration."""
    v = torch.randn(u.shape, generator=torch.Generator().manual_seed(0))
    for _ in range(iterations):
        v = v / torch.linalg.vector_norm(v)
        w = torch.autograd.functional.jvp(net, u, v)[1]
        v = torch.autograd.functional.vjp(net, u, w)[1]
    return float(torch.linalg.vector_norm(w))


# Weights by the noise level, set by hand: a point of reference, not the best of these methods.
CLASSICAL = {
    "noisy": lambda f, sigma: f,
    "total variation (scikit-image)": lambda f, s: torch.tensor(denoise_tv_chambolle(f.numpy(), weight=1.1 * s)),
    "non-local means (scikit-image)": lambda f, s: torch.tensor(
        denoise_nl_means(f.numpy(), patch_size=5, patch_distance=6, h=0.6 * s, sigma=s, fast_mode=True)
    ),
}


def claims(rows, size) -> list[Claim]:
    """What is held to: the claim on every attack, the size, and the published results."""
    found = []
    ours = [r for r in rows if r[0].startswith("ours")]
    reached = {(r[0].removeprefix("ours, "), r[1]): r[6] for r in rows}
    for name, sigma, parameters, constant, sharp, _, decibels in ours:
        found.append(
            Claim(f"{name}, σ = {sigma}: the attack stays below what is proved", sharp <= constant * (1 + 1e-5))
        )
        found.append(Claim(f"{name}, σ = {sigma}: at most 15,000 parameters", parameters <= 15000))
        better = decibels > reached["noisy", sigma] + 1
        found.append(Claim(f"{name}, σ = {sigma}: more than 1 dB better than what it was given", better))
    if size == "paper":
        for claim, rival in (("contractive", "CRR-NN, convex"), ("bounded", "CRR-NN, convex"), ("bounded", "WCRR-NN, weakly convex"),
                             ("bounded", "BM3D")):  # fmt: skip
            found += [
                Claim(f"ours, {claim}, σ = {s}: above {rival} ({value:.2f} dB)", reached[claim, s] > value)
                for s, value in PUBLISHED[rival].items()
            ]
    return found


def draw(figure, net, images):
    """An image, its noise, what the contractive network makes of it, and the kernels of its first step."""
    panels = figure.subplots(2, 2)
    image = images[min(6, len(images) - 1)]
    f = noisy(image, 6, 25)
    with torch.no_grad():
        u = net(f[None, None])[0, 0]
    weight = net.blocks[0].convolution.weight.detach()[:, 0]
    weight = torch.nn.functional.pad(weight / weight.abs().amax((1, 2), keepdim=True), (0, 1, 0, 1), value=float("nan"))
    tiles = torch.cat([torch.cat(list(line), 1) for line in weight.split(6)], 0)
    shown = {"photograph": image, "with noise, σ = 25": f, "restored, no two inputs further apart": u.clamp(0, 1)}
    for axes, (title, x) in zip(panels.flat, shown.items(), strict=False):
        axes.imshow(x, cmap="gray", vmin=0, vmax=1)
        axes.set_title(title, fontsize=9)
        axes.axis("off")
    panels[1, 1].imshow(tiles, cmap="RdBu", vmin=-1, vmax=1)
    panels[1, 1].set_title("kernels of the first step", fontsize=9)
    panels[1, 1].axis("off")
