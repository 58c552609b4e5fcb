"""Proofs in files are checked against the network: other weights, damage and exaggeration are noticed."""

import json

import pytest
import torch

import pdenn as pn
from pdenn.networks import SplineFlux, SymmetricNet, verify_proof, write_proof


def net(seed=0, **arguments):
    torch.manual_seed(seed)
    return SymmetricNet(**{"dim": 1, "features": 3, "blocks": 2} | arguments)


@pytest.mark.parametrize(
    "make",
    [
        lambda: net(claim="contractive"),
        lambda: net(law=SplineFlux(pn.PeronaMalik(0.2)), scheme=pn.FSI(3)),
        lambda: pn.derive(pn.discretise(pn.Diffusion(), pn.Grid((4, 5))), pn.ExplicitEuler(), 0.1, 2, "max-min"),
    ],
)
def test_what_was_written_is_verified_later(make, tmp_path):
    network = make()
    content = write_proof(tmp_path / "a.json", network)
    assert json.loads((tmp_path / "a.json").read_text()) == content
    assert [c["claim"] for c in content["claims"]] == [c.claim for c in pn.certify(network)]
    assert verify_proof(tmp_path / "a.json", make()) == pn.certify(network)


def changed(path, **new):
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | new))


def test_other_weights_are_noticed(tmp_path):
    path = tmp_path / "a.json"
    network = net()
    write_proof(path, network)
    with torch.no_grad():
        network.theta[1] = torch.nextafter(network.theta[1], torch.tensor(1.0))
    with pytest.raises(ValueError, match="other weights or another network"):
        verify_proof(path, network)
    with pytest.raises(ValueError, match="other weights or another network"):
        verify_proof(path, net(claim="contractive"))


def test_exaggeration_is_noticed(tmp_path):
    path, network = tmp_path / "a.json", net(law=pn.PeronaMalik(0.5))
    claims = write_proof(path, network)["claims"]
    changed(path, claims=[*claims, claims[0] | {"claim": "contractive"}])
    with pytest.raises(ValueError, match="says more than can be proved about this network: contractive"):
        verify_proof(path, network)
    changed(path, claims=[claims[0] | {"tau": 1.01 * claims[0]["tau"]}])
    with pytest.raises(ValueError, match="more than can be proved about this network: bounded"):
        verify_proof(path, network)
    changed(path, claims=[claims[0] | {"tau": None}], lipschitz=1.0)
    with pytest.raises(ValueError, match="more than can be proved about this network: bounded, lipschitz"):
        verify_proof(path, network)
    changed(path, claims=[claims[0] | {"tau": 0.5 * claims[0]["tau"]}], lipschitz=None)
    assert verify_proof(path, network) == pn.certify(network)  # less than can be proved is true


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"claims": [{"claim": "bounded"}]}'])
def test_other_files_are_refused(text, tmp_path):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match="is not a proof that pdenn wrote"):
        verify_proof(tmp_path / "a.json", net())
    with pytest.raises(OSError, match="No such file"):
        verify_proof(tmp_path / "b.json", net())
