"""Operators whose definition the compiler of torch turns into fused kernels, on the CPU and on the GPU.

Rests on `torch.compile`: a tensor brings torch along, arrays go to the operator's own kernels.
"""

from functools import cache
from typing import Any

from ..arrays import check_state, is_torch, namespace
from .combine import split


class Compiled:
    """`A`, compiled for tensors; see `compiled`."""

    def __init__(self, A, mode):
        self.A, self.mode = A, mode

    def __getattr__(self, name: str) -> Any:
        if name in ("A", "mode", "recur"):  # not yet there while a copy is made; several steps at once are for arrays
            raise AttributeError(name)
        return getattr(self.A, name)

    def __repr__(self):
        return f"compiled({self.A!r})"

    def __call__(self, t, u):
        check_state(u, self.grid.shape)
        if not is_torch(u):
            return self.A(t, u)
        return _program(namespace(u), self.mode).apply(self.A, t, u)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`, for tensors by one compiled function."""
        check_state(u, self.grid.shape)
        if not is_torch(u):
            return self.A.mix(t, u, coefficients, v)
        # Numbers would be compiled in, and every new step would be compiled again.
        factors = namespace(u).tensor(coefficients, dtype=u.dtype).to(u.device)
        return _program(namespace(u), self.mode).mix(self.A, t, u, factors, u if v is None else v)

    def hold(self, t, u):
        return Compiled(self.A.hold(t, u), self.mode)


@split.register
def _(A: Compiled):
    return tuple(Compiled(part, A.mode) for part in split(A.A))


class _Program:
    """The two compiled functions; an operator is their argument, so that those of one kind share the code."""

    def __init__(self, torch, mode):
        def apply(A, t, u):
            return A.definition(t, u)

        def mix(A, t, u, factors, v):
            return factors[0] * u + factors[1] * v + factors[2] * A.definition(t, u)

        self.apply = torch.compile(apply, dynamic=False, mode=mode)
        self.mix = torch.compile(mix, dynamic=False, mode=mode)


@cache
def _program(torch, mode) -> _Program:
    return _Program(torch, mode)


def compiled(A, mode=None):
    """The operator `A` with its torch path compiled by `torch.compile`: slopes, diffusivities and fluxes in one kernel.

    The result solves and certifies as `A` does, and equals it to rounding; `derive` takes `A` itself. The first step of each
    shape, dtype and device is compiled, which takes longer than many steps; new steps and diffusivities are not compiled
    again. Velocities and sources that depend on time are, for every new time: leave such operators as they are.

    Parameters
    ----------
    A : Operator
        From `pdenn.discretise`.
    mode : {None, "default", "reduce-overhead", "max-autotune"}, optional
        As in `torch.compile`; "reduce-overhead" records CUDA graphs, for many small steps on a GPU.

    Returns
    -------
    Operator

    Raises
    ------
    TypeError
        `A` is no operator.
    ValueError
        `mode` is none of these.
    """
    if not hasattr(A, "bound") or not hasattr(A, "definition"):
        raise TypeError(f"A must be an operator from pn.discretise(equation, grid), got {A!r}")
    modes = (None, "default", "reduce-overhead", "max-autotune")
    if mode not in modes:
        raise ValueError(f"mode must be one of {modes}, got {mode!r}")
    return Compiled(A, mode)
