"""Every section of the benchmarks runs at its tiniest size, and ours and the peers agree; no time is asserted."""

import numpy as np
import pytest
import torch

import pdenn as pn
from benchmarks import SECTIONS, explicit_peers, kernels, limits, section
from benchmarks.machine import present
from benchmarks.settings import Settings

TINY = Settings(quick=True, tiny=True, peers=("C", "NumPy", "SciPy", "torch", "PyAMG", "SUNDIALS"))
# Of states of size one: a few roundings for each of some ten terms; steps of AOS and products on graphs add up more.
TOLERANCE = {"float32": 64 * np.finfo(np.float32).eps, "float64": 64 * np.finfo(np.float64).eps}
TOLERANCE |= {"float16": 10 * 2.0**-11, "bfloat16": 10 * 2.0**-8}  # storages: a rounding in each of ten steps
NEEDS_C = {"limits", "stencils", "transport"}


@pytest.fixture(scope="module", params=[name for name in SECTIONS if name not in NEEDS_C or present("C")])
def found(request):
    """The name of a section, and what it yields."""
    return request.param, list(section(request.param).measure(TINY))


def test_a_section_measures_something(found):
    name, lines = found
    kind = "limit" if name == "limits" else "ratio"
    assert [line for line in lines if kind in line] != []


def test_rows_hold_what_they_say(found):
    for line in found[1]:
        if "ratio" in line:
            assert line["ratio"] == pytest.approx(line["peer"]["median"] / line["ours"]["median"])
            assert line["met"] == (None if line["target"] is None else line["ratio"] >= line["target"])
            assert line["ours"]["lower"] <= line["ours"]["median"] <= line["ours"]["upper"]
        else:
            assert line.get("value", 1.0) > 0


def test_ours_and_peers_agree(found):
    for line in found[1]:
        if line.get("difference") is not None:
            assert line["difference"] <= TOLERANCE[line["dtype"]], line["case"]
        for key in ("error", "error_of_peer"):
            if key in line:
                assert line[key] <= float(line["case"].rpartition(" ")[2]), line["case"]
        for key in ("residual", "residual_of_peer"):
            if key in line:
                assert line[key] <= 1e-8, line["case"]


@pytest.mark.parametrize("shape", [(24, 20), (8, 9, 10)], ids=str)
# Devito links with -ffast-math: once its code is loaded, the whole process has no subnormal numbers, which other tests draw.
@pytest.mark.parametrize("peer", [peer for peer in explicit_peers.PEERS if present(peer) and peer != "Devito"])
def test_a_step_of_every_peer_that_is_here(peer, shape):
    law, u = pn.PeronaMalik(0.3), np.random.default_rng(1).random(shape)
    ours = kernels.ours(pn.discretise(pn.Diffusion(law), pn.Grid(shape)), u)[kernels.ALONE]()
    built = explicit_peers.PEERS[peer](u, law, kernels.TAU, 1)
    if built is None:
        assert peer == "OpenCV" and len(shape) == 3
        return
    built.work()
    difference = kernels.difference(ours, built)
    assert built.differs if difference is None else difference <= TOLERANCE["float64"]


def test_recomputation_takes_less_memory():
    lines = [line for line in section("training").recomputation(TINY) if "ratio" in line]
    assert len(lines) == 2
    for line in lines:
        assert line["memory_states"] < line["memory_states_of_peer"], line["case"]


def test_memory_is_counted_at_its_peak():
    def work():
        a = torch.ones(1000)
        b = a + 1
        del a
        return b + 1  # now two are held, once more

    found = section("training").peak(work)
    assert 8000 <= found < 12000


def test_the_ceiling_is_the_lowest_limit(monkeypatch):
    monkeypatch.setattr(limits, "bandwidth", lambda *of: 80.0)
    monkeypatch.setattr(limits, "arithmetic", lambda kind, *of: {"multiply_add": 100.0, "division": 2.0}[kind])
    assert limits.ceiling("float64", 1, 1 << 20, 5, {"multiply_add": 10}) == 80 / (5 * 8)
    assert limits.ceiling("float64", 1, 1 << 20, 5, {"multiply_add": 100}) == 1.0
    assert limits.ceiling("float64", 1, 1 << 20, 5, {"multiply_add": 10, "division": 4}) == 0.5


def test_ten_steps_are_ten_steps():
    law, u = pn.Charbonnier(0.1), np.random.default_rng(1).random((24, 20))
    A = pn.discretise(pn.Diffusion(law), pn.Grid((24, 20)))
    v = u
    for _ in range(kernels.STEPS):
        v = A.mix(0.0, v, (1.0, 0.0, kernels.TAU), v)
    assert np.abs(kernels.ours(A, u)[kernels.TOGETHER]() - v).max() <= kernels.STEPS * TOLERANCE["float64"]
