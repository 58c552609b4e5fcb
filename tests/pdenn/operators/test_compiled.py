"""Operators compiled by torch give what they give uncompiled, for every scheme, without being compiled for every step."""

from importlib import import_module

import numpy as np
import pytest
import torch

import pdenn as pn

MODULE = import_module("pdenn.operators.compiled")
GRID = pn.Grid((12, 9), 0.5)
A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), GRID)
B = pn.compiled(A)
U = np.random.default_rng(0).random((2, 12, 9))


@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.FSI(5), pn.RKL1(4)], ids=str)
def test_solutions_are_equal(scheme):
    u = torch.from_numpy(U)
    ours, plain = pn.solve(B, u, scheme, t_end=1.0), pn.solve(A, u, scheme, t_end=1.0)
    assert (ours.steps, ours.calls) == (plain.steps, plain.calls)
    # Factors of a step are below 2, and its sums have some ten terms.
    assert (ours.u - plain.u).abs().max() <= 20 * plain.calls * np.finfo(float).eps


def test_new_steps_and_new_diffusivities_are_not_compiled_again():
    u = torch.from_numpy(U)
    pn.solve(B, u, pn.FSI(3), t_end=0.5)
    torch._dynamo.utils.counters.clear()
    for t_end in (0.3, 0.6, 0.7):
        pn.solve(B, 1.5 * u, pn.FSI(3), t_end=t_end)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 0


def test_single_precision_stays_single():
    u = torch.from_numpy(U).float()
    difference = B.mix(0.0, u, (0.5, 0.25, 0.1), u.flip(0)) - A.mix(0.0, u, (0.5, 0.25, 0.1), u.flip(0))
    assert difference.dtype == torch.float32
    # A value is a sum of differences of numbers of size one over h² = 1/4.
    assert difference.abs().max() <= 100 * np.finfo(np.float32).eps


def test_gradients_pass():
    u = torch.from_numpy(U[0]).requires_grad_()
    (B(0.0, u) ** 2).sum().backward()
    v = u.detach().clone().requires_grad_()
    (A(0.0, v) ** 2).sum().backward()
    torch.testing.assert_close(u.grad, v.grad, rtol=1e-10, atol=1e-10)


def test_arrays_take_the_kernels_of_the_operator_itself():
    one_by_one, together = (pn.solve(operator, U, pn.RKL1(3), t_end=1.0).u for operator in (B, A))
    np.testing.assert_allclose(one_by_one, together, rtol=0, atol=100 * np.finfo(U.dtype).eps)  # states are of size one
    np.testing.assert_array_equal(B(0.0, U), A(0.0, U))


def test_it_certifies_as_its_operator_does():
    assert [str(c) for c in pn.certify(pn.FSI(4), B)] == [str(c) for c in pn.certify(pn.FSI(4), A)]
    assert repr(B) == f"compiled({A!r})"


def test_bad_arguments_are_named():
    with pytest.raises(TypeError, match=r"A must be an operator from pn.discretise"):
        pn.compiled(GRID)
    with pytest.raises(ValueError, match="mode must be one of .* got 'fast'"):
        pn.compiled(A, mode="fast")


def test_results_of_a_cuda_graph_are_copied(monkeypatch):
    """A graph writes to the same memory in every call; an accelerated step still needs the state before the last one."""
    static = torch.empty(12, 9, dtype=torch.float64)

    class Graph:
        def mix(self, A, t, u, factors, v):
            static.copy_(factors[0] * u + factors[1] * (u if v is None else v) + factors[2] * A.definition(t, u))
            return static

    monkeypatch.setattr(MODULE, "_program", lambda *signature: Graph())
    u = torch.from_numpy(U[0])
    graphs = pn.solve(pn.compiled(A, mode="reduce-overhead"), u, pn.FSI(5), t_end=1.0)
    plain = pn.solve(A, u, pn.FSI(5), t_end=1.0)
    assert (graphs.u - plain.u).abs().max() <= 20 * plain.calls * np.finfo(float).eps


@pytest.fixture
def uncompiled(monkeypatch):
    """What is traced runs as it is: no compiler is waited for."""
    compiler = torch.compile
    monkeypatch.setattr(torch, "compile", lambda f, dynamic, mode: compiler(f, dynamic=dynamic, backend="eager"))
    MODULE._program.cache_clear()
    torch._dynamo.utils.counters.clear()
    yield
    MODULE._program.cache_clear()


def test_every_shape_is_compiled(uncompiled):
    """Torch runs what it would have to compile more than eight times uncompiled."""
    for n in range(10):
        A = pn.discretise(pn.Diffusion(), pn.Grid(4 + n))
        pn.compiled(A)(0.0, torch.ones(4 + n))
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 10


def test_kinds_of_operators_follow_each_other(uncompiled):
    """Held coefficients are an attribute that torch looks for in an operator that has none."""
    u, equation = torch.from_numpy(U[0]), pn.Diffusion(pn.Charbonnier(0.1)) + pn.Fidelity(U[1])
    sum_of_two = pn.compiled(pn.discretise(equation, GRID))
    for operator in (B, sum_of_two):
        for scheme in (pn.FED(3), pn.FSI(3), pn.ExplicitEuler()):
            assert torch.isfinite(pn.solve(operator, u, scheme, 1.0, tau=0.02, certificate=None).u).all()
