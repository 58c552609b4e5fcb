"""`pdenn inspect` says what a saved network is, by its file alone, and executes nothing of it."""

import json

import pytest
import torch
from typer.testing import CliRunner

import pdenn as pn
from pdenn.cli import app
from pdenn.networks import lipschitz, read_network, write_network, write_proof
from pdenn.networks.weights import digest

A = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.2)), pn.Grid((6, 5), 0.5))


@pytest.fixture
def folder(tmp_path):
    network = pn.derive(A, pn.ExplicitEuler(), 0.05, 2)
    write_network(tmp_path / "network.safetensors", network, A)
    write_proof(tmp_path / "certificate.json", network)
    return tmp_path


def inspect(*arguments):
    return CliRunner().invoke(app, ["inspect", *map(str, arguments)])


def test_json_says_the_same_as_the_library(folder):
    result = inspect(folder / "network.safetensors", "--json")
    assert result.exit_code == 0, result.output
    found, (network, _) = json.loads(result.stdout), read_network(folder / "network.safetensors")
    reading = pn.inspect(network)
    assert found["equation"] == str(reading.equation)
    assert (found["scheme"], found["tau"], found["steps"]) == ("ExplicitEuler()", 0.05, 2)
    assert [part["time"] for part in found["parts"]] == [part.time for part in reading.parts]
    assert found["parts"][0]["laws"][0]["backward"] == [list(pair) for pair in reading.parts[0].flux.backward] != []
    assert [c["tau"] for c in found["claims"]] == [c.tau for c in pn.certify(network)] != []
    assert found["sha256"] == digest(network)
    assert found["lipschitz"] == lipschitz(network) > 1  # Perona-Malik diffusion expands distances


def test_the_text_says_it_to_people(folder):
    shown = inspect(folder).stdout
    for word in (
        "div(g(|∇u|²) ∇u)",
        "2 steps of ExplicitEuler()",
        "backward (0.2",
        "bounded",
        "Lipschitz constant: at most 1.44",
        "SHA",
    ):
        assert word in shown


def test_a_proof_is_proved_again(folder):
    proof = folder / "certificate.json"
    assert inspect(folder, "--proof", proof).exit_code == 0
    assert "holds: bounded" in inspect(folder, "--proof", proof).stderr
    network, _ = read_network(folder / "network.safetensors")
    with torch.no_grad():
        network.tau.mul_(0.5)
    write_network(folder / "network.safetensors", network, A)
    result = inspect(folder, "--proof", proof)
    assert result.exit_code == 1
    assert "failed:" in result.stderr and "other weights" in result.stderr


def test_nothing_proved_is_said(folder):
    network, _ = read_network(folder / "network.safetensors")
    with torch.no_grad():
        network.tau.fill_(9.0)
    write_network(folder / "network.safetensors", network, A)
    assert "Nothing is proved" in inspect(folder).stdout


def test_a_pickle_is_not_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "trapped"), "w"))

    torch.save({"tau": Trap()}, tmp_path / "a.safetensors")
    result = inspect(tmp_path / "a.safetensors")
    assert result.exit_code == 2
    assert "as safetensors" in result.stderr
    assert not (tmp_path / "trapped").exists()


def test_a_proof_that_is_none_is_told_by_its_name(folder, tmp_path):
    """Not by its content, which may be long."""
    (tmp_path / "a.json").write_bytes(b"\x93" * 10_000)
    result = inspect(folder, "--proof", tmp_path / "a.json")
    assert result.exit_code == 1 and "is not a proof that pdenn wrote" in result.stderr and len(result.stderr) < 500
    result = inspect(folder, "--proof", tmp_path / "b.json")
    assert result.exit_code == 2 and f"{tmp_path / 'b.json'}: No such file" in result.stderr
