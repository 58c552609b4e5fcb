"""From schemes to networks: refusals; what the networks do is tested in networks/."""

import pytest

import pdenn as pn

A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((6, 5), h=0.5))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"tau": 0.08}, pn.StepTooLarge, "tau=0.08 exceeds the limit 0.0625"),
        ({"tau": -0.1}, ValueError, "tau must be finite and >= 0"),
        ({"steps": 0}, ValueError, "steps must be a positive integer, got 0"),
        ({"steps": 2.0}, ValueError, "steps must be a positive integer"),
        ({"tied": 1}, TypeError, "tied must be True or False, got 1"),
        ({"certificate": "stable"}, ValueError, "certificate must be one of"),
    ],
)
def test_bad_input_is_refused(arguments, error, words):
    call = {"A": A, "scheme": pn.ExplicitEuler(), "tau": 0.05, "steps": 2} | arguments
    with pytest.raises(error, match=words):
        pn.derive(**call)


def test_a_claim_that_cannot_be_made_is_refused():
    with pytest.raises(pn.NoCertificate, match="contractive"):
        pn.derive(A, pn.FSI(4), tau=0.05, steps=2, certificate="contractive")
    assert len(pn.derive(A, pn.ExplicitEuler(), tau=0.08, steps=2, certificate=None).layers) == 2
