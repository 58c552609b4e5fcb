"""`pdenn warm` compiles what a run needs, once."""

import json
import sys

import numba
import numpy as np
import pytest
from numba.core.event import install_recorder
from typer.testing import CliRunner

import pdenn as pn
from pdenn.cli import app
from pdenn.kernels.layout import SERIAL

module = sys.modules["pdenn.cli.warm"]


@pytest.fixture
def one_law(monkeypatch):
    """Of the cheapest law alone: the kernels of all take minutes."""
    monkeypatch.setattr(module.names, "laws", lambda: {"Linear": pn.Linear})


def test_what_is_warm_is_not_compiled_again(one_law):
    first = CliRunner().invoke(app, ["warm"])
    assert first.exit_code == 0, first.output
    assert first.stdout.startswith("6 combinations of law, dimension and precision")
    assert first.stderr == ""  # no progress bar where there is no terminal
    again = json.loads(CliRunner().invoke(app, ["warm", "--json"]).stdout)
    assert (again["combinations"], again["compiled"]) == (6, 0)
    with install_recorder("numba:compile") as recorder:
        for dtype in (np.float32, np.float64):
            A = pn.discretise(pn.Diffusion(pn.Linear()), pn.Grid((7, 6)))
            pn.solve(A, np.ones((7, 6), dtype), pn.FSI(4), 1.0)
            pn.solve(A, np.ones((7, 6), dtype), pn.AOS(), 1.0, tau=0.5)
    assert recorder.buffer == []


@pytest.mark.parametrize(("origin", "count"), [("pdenn.kernels.some", len(module.SCHEMES)), ("elsewhere", 0)])
def test_compilations_of_the_package_are_counted(origin, count, monkeypatch):
    """One in each run of a scheme."""

    def solve(A, u, scheme, t_end, **options):
        def function(x):
            return x + 1

        function.__module__ = origin
        assert numba.njit(function)(1) == 2

    monkeypatch.setattr(pn, "solve", solve)
    monkeypatch.setattr(numba, "get_num_threads", lambda: 1)
    assert module.compiled(pn.Linear(), 1, np.float64) == count


def test_several_threads_are_warmed_by_a_batch(monkeypatch):
    """Parallel kernels are those of states with more than SERIAL cells."""
    sizes = []
    monkeypatch.setattr(pn, "solve", lambda A, u, scheme, t_end, **options: sizes.append(u.size))
    monkeypatch.setattr(numba, "get_num_threads", lambda: 2)
    for dim in (1, 2, 3):
        module.compiled(pn.Linear(), dim, np.float32)
    assert sum(size > SERIAL for size in sizes) == sum(size <= SERIAL for size in sizes) == 3 * len(module.SCHEMES)


def test_every_law_dimension_and_precision_is_met(monkeypatch):
    met = []
    monkeypatch.setattr(module, "compiled", lambda law, dim, dtype: met.append((type(law), dim, dtype)) or 1)
    found = json.loads(CliRunner().invoke(app, ["warm", "--json"]).stdout)
    laws = {getattr(pn, name) for name in module.names.laws()}
    assert len(laws) >= 7
    assert set(met) == {(law, dim, dtype) for law in laws for dim in (1, 2, 3) for dtype in (np.float32, np.float64)}
    assert found["combinations"] == found["compiled"] == len(met)
