"""Operators whose definition the compiler of torch turns into fused kernels, on the CPU and on the GPU.

Rests on `torch.compile`: a tensor brings torch along, arrays go to the operator's own kernels.
"""

from functools import cache
from types import FunctionType
from typing import Any

from ..arrays import check_state, is_torch, namespace, single
from .combine import split

GRAPHS = ("reduce-overhead", "max-autotune")  # modes that record CUDA graphs


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
        check_state(u, self.grid.shape, half=True)
        if not is_torch(u):
            return self.A(t, u)
        return self._own(self._program(u).apply(self.A, t, u))

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`, for tensors by one compiled function; of half precision rounded once."""
        check_state(u, self.grid.shape, half=True)
        if not is_torch(u):
            return self.A.mix(t, u, coefficients, v)
        torch = namespace(u)
        # Numbers would be compiled in, and every new step would be compiled again.
        factors = torch.tensor(coefficients, dtype=torch.promote_types(u.dtype, torch.float32)).to(u.device)
        # One tensor in two places is a case of its own to torch, whose search for what differs stumbles over other operators.
        return self._own(self._program(u).mix(self.A, t, u, factors, None if v is u else v))

    def _program(self, u):
        return _program(namespace(u), self.mode, type(self.A), u.dtype, u.shape, u.device)

    def _own(self, result):
        """A CUDA graph writes to the same memory in every call: its result is copied."""
        return result.clone() if self.mode in GRAPHS else result

    def hold(self, t, u):
        return Compiled(self.A.hold(t, single(u)), self.mode)


@split.register
def _(A: Compiled):
    return tuple(Compiled(part, A.mode) for part in split(A.A))


class _Program:
    """The two compiled functions; an operator is their argument, so that those of one kind share the code."""

    def __init__(self, torch, mode):
        def apply(A, t, u):
            return A.definition(t, single(u)).to(u.dtype)

        def mix(A, t, u, factors, v):
            w = single(u)
            return (factors[0] * w + factors[1] * (w if v is None else single(v)) + factors[2] * A.definition(t, w)).to(
                u.dtype
            )

        self.apply, self.mix = (torch.compile(_copied(f), dynamic=False, mode=mode) for f in (apply, mix))


def _copied(f):
    """A function with its own code: of one code torch compiles eight variants, and runs all others uncompiled."""
    return FunctionType(f.__code__.replace(), f.__globals__, f.__name__, None, f.__closure__)


@cache
def _program(torch, mode, *signature) -> _Program:
    """One for each kind of operator, dtype, shape and device."""
    return _Program(torch, mode)


def compiled(A, mode=None):
    """The operator `A` with its torch path compiled by `torch.compile`: slopes, diffusivities and fluxes in one kernel.

    The result solves and certifies as `A` does, and equals it to rounding; `derive` takes `A` itself. The first step of each
    shape, dtype and device is compiled, which takes longer than many steps; new steps and diffusivities are not compiled
    again. Velocities and sources that depend on time are, for every new time: leave such operators as they are.

    Tensors of float16 and bfloat16 are stored so: converted to float32 inside the kernel, and rounded once when written. Half the
    memory, explicit schemes only; the coefficients of a held operator are float32. With the unit roundoff `ε`, 2⁻¹¹ of
    float16 and 2⁻⁸ of bfloat16, "max-min" holds as it is, since rounding is monotone; "bounded" up to a factor `1 + ε` for
    each stage of Euler's and the SSP schemes, and in a cycle the roundings of its stages may grow with its length. What would
    move a number by less than `ε/2` of itself is lost: take cycles, not many small steps (docs/decisions/017).

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
