"""Claims as plain data say what `certify` says."""

import json

import pytest

import pdenn as pn
from pdenn.files import claims

GRID = pn.Grid((4, 5), h=0.5)


@pytest.mark.parametrize("law", [pn.Linear(), pn.Charbonnier(0.1), pn.PeronaMalik(0.1), pn.ForwardBackward(0.1)])
@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.FSI(4), pn.FSI(4, coefficients="updated"), pn.RKL2(5)])
def test_every_claim_is_proved_or_missing_with_its_reason(law, scheme):
    A = pn.discretise(pn.Diffusion(law), GRID)
    found = claims(scheme, A)
    assert {c["claim"]: c["tau"] for c in found["proved"]} == {c.claim: c.tau for c in pn.certify(scheme, A)}
    names = [entry["claim"] for kind in ("proved", "missing") for entry in found[kind]]
    assert sorted(names) == ["bounded", "contractive", "max-min"]
    for entry in found["missing"]:
        with pytest.raises(pn.NoCertificate) as error:
            pn.certificate(scheme, A, entry["claim"])
        assert entry["because"] == error.value.because != ""


def test_no_limit_is_none_because_json_has_no_infinity():
    A = pn.discretise(pn.Diffusion(), pn.Grid((1,)))  # a single cell with reflecting walls: d = 0
    entry = next(c for c in claims(pn.ExplicitEuler(), A)["proved"] if c["claim"] == "max-min")
    assert entry["tau"] is None
    json.dumps(entry, allow_nan=False)
