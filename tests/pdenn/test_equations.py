"""Statements: they print as mathematics and refuse what is no law."""

import pytest

import pdenn as pn


def test_statements_print_as_mathematics():
    assert str(pn.Diffusion(pn.Charbonnier(0.1))) == "∂u/∂t = div(g(|∇u|²) ∇u) [g = Charbonnier(contrast=0.1)]"
    assert "Σ_i ∂_i (g((∂_i u)²) ∂_i u)" in str(pn.Diffusion(pn.Linear(), form="separable"))


def test_statements_add_up():
    a, b = pn.Diffusion(pn.Charbonnier(0.1)), pn.Diffusion(pn.Linear(), form="separable")
    assert str(a + b) == f"∂u/∂t = {a.right_hand_side} + {b.right_hand_side}"
    assert ((a + b) + a).terms == (a, b, a)
    with pytest.raises(TypeError):
        a + 3


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"law": pn.Charbonnier(0.0)}, ValueError, "contrast must be a finite number > 0, got 0.0"),
        ({"law": pn.Charbonnier(-1.0)}, ValueError, "contrast must be a finite number > 0, got -1.0"),
        ({"law": pn.PeronaMalik(float("nan"))}, ValueError, "contrast must be a finite number > 0, got nan"),
        ({"law": pn.TotalVariation(0.0)}, ValueError, "epsilon must be a finite number > 0"),
        ({"law": pn.ForwardBackward(1.0, 1.0)}, ValueError, "kappa must be a finite number > 1"),
        ({"law": pn.Charbonnier}, TypeError, "law must be an instance"),
        ({"law": 3.0}, TypeError, "law must be an instance"),
        ({"form": "diagonal"}, ValueError, "form must be one of"),
        ({"order": 3}, ValueError, "order must be 1 or 2, got 3"),
    ],
)
def test_bad_statements_are_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        pn.Diffusion(**arguments)


def test_only_statements_on_grids_are_discretised():
    with pytest.raises(TypeError, match="equation must be a statement"):
        pn.discretise("heat", pn.Grid((4,)))
    with pytest.raises(TypeError, match="grid must be a pn.Grid"):
        pn.discretise(pn.Diffusion(), (4, 4))
