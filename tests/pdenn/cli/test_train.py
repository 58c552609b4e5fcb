"""`pdenn train` learns to denoise, goes on after an interruption to the bit, and writes what can be proved again."""

import json
import sys

import imageio.v3 as imageio
import numpy as np
import pytest
import xarray
from typer.testing import CliRunner

import pdenn as pn
from pdenn.cli import app
from pdenn.networks import read_network, verify_proof, write_network
from pdenn.networks.weights import digest

module = sys.modules["pdenn.cli.train"]
ASKED = ["--noise", "0.2", "--epochs", "4", "--batch", "8"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The present folder, with a network for signals, one for pictures, and steps to learn from."""
    monkeypatch.chdir(tmp_path)
    for name, shape in (("signals", (32,)), ("pictures", (6, 5))):
        A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.5)), pn.Grid(shape))
        write_network(tmp_path / f"{name}.safetensors", pn.derive(A, pn.FSI(3), 0.2, 2), A)
    edges = np.random.default_rng(0).integers(4, 28, 40)
    np.save("steps.npy", np.where(np.arange(32) < edges[:, None], 0.0, 1.0))
    (tmp_path / "photos").mkdir()
    imageio.imwrite("photos/a.png", np.random.default_rng(1).integers(0, 256, (14, 11), dtype=np.uint8))
    imageio.imwrite("photos/b.png", np.random.default_rng(2).integers(0, 256, (6, 5, 3), dtype=np.uint8))
    (tmp_path / "photos" / "notes.txt").write_text("not a picture")
    return tmp_path


def train(*arguments):
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


def test_signals_are_denoised(folder):
    result = train("signals.safetensors", "steps.npy", *ASKED, "--json")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""  # no progress bar where there is no terminal
    found = json.loads(result.stdout)
    out = folder / "pdenn-trained"
    assert {path.name for path in out.iterdir()} == {"network.safetensors", "history.nc", "certificate.json"}
    with xarray.open_dataset(out / "history.nc") as history:
        assert history.validation.values.tolist() == found["history"]["validation"]
        best = int(history.attrs["best_epoch"])
    network, A = read_network(out / "network.safetensors")
    (_, _), (u, clean) = module.noisy(np.load("steps.npy"), 0.2, 0)
    error = float((network(u) - clean).square().mean())
    # The mean of eight batches is the mean of all, to rounding.
    assert error == pytest.approx(found["history"]["validation"][best - 1], rel=1e-12)
    assert error < 0.5 * float((u - clean).square().mean())  # white noise of variance σ² under a filter of length 4
    assert A.grid == pn.Grid((32,))
    assert [c.claim for c in verify_proof(out / "certificate.json", network)] == [c.claim for c in pn.certify(network)]
    assert found["certificate"]["sha256"] == digest(network)


def test_people_are_told(folder):
    shown = train("signals.safetensors", "steps.npy", *ASKED).stdout
    for words in (
        "36 samples to learn from, 4 for validation; 4 epochs",
        "mean square error",
        "proved at these weights: ",
    ):
        assert words in shown


def test_an_interrupted_run_goes_on_to_the_bit(folder, monkeypatch):
    import pdenn.networks.training as training

    assert train("signals.safetensors", "steps.npy", *ASKED, "--out", "whole").exit_code == 0
    save = training._Run.save

    def interrupt(run, path):
        save(run, path)
        if len(run.history) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(training._Run, "save", interrupt)
    result = train("signals.safetensors", "steps.npy", *ASKED, "--out", "parts")
    assert result.exit_code == 130
    assert "kept in parts/checkpoint.safetensors; the same command goes on" in result.stderr
    monkeypatch.setattr(training._Run, "save", save)
    refused = train("signals.safetensors", "steps.npy", *ASKED, "--noise", "0.3", "--out", "parts")
    assert refused.exit_code == 2
    assert "belongs to another run" in refused.stderr
    assert train("signals.safetensors", "steps.npy", *ASKED, "--out", "parts").exit_code == 0
    whole, parts = (read_network(folder / name / "network.safetensors")[0] for name in ("whole", "parts"))
    assert digest(whole) == digest(parts)
    assert not (folder / "parts" / "checkpoint.safetensors").exists()


@pytest.mark.parametrize(("count", "kept"), [(2, [1]), (3, [2]), (10, [9]), (25, [9, 19])])
def test_the_last_of_ten_samples_is_for_validation(count, kept):
    numbers = np.arange(float(count))[:, None]
    (_, learnt), (_, held) = module.noisy(numbers, 0.1, 0)
    assert held[:, 0].tolist() == kept
    assert sorted([*learnt[:, 0].tolist(), *kept]) == list(range(count))


def test_pictures_are_cut_into_pieces(folder):
    found = module.samples(folder / "photos", (6, 5))
    picture = imageio.imread("photos/a.png") / 255
    colours = imageio.imread("photos/b.png") / 255
    assert found.shape == (2 * 2 + 1, 6, 5)
    np.testing.assert_array_equal(found[1], picture[:6, 5:10])
    np.testing.assert_array_equal(found[2], picture[6:12, :5])
    np.testing.assert_allclose(found[4], colours.mean(axis=2), rtol=0, atol=1e-15)
    assert train("pictures.safetensors", "photos", *ASKED).exit_code == 0


def test_another_seed_is_another_run(folder):
    clean = np.load("steps.npy")
    (one, _), (other, _) = (module.noisy(clean, 0.2, seed)[0] for seed in (0, 1))
    assert not np.array_equal(one, other)
    assert np.std(one.numpy() - module.noisy(clean, 0.2, 0)[0][1].numpy()) == pytest.approx(0.2, rel=0.1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["signals.safetensors", "steps.npy", "--noise", "0"], "noise must be finite and > 0, got 0.0"),
        (["signals.safetensors", "steps.npy", "--noise", "nan"], "noise must be finite"),
        (["signals.safetensors", "steps.npy", "--noise", "1", "--seed", "-1"], "seed must be >= 0, got -1"),
        (["signals.safetensors", "steps.npy", "--noise", "1", "--epochs", "0"], "epochs must be a positive integer, got 0"),
        (["signals.safetensors", "steps.npy", "--noise", "1", "--out", "."], "signals.safetensors"),
        (["pictures.safetensors", "steps.npy", "--noise", "1"], "must have shape (samples, 6, 5), got (40, 32)"),
        (["signals.safetensors", "photos", "--noise", "1"], "pictures need the network of a grid with two axes"),
        (["pictures.safetensors", "empty", "--noise", "1"], "empty must hold pictures of at least (6, 5) pixels"),
        (["signals.safetensors", "one.npy", "--noise", "1"], "two samples"),
        (["signals.safetensors", "none.npy", "--noise", "1"], "no such file"),
    ],
)  # fmt: skip
def test_wrong_questions_are_told(arguments, words, folder):
    (folder / "empty").mkdir()
    np.save("one.npy", np.zeros((1, 32)))
    if arguments[-1] == ".":
        (folder / "signals.safetensors").rename("network.safetensors")
        arguments, words = ["network.safetensors", *arguments[1:]], "would overwrite network.safetensors"
    result = train(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output
