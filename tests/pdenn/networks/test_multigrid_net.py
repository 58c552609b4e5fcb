"""The U-net of multigrid is its solver before training, and keeps the solution of its equation at every weight."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn.networks import MultigridNet
from pdenn.solvers.full_approximation import FullApproximation

LAWS = [pn.Linear(), pn.Charbonnier(0.1), pn.PeronaMalik(0.3)]
WALLS = ["reflecting", "periodic", pn.Dirichlet(0.3)]
SHAPES = [(6,), (17,), (9, 8), (12, 5), (6, 2), (5, 4, 6)]
TENSOR = pn.AnisotropicDiffusion(pn.EdgeEnhancing(pn.Charbonnier(0.1), sigma=0.8))


def multigrid(cycle="V", omega=0.7):
    return pn.Multigrid(smoother=pn.Jacobi(omega), cycle=cycle, bottom=3)


def operator(equation=pn.Diffusion(pn.Charbonnier(0.1)), shape=(9, 8), walls="reflecting"):  # noqa: B008
    return pn.discretise(equation, pn.Grid(shape, 0.5, walls))


def solved(A, solver, cycles, tau, d, mask=None):
    """Cycles of the solver on arrays: an implicit step, or inpainting as `solve_steady` takes it."""
    if mask is None:
        problem, f = FullApproximation(A, 0.0, tau, 1.0), d
    else:
        whole = pn.discretise(A.equation + pn.Fidelity(d, mask, 10.0), A.grid)
        problem, f = FullApproximation(whole, 0.0, tau, 0.0), 0.0 * d
    v = d.copy()
    for _ in range(cycles):
        v = solver.improved(problem, v, f)
    return v


def answered(network, d, mask=None):
    """The network's, as an array."""
    m = 1.0 if mask is None else torch.from_numpy(10.0 * mask)
    return network(torch.from_numpy(d), m).detach().numpy()


def scrambled(network, seed=0, size=0.3):
    """The network with random weights where it learns."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in network.parameters():
            if p.requires_grad:
                p.add_(size * torch.randn(p.shape, generator=generator, dtype=p.dtype))
    return network


@given(
    law=st.sampled_from(LAWS),
    form=st.sampled_from(["isotropic", "separable"]),
    walls=st.sampled_from(WALLS),
    shape=st.sampled_from(SHAPES),
    solver=st.builds(multigrid, st.sampled_from("VWF"), st.sampled_from([None, 0.7])),
    cycles=st.integers(1, 3),
    inpainting=st.booleans(),
    tied=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_before_training_it_is_the_solver(law, form, walls, shape, solver, cycles, inpainting, tied, seed):
    rng = np.random.default_rng(seed)
    d = rng.random((2, *shape))
    mask = (rng.random(d.shape) < 0.2).astype(float) if inpainting else None
    tau, A = 1.0 if inpainting else 2.0, operator(pn.Diffusion(law, form=form), shape, walls)
    network = MultigridNet(A, solver, cycles, tau, tied)
    expected = solved(A, solver, cycles, tau, d, mask)
    np.testing.assert_allclose(answered(network, d, mask), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("walls", ["reflecting", "periodic", ["periodic", "reflecting"]], ids=str)
@pytest.mark.parametrize("shape", [(9, 8), (6, 1)], ids=str)
def test_with_a_tensor_too(walls, shape):
    rng = np.random.default_rng(0)
    A, d = operator(TENSOR, shape, walls), rng.random((2, *shape))
    mask = (rng.random(d.shape) < 0.2).astype(float)
    for c in (None, mask):
        network = MultigridNet(A, multigrid(), 2)
        np.testing.assert_allclose(answered(network, d, c), solved(A, multigrid(), 2, 1.0, d, c), rtol=0, atol=1e-12)


@given(st.integers(0, 10**6), st.sampled_from(["plain", "tensor"]), st.booleans())
def test_the_solution_is_a_fixed_point_at_every_weight(seed, kind, tied):
    """`d` is chosen so that a random `u` solves the equation."""
    rng = np.random.default_rng(seed)
    A = operator(TENSOR if kind == "tensor" else pn.Diffusion(pn.PeronaMalik(0.3)))
    u, m = rng.random((2, 9, 8)), 0.5 + rng.random((2, 9, 8))
    d = u - A(0.0, u) / m
    network = scrambled(MultigridNet(A, multigrid(), 2, 1.0, tied), seed, 0.1)
    u, d, m = map(torch.from_numpy, (u, d, m))
    torch.testing.assert_close(network(d, m, start=u), u, rtol=0, atol=1e-11)
    assert (network(d, m, start=u + 0.1) - u - 0.1).abs().max() > 1e-3


@pytest.mark.parametrize("equation", [pn.Diffusion(pn.Charbonnier(0.1)), TENSOR], ids=["plain", "tensor"])
def test_every_weight_has_a_finite_gradient_where_it_learns(equation):
    A = operator(equation)
    network, d = MultigridNet(A, multigrid(), 2), torch.rand(2, 9, 8, dtype=torch.float64)
    m = (torch.rand(2, 9, 8) < 0.2).double()
    for first in (d, 0.0 * d + 0.3):
        network.zero_grad()
        network(first, m).square().sum().backward()
        learning = [p for p in network.parameters() if p.requires_grad and p.numel()]
        assert all(torch.isfinite(p.grad).all() for p in learning)
        assert first is not d or all(p.grad.abs().sum() > 0 for p in learning)
    assert all(p.grad is None for p in network.equation.parameters())


def test_gradients_are_exact():
    network = scrambled(MultigridNet(operator(shape=(6,)), pn.Multigrid(smoother=pn.Jacobi(), bottom=1), 1), size=0.05)
    names, values = zip(*((n, p) for n, p in network.named_parameters() if p.requires_grad), strict=True)
    d, m = torch.rand(2, 6, dtype=torch.float64), torch.rand(2, 6, dtype=torch.float64) + 0.1

    def run(d, m, *parameters):
        return torch.func.functional_call(network, dict(zip(names, parameters, strict=True)), (d, m))

    assert torch.autograd.gradcheck(run, (d.requires_grad_(), m.requires_grad_(), *values))


def test_training_by_the_residual_lowers_it():
    generator = torch.Generator().manual_seed(0)
    d = torch.rand(4, 16, dtype=torch.float64, generator=generator)
    m = 10.0 * (torch.rand(4, 16, generator=generator) < 0.2)
    network = MultigridNet(operator(shape=(16,)), multigrid(), 2)
    optimiser, losses = torch.optim.Adam(network.parameters(), 0.01), []
    for _ in range(20):
        optimiser.zero_grad()
        loss = network.residual(network(d, m), d, m).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_the_residual_is_that_of_the_equation():
    rng, A = np.random.default_rng(0), operator()
    v, d, m = rng.random((3, 9, 8))
    found = MultigridNet(A, tau=2.0).residual(*map(torch.from_numpy, (v, d, m)))
    np.testing.assert_allclose(found.detach(), m * (d - v) + 2.0 * A(0.0, v), rtol=0, atol=1e-12)


def test_tied_cycles_may_be_repeated_and_untied_ones_have_weights_of_their_own():
    tied, untied = (MultigridNet(operator(shape=(8, 8)), multigrid(), 2, tied=t) for t in (True, False))
    learning = [sum(p.numel() for p in net.parameters() if p.requires_grad) for net in (tied, untied)]
    assert learning[1] == 2 * learning[0]
    # Two grids: four stencils above, below the smoother, the factor of m, two taps an axis, and the contrast.
    assert learning[0] == 4 * 9 + 9 + 1 + 4 + 1
    assert f"2 cycles on 2 grids, τ=1, {multigrid()}, {learning[0]} weights" in repr(tied)
    d = torch.rand(8, 8, dtype=torch.float64)
    twice = scrambled(tied)(d)
    untied(d).square().sum().backward()
    assert all(p.grad is not None for p in untied.cycles.parameters())
    tied.count = 1
    torch.testing.assert_close(tied(d, start=tied(d)), twice, rtol=0, atol=0)


def test_single_precision_goes_through():
    network, d = MultigridNet(operator()), torch.rand(2, 9, 8, dtype=torch.float64)
    assert network(d.float()).dtype == torch.float32
    assert (network(d.float()) - network(d)).abs().max() < 1e-5


def test_export_and_whole_graphs_have_equal_results():
    solver = pn.Multigrid(smoother=pn.Jacobi(0.7), pre=1, post=0, bottom=1)
    network = MultigridNet(operator(pn.Diffusion(pn.PeronaMalik(0.3)), (6,)), solver, 1)
    d, m = torch.rand(2, 6, dtype=torch.float64), torch.rand(2, 6, dtype=torch.float64)
    program = torch.export.export(network, (1 - d, 1 - m))
    torch.testing.assert_close(program.module()(d, m), network(d, m), rtol=0, atol=1e-13)
    compiled = torch.compile(network, backend="aot_eager", fullgraph=True)
    gradients = []
    for f in (network, compiled):
        network.zero_grad()
        f(d, m).square().sum().backward()
        gradients.append([p.grad.clone() for p in network.parameters() if p.grad is not None])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"A": operator(pn.Diffusion() + pn.Fidelity(0.0))}, "A must be diffusion of first order on a grid"),
        ({"A": operator(walls=pn.Robin(1.0, 1.0))}, "reflecting, periodic or Dirichlet walls"),
        ({"A": operator(TENSOR, (6, 5, 4))}, "EdgeEnhancing tensor in the plane"),
        ({"A": operator(pn.AnisotropicDiffusion(pn.CoherenceEnhancing()))}, "EdgeEnhancing tensor in the plane"),
        ({"solver": pn.Multigrid(bottom=2)}, "solver must be a Multigrid with smoother=Jacobi"),
        ({"solver": pn.Multigrid(smoother=pn.Jacobi())}, "and steps as bottom"),
        ({"solver": pn.FixedPoint()}, "solver must be a Multigrid"),
        ({"cycles": 0}, "cycles must be a positive integer, got 0"),
        ({"tau": -1.0}, "tau must be a positive number, got -1.0"),
        ({"tau": float("nan")}, "tau must be a positive number, got nan"),
    ],
    ids=str,
)
def test_bad_input_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        MultigridNet(**{"A": operator()} | arguments)


def test_states_of_another_shape_are_refused():
    network, d = MultigridNet(operator()), torch.rand(9, 8, dtype=torch.float64)
    with pytest.raises(ValueError, match="d"):
        network(d[:8])
    with pytest.raises(ValueError, match="mass"):
        network(d, d[:8])


@pytest.mark.parametrize(
    ("d", "mass", "start", "error", "words"),
    [
        (np.zeros((9, 8)), 1.0, None, TypeError, "d must be a torch tensor, got ndarray"),
        (torch.zeros(9, 8), np.zeros((9, 8)), None, ValueError, "mass must be a finite number >= 0 or a torch tensor"),
        (torch.zeros(9, 8), float("nan"), None, ValueError, "mass must be a finite number >= 0 or .* got nan"),
        (torch.zeros(9, 8), -1.0, None, ValueError, "mass must be a finite number >= 0 or .* got -1.0"),
        (torch.zeros(9, 8), 1.0, torch.zeros(8, 9), ValueError, r"start must have shape \(..., 9, 8\), got \(8, 9\)"),
    ],
)
def test_bad_states_are_refused(d, mass, start, error, words):
    with pytest.raises(error, match=words):
        MultigridNet(operator())(d, mass, start)
