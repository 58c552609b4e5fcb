"""Benchmarks: ours and peers on the same work in one run; `python -m benchmarks compare`."""

from importlib import import_module

# Each is a module with `measure(settings)`, which yields rows (rounds.row), limits of the machine, and notes.
SECTIONS = {
    "limits": "Limits of the machine",
    "kernels": "Explicit steps",
    "heat": "The heat equation at equal error",
    "nonlinear": "Charbonnier, convection-diffusion and Allen-Cahn at equal error",
    "splitting": "Tridiagonal systems of a step of AOS",
    "transport": "Steps of convection with reconstructed values",
    "graphs": "Diffusion on a graph",
    "scaling": "Growth with the grid and with the threads",
    "start": "Cold start",
    "multigrid": "One implicit step by multigrid",
    "tensors": "Steps on tensors, compiled by torch, and half precision as storage",
    "stencils": "Anisotropic diffusion, and parts of multigrid against the roofline",
    "training": "Forward and backward of networks",
}


def section(name: str):
    """The module of a section."""
    return import_module(f"{__name__}.{name}")
