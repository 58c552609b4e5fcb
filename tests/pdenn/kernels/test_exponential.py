"""The exponential of compiled kernels against that of extended precision."""

import numpy as np
import pytest

from pdenn.kernels.compile import serial
from pdenn.kernels.exponential import exponential


@serial
def exp(x, out):
    for k in range(len(x)):
        out[k] = exponential(x[k])


def of(x):
    out = np.empty_like(x)
    exp(x, out)
    return out


@pytest.mark.parametrize(("dtype", "lowest", "highest"), [(np.float32, -87.3, 88.3), (np.float64, -708.3, 709.4)])
def test_two_units_of_the_last_place(dtype, lowest, highest):
    rng = np.random.default_rng(0)
    x = np.concatenate(
        [np.linspace(lowest, highest, 10_001), rng.uniform(-2, 2, 10_000), rng.uniform(-1e-4, 1e-4, 999)]
    )
    x = x.astype(dtype)
    exact = np.exp(x.astype(np.longdouble))
    assert (abs(of(x) - exact) <= 2 * np.spacing(exact.astype(dtype))).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ends(dtype):
    x = np.array([0.0, -0.0, np.inf, -np.inf, 1000.0, -1000.0, 1e30, -1e30], dtype)
    assert of(x).tolist() == [1.0, 1.0, np.inf, 0.0, np.inf, 0.0, np.inf, 0.0]
    assert np.isnan(of(np.array([np.nan], dtype)))[0]
    assert of(np.array([1.0], dtype)).dtype == dtype
