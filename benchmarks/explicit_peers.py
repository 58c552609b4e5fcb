"""One explicit step of isotropic diffusion by every peer: functions `peer(u, law, tau, threads)` that build it.

The discretisation to reproduce, mesh width 1 and reflecting walls: `s` in a cell is half the sum of the squared differences
over its faces, a face has the mean of `g(s)` of its cells, and `u + τ div(g ∇u)` follows. Peers that cannot say so
tell in words what they do instead. Imports stand inside: a peer that is not installed is absent, no more.
"""

from typing import NamedTuple

import numpy as np

import pdenn as pn

from .c_code import function, library


class Peer(NamedTuple):
    """How a peer makes one step.

    Attributes
    ----------
    work : function of no argument
        Makes `steps` steps; the first gives the result.
    steps : int
    result : function of no argument, optional
        The state after one step as an array, where the discretisation is the same.
    off_walls : int
        Cells along the walls where the result may differ.
    differs : str
        What else the peer does.
    """

    work: object
    steps: int = 1
    result: object = None
    off_walls: int = 0
    differs: str = ""


def c_loop(u, law, tau, threads):
    """`c/explicit.c`."""
    dtype, out = u.dtype.name, np.empty_like(u)
    loaded = library("explicit", dtype, *(["PERONA_MALIK"] if isinstance(law, pn.PeronaMalik) else []))
    step = function(loaded, f"step{u.ndim}", dtype, "a" + "i" * u.ndim + "rra")

    def work():
        loaded.omp_set_num_threads(threads)
        step(u, *u.shape, law.contrast, tau, out)
        return out

    return Peer(work, result=work)


def devito(u, law, tau, threads):
    """A `TimeFunction` with one equation for the diffusivity and one for the step, compiled by Devito with OpenMP."""
    import devito as dv

    dv.configuration["log-level"], dv.configuration["language"] = "ERROR", "openmp"
    grid = dv.Grid(shape=u.shape, extent=tuple(n - 1.0 for n in u.shape), dtype=u.dtype.type)
    v = dv.TimeFunction(name="u", grid=grid, time_order=1, space_order=4)
    centre, g = list(grid.dimensions), dv.Function(name="g", grid=grid, space_order=4)
    here, sides = v[(grid.stepping_dim, *centre)], []
    for axis in range(u.ndim):
        for side in (-1, 1):
            there = [x + side * (axis == k) for k, x in enumerate(centre)]
            sides.append((v[(grid.stepping_dim, *there)] - here, g[tuple(there)] + g[tuple(centre)]))
    squares = sum(d * d for d, _ in sides) * u.dtype.type(0.5 / law.contrast**2)
    denominator = 1 + squares if isinstance(law, pn.PeronaMalik) else dv.sqrt(1 + squares)
    diffusivity = dv.Eq(g, 1 / denominator, subdomain=grid.interior)
    forward = here + u.dtype.type(tau / 2) * sum(d * a for d, a in sides)
    step = dv.Operator([diffusivity, dv.Eq(v.forward, forward, subdomain=grid.interior)])
    v.data[0] = v.data[1] = u

    def result():
        v.data[0] = u
        step.apply(time_m=0, time_M=0, nthreads=threads)
        return np.array(v.data[1])

    return Peer(
        lambda: step.apply(time_m=0, time_M=9, nthreads=threads), 10, result, 2, "walls are held; ten steps a call"
    )


def torch_eager(u, law, tau, threads):
    """Slices and sums of tensors, in a loop of ten steps."""
    import torch

    def step(state):
        differences = [state.diff(dim=axis) for axis in range(u.ndim)]
        s = torch.zeros_like(state)
        for axis, d in enumerate(differences):
            s.narrow(axis, 0, d.shape[axis]).addcmul_(d, d, value=0.5)
            s.narrow(axis, 1, d.shape[axis]).addcmul_(d, d, value=0.5)
        g, out = law.g(s), state.clone()
        for axis, d in enumerate(differences):
            n = d.shape[axis]
            flux = (g.narrow(axis, 0, n) + g.narrow(axis, 1, n)) * d * (tau / 2)
            out.narrow(axis, 0, n).add_(flux)
            out.narrow(axis, 1, n).sub_(flux)
        return out

    def work():
        torch.set_num_threads(threads)
        state = torch.from_numpy(u)
        with torch.inference_mode():
            for _ in range(10):
                state = step(state)
        return state

    return Peer(work, 10, lambda: step(torch.from_numpy(u)).numpy(), differs="ten steps a call")


def numpy_in_place(u, law, tau, threads):
    """Slices and sums of arrays, with all temporary arrays made before."""
    lower = [tuple(slice(None, -1) if k == axis else slice(None) for k in range(u.ndim)) for axis in range(u.ndim)]
    upper = [tuple(slice(1, None) if k == axis else slice(None) for k in range(u.ndim)) for axis in range(u.ndim)]
    differences = [np.empty_like(u[part]) for part in lower]
    squares, g, out = [np.empty_like(d) for d in differences], np.empty_like(u), np.empty_like(u)
    half, scale, real = u.dtype.type(0.5 / law.contrast**2), u.dtype.type(tau / 2), u.dtype.type

    def work():
        g.fill(0)
        for low, up, d, square in zip(lower, upper, differences, squares, strict=True):
            np.subtract(u[up], u[low], out=d)
            np.multiply(d, d, out=square)
            np.multiply(square, half, out=square)
            np.add(g[low], square, out=g[low])
            np.add(g[up], square, out=g[up])
        np.add(g, real(1), out=g)
        if isinstance(law, pn.Charbonnier):
            np.sqrt(g, out=g)
        np.divide(scale, g, out=g)
        np.copyto(out, u)
        for low, up, d, flux in zip(lower, upper, differences, squares, strict=True):
            np.add(g[low], g[up], out=flux)
            np.multiply(flux, d, out=flux)
            np.add(out[low], flux, out=out[low])
            np.subtract(out[up], flux, out=out[up])
        return out

    return Peer(work, result=work)


def diplib(u, law, tau, threads):
    """`PeronaMalikDiffusion` with the quadratic diffusivity."""
    import diplib as dip

    image = dip.Image(u.astype(np.float32))

    def work():
        dip.SetNumberOfThreads(threads)
        return dip.PeronaMalikDiffusion(image, iterations=10, K=law.contrast, stepSizeLambda=tau, g="quadratic")

    return Peer(work, 10, differs="single precision, g of each face by itself, Perona-Malik; ten steps a call")


def simpleitk(u, law, tau, threads):
    """`GradientAnisotropicDiffusion`."""
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(u)
    image_filter = sitk.GradientAnisotropicDiffusionImageFilter()
    image_filter.SetTimeStep(min(tau, 0.5 ** (u.ndim + 1)))
    image_filter.SetConductanceParameter(1.0)
    image_filter.SetNumberOfIterations(10)
    image_filter.SetNumberOfThreads(threads)
    return Peer(
        lambda: image_filter.Execute(image), 10,
        differs="exponential diffusivity, contrast relative to the mean gradient; ten steps a call",
    )  # fmt: skip


def opencv(u, law, tau, threads):
    """`ximgproc.anisotropicDiffusion`, which knows pictures only."""
    import cv2

    if u.ndim != 2:
        return None
    image = np.ascontiguousarray(np.broadcast_to((255 * u).clip(0, 255).astype(np.uint8)[..., None], (*u.shape, 3)))

    def work():
        cv2.setNumThreads(threads)
        return cv2.ximgproc.anisotropicDiffusion(image, tau / 2, 255 * law.contrast, 10)

    return Peer(work, 10, differs="three channels of 8 bits, 8 neighbours, exponential diffusivity; ten steps a call")


def py_pde(u, law, tau, threads):
    """A `PDEBase` with gradient and divergence of fields, by the Euler stepper."""
    import pde

    class Diffusion(pde.PDEBase):
        def evolution_rate(self, state, t=0):
            slope = state.gradient(bc="derivative")
            return (slope * law.g(slope.to_scalar("squared_sum").data)).divergence(bc="derivative")

    state = pde.ScalarField(pde.CartesianGrid([[0, n] for n in u.shape], u.shape), u, dtype=u.dtype)
    stepper = pde.EulerSolver(Diffusion(), backend="numpy").make_stepper(state, dt=tau)

    @np.errstate(invalid="ignore")  # it copies ghost cells before it fills them
    def work():
        stepper(state, 0.0, 10 * tau)

    return Peer(work, 10, differs="wide central differences; ten steps a call")


PEERS = {
    "C": c_loop,
    "Devito": devito,
    "DIPlib": diplib,
    "torch": torch_eager,
    "NumPy": numpy_in_place,
    "OpenCV": opencv,
    "SimpleITK": simpleitk,
    "py-pde": py_pde,
}
SERIAL = ("NumPy", "py-pde")  # compared on one thread only
