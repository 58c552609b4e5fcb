"""Every benchmark of the fine grain runs; pytest-benchmark itself is not needed for that."""

import pytest

from benchmarks import fine


def once(work, *arguments, **options):
    """In the place of the fixture of pytest-benchmark."""
    return work(*arguments, **options)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", fine.EQUATIONS)
def test_operators(name, dtype):
    fine.test_operator(once, name, dtype)


@pytest.mark.parametrize("kind", fine.SCHEMES)
def test_schemes(kind):
    fine.test_scheme(once, kind)


def test_others():
    fine.test_operator_on_a_graph(once)
    for name in fine.SOLVERS:
        fine.test_solver(once, name)
    for name in ("isotropic", "convection-diffusion"):
        fine.test_certify(once, name)


@pytest.mark.parametrize("name", fine.NETWORKS)
def test_networks(name):
    for backward in (False, True):
        fine.test_network(once, name, backward)
