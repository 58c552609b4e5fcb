"""States of half precision: stored so, computed in float32, rounded once a stage; errors within the bound of the storage."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn

GRID = pn.Grid((12, 9), 0.5)
A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), GRID)
B = pn.compiled(A)
ROUNDOFF = {torch.float16: 2.0**-11, torch.bfloat16: 2.0**-8}
HALVES = pytest.mark.parametrize("dtype", ROUNDOFF, ids=str)


def state(seed, dtype, size=1.0):
    """Random numbers that the storage holds exactly."""
    u = size * torch.rand(12, 9, generator=torch.Generator().manual_seed(seed))
    return u.to(dtype)


@HALVES
@given(seed=st.integers(0, 2**31), size=st.floats(0.125, 200), steps=st.integers(1, 12))
def test_the_error_is_within_one_rounding_a_stage(dtype, seed, size, steps):
    """A contractive step does not amplify what earlier ones were rounded by: `|error| ≤ stages · ε · |u|` in the 2-norm."""
    scheme, u = pn.SSPRK3(), state(seed, dtype, size)
    tau = pn.certificate(scheme, A, "contractive").tau
    options = {"t_end": steps * tau, "tau": tau, "certificate": "contractive"}
    half, exact = pn.solve(B, u, scheme, **options), pn.solve(A, u.double(), scheme, **options)
    assert half.u.dtype == dtype and half.certificate == exact.certificate
    # Arithmetic of float32 is counted as ten roundings of its own; subnormal numbers of float16 are 2⁻²⁴ apart.
    unit = ROUNDOFF[dtype] + 10 * 2.0**-24
    bound = half.calls * (unit * (1 + unit) ** half.calls * u.double().norm() + 2.0**-25 * u.numel() ** 0.5)
    assert (half.u.double() - exact.u).norm() <= bound


@HALVES
@pytest.mark.parametrize("stance", ["default", "force_eager"])
def test_a_mixture_is_computed_in_single_precision_and_rounded_once(dtype, stance):
    """As written, too: the compiler of torch computes in single precision whatever is written."""
    u, v, c = state(0, dtype), state(1, dtype), (1 / 3, 1 / 3, 0.1)
    exact = A.mix(0.0, u.double(), c, v.double())
    with torch.compiler.set_stance(stance):
        error = (B.mix(0.0, u, c, v).double() - exact).abs()
    # Half a unit in the last place, and the arithmetic of float32 on sums of differences of size one over h² = 1/4.
    assert (error <= ROUNDOFF[dtype] * exact.abs() + 100 * 2.0**-24).all()


@HALVES
def test_extremes_are_kept(dtype):
    """Rounding is monotone and the extremes of the state are numbers of the storage."""
    u = state(2, dtype)
    v = pn.solve(B, u, pn.ExplicitEuler(), t_end=5.0, certificate="max-min").u
    assert u.min() <= v.min() and v.max() <= u.max()


def test_small_increments_are_lost():
    """What the page on the decision warns of."""
    u = (1 + torch.arange(108.0).reshape(12, 9) * 2.0**-7).to(torch.bfloat16)
    tau = 2.0**-20
    assert torch.equal(pn.solve(B, u, pn.ExplicitEuler(), t_end=4 * tau, tau=tau).u, u)
    assert not torch.equal(pn.solve(B, u.float(), pn.ExplicitEuler(), t_end=4 * tau, tau=tau).u, u.float())


def test_gradients_pass():
    u = state(3, torch.bfloat16).requires_grad_()
    v = u.detach().double().requires_grad_()
    for C, w in ((B, u), (A, v)):
        C.mix(0.0, w, (1.0, 0.0, 0.05), w).double().square().sum().backward()
    # The result is rounded before it enters the derivative of its square, and so is the gradient.
    assert (u.grad.double() - v.grad).abs().max() <= 4 * ROUNDOFF[torch.bfloat16] * v.grad.abs().max()


@HALVES
def test_an_interrupted_run_goes_on(tmp_path, dtype):
    u, options = state(4, dtype), {"t_end": 0.5, "times": (0.25,)}
    whole = pn.solve(B, u, pn.FSI(3), **options)
    path = tmp_path / "run.npz"
    pn.solve(B, u, pn.FSI(3), checkpoint=path, **options)
    again = pn.solve(B, u, pn.FSI(3), checkpoint=path, **options)
    assert again.steps == 0 and again.u.dtype == dtype
    assert torch.equal(again.u, whole.u) and torch.equal(again.snapshots[0], whole.snapshots[0])
    assert again.to_xarray().u.dtype == np.float32


@HALVES
def test_elsewhere_half_precision_is_refused(dtype):
    u = state(5, dtype)
    with pytest.raises(TypeError, match=f"u0 must be of dtype .* got {dtype}: .* pdenn.compiled"):
        pn.solve(A, u, pn.ExplicitEuler(), t_end=1.0)
    with pytest.raises(TypeError, match=f"u must be of dtype .* got {dtype}"):
        A(0.0, u)
    for scheme in (pn.ImplicitEuler(), pn.AOS(), pn.Adaptive()):
        with pytest.raises(
            TypeError, match=r"u0 must be of dtype float32 or float64 for .*: only the sums of explicit"
        ):
            pn.solve(B, u, scheme, t_end=1.0, tau=0.1, certificate=None)
    with pytest.raises(TypeError, match="u must be of dtype .* got float16"):
        B(0.0, u.float().numpy().astype(np.float16))
