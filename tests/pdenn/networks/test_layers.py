"""Layers refuse what they do not represent, instead of standing for another equation."""

import pytest

import pdenn as pn
from pdenn.equations import AnisotropicDiffusion, Fidelity, PorousMedium
from pdenn.tensors import EdgeEnhancing

EQUATIONS = [
    pn.Diffusion(order=2),
    pn.Diffusion(conductivity=2.0),
    pn.Diffusion(pn.Charbonnier(), presmoothing=1.0),
    pn.Diffusion(channels=3),
    AnisotropicDiffusion(EdgeEnhancing()),
    PorousMedium(),
    pn.Diffusion() + Fidelity(0.0),
]


@pytest.mark.parametrize("equation", EQUATIONS, ids=str)
def test_other_equations_are_refused(equation):
    A = pn.discretise(equation, pn.Grid((4, 4)))
    with pytest.raises(ValueError, match="a layer represents Diffusion of order 1"):
        pn.derive(A, pn.ExplicitEuler(), 0.01, 2, certificate=None)
