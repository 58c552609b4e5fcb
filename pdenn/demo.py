"""A photograph with noise, denoised by isotropic nonlinear diffusion, and by the network that the scheme is.

Rests on the public interface. The photograph is `skimage.data.camera()`, which comes with scikit-image.
Contrast and time were chosen for a high PSNR on this very photograph.
"""

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

import pdenn

from .files import claims, write_json, write_picture, write_result
from .files.aside import aside
from .files.claims import plain

SEED = 0
NOISE = 25 / 255  # standard deviation
LAW = pdenn.Charbonnier(contrast=0.01)
SCHEME = pdenn.FSI(n=4)
T_END = 8.0
TAU = 1.0


class Report(NamedTuple):
    """What the demo found.

    Attributes
    ----------
    noisy, diffused : float
        PSNR in dB against the clean photograph.
    difference : float
        The largest difference between the network's picture and the solver's.
    claims : dict
        As `pdenn.files.claims` gives them.
    solution : Solution
    seconds : float
        Wall-clock time of it all.
    written : list of Path
    """

    noisy: float
    diffused: float
    difference: float
    claims: dict
    solution: pdenn.Solution
    seconds: float
    written: list

    def lines(self) -> list[str]:
        """The report for people."""
        s = self.solution
        return [
            f"{s.operator.equation} on {s.operator.grid.shape} cells",
            f"{s.scheme}: {s.steps} cycles of τ = {s.tau:g} to t = {s.t:g}, {s.calls} evaluations, {s.seconds:.2f} s",
            f"noise of standard deviation {255 * NOISE:g} of 255: {self.noisy:.2f} dB, denoised {self.diffused:.2f} dB",
            f"the network derived from the scheme gives the same picture: maximum difference {self.difference:.1e}",
            f"everything took {self.seconds:.1f} s",
        ]


def run(folder, cells: int | None = None) -> Report:
    """Denoise, derive, certify, and write denoised.png, demo.png, result.nc and certificate.json.

    Parameters
    ----------
    folder : path
    cells : int, optional
        Take a square of this width from the middle of the photograph instead of all of it.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    begin, folder = time.perf_counter(), Path(folder)
    clean = photograph(cells)
    noisy = clean + NOISE * np.random.default_rng(SEED).standard_normal(clean.shape)
    A = pdenn.discretise(pdenn.Diffusion(LAW), pdenn.Grid(clean.shape))
    solution = pdenn.solve(A, noisy, SCHEME, T_END, tau=TAU)
    difference = float(np.abs(by_network(A, noisy, solution) - solution.u).max())
    names = ("demo.png", "denoised.png", "result.nc", "certificate.json")
    figure, picture, result, certificate = written = [folder / name for name in names]
    draw(figure, clean, noisy, solution.u)
    write_picture(picture, solution.u)
    write_result(result, solution.to_xarray())
    found = claims(SCHEME, A)
    write_json(certificate, {**solution.provenance(), "certificate": plain(solution.certificate), "claims": found})
    qualities = psnr(noisy, clean), psnr(solution.u, clean)
    return Report(*qualities, difference, found, solution, time.perf_counter() - begin, written)


def photograph(cells: int | None = None) -> np.ndarray:
    """The photograph, or the square of `cells` by `cells` in its middle, float64 in [0, 1]."""
    from skimage.data import camera

    u = camera() / 255
    if cells is None:
        return u
    first, left = ((n - cells) // 2 for n in u.shape)
    return u[first : first + cells, left : left + cells]


def by_network(A, noisy, solution) -> np.ndarray:
    """The final state by the network that the scheme of `solution` is."""
    import torch

    network = pdenn.derive(A, solution.scheme, solution.tau, solution.steps)
    with torch.no_grad():
        return network(torch.from_numpy(noisy)).numpy()


def psnr(u, clean) -> float:
    """Peak signal to noise ratio in dB, for values in [0, 1]."""
    return float(-10 * np.log10(np.mean((u - clean) ** 2)))


def draw(path, clean, noisy, diffused):
    """The four pictures side by side, and what the diffusion removed in colours of its own."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 9.9))
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2)
    figure.subplots_adjust(left=0.01, right=0.99, top=0.965, bottom=0.055, wspace=0.02, hspace=0.07)
    pictures = {
        "clean": clean,
        f"noisy, {psnr(noisy, clean):.1f} dB": noisy,
        f"diffused, {psnr(diffused, clean):.1f} dB": diffused,
    }
    for axis, (title, picture) in zip(axes.flat, pictures.items(), strict=False):
        axis.imshow(picture, cmap="gray", vmin=0, vmax=1)
        axis.set_title(title, fontsize=13)
    removed = axes[1, 1].imshow(noisy - diffused, cmap="RdBu_r", vmin=-3 * NOISE, vmax=3 * NOISE)
    axes[1, 1].set_title("difference: noisy minus diffused", fontsize=13)
    for axis in axes.flat:
        axis.set_axis_off()
    bar = axes[1, 1].inset_axes([0.1, -0.05, 0.8, 0.03])
    figure.colorbar(removed, cax=bar, orientation="horizontal", ticks=[-0.2, -0.1, 0, 0.1, 0.2])
    with aside(path) as partial:
        figure.savefig(partial, dpi=110)
