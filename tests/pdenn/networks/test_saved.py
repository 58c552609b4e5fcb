"""A file of a derived network is enough to have it again, and a wrong file is refused without being believed."""

import json

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.networks import SplineFlux, SymmetricNet, read_network, write_network
from pdenn.networks.weights import digest, read_tensors, write_tensors

GRID = pn.Grid((6, 5), (0.5, 1.0), (pn.Dirichlet(0.0), "periodic"))
CYCLE = pn.FSI(3)
DIFFUSION = pn.Diffusion(pn.PeronaMalik(0.2), form="separable", conductivity=0.5)


def derived(equation=DIFFUSION, scheme=CYCLE, grid=GRID, **options):
    A = pn.discretise(equation, grid)
    return pn.derive(A, scheme, 0.05, 3, certificate=None, **options), A


def disturbed(network):
    """The network with other weights."""
    torch.manual_seed(0)
    with torch.no_grad():
        for p in network.parameters():
            p.add_(0.01 * torch.rand_like(p))
    return network


@pytest.mark.parametrize(
    ("equation", "scheme", "options"),
    [
        (DIFFUSION, pn.FSI(3), {}),
        (DIFFUSION, pn.FSI(3, coefficients="updated"), {"tied": True}),
        (pn.Diffusion(), pn.ImplicitEuler(solver=pn.FixedPoint()), {}),
        (pn.Diffusion(pn.Charbonnier(0.1)) + pn.Convection((1.0, 0.5)), pn.SSPRK3(), {}),
        (pn.AnisotropicDiffusion(pn.EdgeEnhancing()), pn.ExplicitEuler(), {}),
    ],
)
def test_trained_networks_come_back_to_the_bit(equation, scheme, options, tmp_path):
    grid = GRID if equation is DIFFUSION else pn.Grid((6, 5))
    network, A = derived(equation, scheme, grid, **options)
    write_network(tmp_path / "a.safetensors", disturbed(network), A)
    again, operator = read_network(tmp_path / "a.safetensors")
    u = torch.from_numpy(np.random.default_rng(0).random(grid.shape))
    assert digest(again) == digest(network)
    assert operator == A
    assert torch.equal(again(u), network(u))
    assert [c.claim for c in pn.certify(again)] == [c.claim for c in pn.certify(network)]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: derived(law=SplineFlux(pn.PeronaMalik(0.2))), "without a law of its own"),
        (lambda: (derived()[0], derived(grid=pn.Grid((6, 5)))[1]), "for this A"),
        (lambda: derived(pn.Diffusion(conductivity=np.ones((6, 5)))), "not <array"),
        (lambda: derived(grid=pn.Graph.from_edges(np.array([(0, 1), (1, 2)])), equation=pn.Diffusion()), "not <Graph"),
    ],
)
def test_what_would_not_come_back_is_not_written(make, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        write_network(tmp_path / "a.safetensors", *make())
    assert list(tmp_path.iterdir()) == []


def test_other_networks_are_refused(tmp_path):
    with pytest.raises(TypeError, match=r"pdenn.derive made, got SymmetricNet"):
        write_network(tmp_path / "a.safetensors", SymmetricNet(dim=1), derived()[1])


@pytest.mark.parametrize(
    "wrong",
    [
        {"equation": {"kind": "Popen", "args": "ls"}},
        {"equation": {"kind": "Diffusion", "laws": 1}},
        {"scheme": {"kind": "FSI", "n": -1}},
        {"scheme": "FSI"},
        {"scheme": {"kind": "Charbonnier", "contrast": 1.0}},
        {"grid": {"kind": "Grid", "shape": [6, 5, 4, 3]}},
        {"grid": None},
        {"steps": 10**9},
        {"steps": True, "tied": 3},
        {"tied": True},
    ],
)
def test_a_wrong_statement_is_refused(wrong, tmp_path):
    path = tmp_path / "a.safetensors"
    write_network(path, *derived())
    tensors, notes = read_tensors(path)
    write_tensors(path, tensors, {"pdenn": json.dumps(json.loads(notes["pdenn"]) | wrong)})
    with pytest.raises(ValueError, match=r"a\.safetensors is not a network"):
        read_network(path)


@pytest.mark.parametrize("notes", [{}, {"pdenn": "[" * 100_000}, {"pdenn": "3"}, {"pdenn": "{}"}])
def test_a_file_without_a_statement_is_refused(notes, tmp_path):
    path = tmp_path / "a.safetensors"
    write_tensors(path, derived()[0].state_dict(), notes)
    with pytest.raises(ValueError, match=r"a\.safetensors is not a network"):
        read_network(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(OSError, match="no such file"):
        read_network(tmp_path / "none.safetensors")
