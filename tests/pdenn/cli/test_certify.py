"""`pdenn certify` says what `pdenn.certify` says, in a table and as JSON."""

import json

import pytest
from typer.testing import CliRunner

import pdenn as pn
from pdenn.cli import app
from pdenn.cli.names import laws, schemes

ASKED = ["--law", "CHARBONNIER", "--contrast", "0.1", "--scheme", "fsi", "-n", "8", "--shape", "64,48", "--h", "0.5"]


def certify(*arguments):
    result = CliRunner().invoke(app, ["certify", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_table_has_limits_and_reasons():
    shown = certify(*ASKED, "--boundary", "reflecting")
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((64, 48), 0.5))
    for proof in pn.certify(pn.FSI(8), A):
        assert f"{proof.tau:.6g}" in shown
    assert "not proved" in shown
    assert "g = Charbonnier(contrast=0.1)" in shown  # nothing in brackets is lost
    assert "coefficients held over a cycle" in shown


@pytest.mark.parametrize(
    ("arguments", "scheme", "equation", "grid"),
    [
        (ASKED, pn.FSI(8), pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((64, 48), 0.5)),
        (
            ["--law", "linear", "--scheme", "ExplicitEuler", "--shape", "7", "--boundary", "Dirichlet:0"],
            pn.ExplicitEuler(),
            pn.Diffusion(),
            pn.Grid((7,), 1.0, pn.Dirichlet(0.0)),
        ),
        (
            ["--law", "forwardbackward", "--kappa", "3", "--contrast", "2", "--boundary", "periodic", "--form", "separable"],
            pn.FSI(),
            pn.Diffusion(pn.ForwardBackward(2.0, 3.0), form="separable"),
            pn.Grid((64, 64), 1.0, "periodic"),
        ),
        (
            ["--law", "TotalVariation", "--epsilon", "0.5", "--coefficients", "updated", "--boundary", "robin:1,2,0"],
            pn.FSI(coefficients="updated"),
            pn.Diffusion(pn.TotalVariation(0.5)),
            pn.Grid((64, 64), 1.0, pn.Robin(1.0, 2.0, 0.0)),
        ),
        (
            ["--h", "0.5,0.25", "--shape", "4,6", "--boundary", "neumann"],
            pn.FSI(),
            pn.Diffusion(pn.Charbonnier()),
            pn.Grid((4, 6), (0.5, 0.25), pn.Neumann()),
        ),
    ],
)  # fmt: skip
def test_json_says_the_same_as_the_library(arguments, scheme, equation, grid):
    found = json.loads(certify(*arguments, "--json"))
    A = pn.discretise(equation, grid)
    assert (found["scheme"], found["operator"]) == (repr(scheme), repr(A))
    assert [(c["claim"], c["tau"], c["because"], c["reference"]) for c in found["proved"]] == [
        (c.claim, c.tau, c.because, c.reference) for c in pn.certify(scheme, A)
    ]
    assert len(found["proved"]) + len(found["missing"]) == 3
    assert all(entry["because"] for entry in found["missing"])


@pytest.mark.parametrize("scheme", schemes())
def test_every_scheme_has_an_answer_for_every_claim(scheme):
    found = json.loads(certify("--scheme", scheme, "--law", "linear", "--shape", "6,5", "--json"))
    assert len(found["proved"]) + len(found["missing"]) == 3


@pytest.mark.parametrize("law", laws())
def test_every_law_has_an_answer_for_every_claim(law):
    found = json.loads(certify("--scheme", "expliciteuler", "--law", law, "--shape", "6,5", "--json"))
    assert len(found["proved"]) + len(found["missing"]) == 3
