"""The time loop: steps, saved times, refusals, checkpoints."""

import sys

import numpy as np
import pytest
import torch
from tqdm import tqdm

import pdenn as pn
from pdenn import checkpoints

GRID = pn.Grid((8, 6), h=0.5)
A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), GRID)
U0 = np.random.default_rng(0).random((8, 6))


def test_the_largest_certified_step_divides_the_time():
    solution = pn.solve(A, U0, pn.ExplicitEuler(), t_end=1.0)
    assert isinstance(solution, pn.Solution)
    assert solution.steps == 16 and solution.calls == 16
    assert solution.tau == pytest.approx(1 / 16, rel=1e-12)
    assert solution.certificate.claim == "bounded"
    assert pn.solve(A, U0, pn.ExplicitEuler(), t_end=1.01).steps == 17


def test_the_loop_is_the_scheme_repeated():
    u = U0
    for _ in range(3):
        u = pn.FSI(4).step(A, 0.0, u, 0.2)
    np.testing.assert_allclose(pn.solve(A, U0, pn.FSI(4), t_end=0.6, tau=0.2).u, u, rtol=0, atol=1e-14)


def test_saved_times_are_met_exactly():
    solution = pn.solve(A, U0, pn.FSI(4), t_end=1.0, times=(0.0, 0.3, 1.0))
    assert solution.times == (0.0, 0.3, 1.0)
    np.testing.assert_array_equal(solution.snapshots[0], U0)
    np.testing.assert_array_equal(solution.snapshots[1], pn.solve(A, U0, pn.FSI(4), t_end=0.3).u)
    np.testing.assert_array_equal(solution.snapshots[2], solution.u)
    assert pn.solve(A, U0, pn.FSI(4), t_end=1.0, times=(0.5,)).snapshots[0].shape == U0.shape


def test_from_saved_time_to_saved_time_is_the_same_run():
    field = pn.discretise(pn.Convection(lambda t, x, y: (1 + t + 0 * x, 0 * y)), GRID)
    times, u = (0.0, 0.3, 0.4, 1.0), U0
    whole = pn.solve(field, U0, pn.ExplicitEuler(), 1.0, tau=0.07, certificate=None, times=times)
    for begin, end, expected in zip(times, times[1:], whole.snapshots[1:], strict=False):
        part = pn.solve(
            field, u, pn.ExplicitEuler(), end, tau=0.07, certificate=None, times=(begin, end), t_start=begin
        )
        assert (part.snapshots[0] == u).all() and (part.u == expected).all()
        u = part.u


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_batch_go_through(dtype):
    batch = np.stack([U0, 2 * U0, -U0]).astype(dtype)
    solution = pn.solve(A, batch, pn.FSI(4), t_end=1.0)
    assert solution.u.dtype == dtype and solution.u.shape == batch.shape
    single = pn.solve(A, batch[1], pn.FSI(4), t_end=1.0).u
    np.testing.assert_allclose(solution.u[1], single, rtol=0, atol=16 * np.finfo(dtype).eps)


def test_tensors_give_tensors_equal_to_arrays():
    solution = pn.solve(A, torch.from_numpy(U0), pn.FSI(4), t_end=1.0)
    assert isinstance(solution.u, torch.Tensor) and solution.u.dtype == torch.float64
    np.testing.assert_allclose(solution.u.numpy(), pn.solve(A, U0, pn.FSI(4), t_end=1.0).u, rtol=0, atol=1e-14)


def test_no_time_no_step():
    solution = pn.solve(A, U0, pn.FSI(4), t_end=0.0)
    assert solution.steps == 0 and solution.tau == 0.0
    np.testing.assert_array_equal(solution.u, U0)


def test_the_initial_state_is_not_written():
    u0 = U0.copy()
    u0.flags.writeable = False
    pn.solve(A, u0, pn.FSI(4), t_end=1.0)
    np.testing.assert_array_equal(u0, U0)


def test_a_step_beyond_the_claim_is_refused_with_the_remedy():
    with pytest.raises(pn.StepTooLarge) as error:
        pn.solve(A, U0, pn.ExplicitEuler(), t_end=1.0, tau=0.08)
    for words in ("tau=0.08", "0.0625", "bounded", "β/ρ", "Take tau <= 0.0625", "certificate=None"):
        assert words in str(error.value)
    pn.solve(A, U0, pn.ExplicitEuler(), t_end=1.0, tau=0.0625)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"t_end": -1.0}, ValueError, "t_end must be finite and >= 0, got -1.0"),
        ({"t_end": float("nan")}, ValueError, "t_end must be finite"),
        ({"t_end": "1"}, TypeError, "t_end must be a real number"),
        ({"t_start": 5.0}, ValueError, "t_end must be at least t_start=5"),
        ({"t_start": 0.2, "times": (0.1,)}, ValueError, r"times must increase and lie in \[0\.2"),
        ({"tau": 0.0}, ValueError, "tau must be positive"),
        ({"tau": -0.1}, ValueError, "tau must be finite and >= 0"),
        ({"certificate": "stable"}, ValueError, "certificate must be one of"),
        ({"certificate": None}, ValueError, "tau must be given"),
        ({"times": (0.5, 0.2)}, ValueError, "times must increase"),
        ({"times": (2.0,)}, ValueError, "times must increase and lie in"),
        ({"u0": U0.astype(int)}, TypeError, "u0 must be of dtype float32 or float64, got int64"),
        ({"u0": U0 + 0j}, TypeError, "u0 must be of dtype float32 or float64, got complex128"),
        ({"u0": U0.astype(np.float16)}, TypeError, "got float16"),
        ({"u0": U0.tolist()}, TypeError, "u0 must be a NumPy array or a torch tensor, got list"),
        ({"u0": U0.T}, ValueError, r"u0 must have shape \(\.\.\., 8, 6\), got \(6, 8\)"),
        ({"u0": np.where(U0 > 0.5, np.nan, U0)}, ValueError, "u0 must be finite, got"),
        ({"u0": np.where(U0 > 0.5, np.inf, U0)}, ValueError, "u0 must be finite, got"),
        ({"scheme": pn.FSI}, TypeError, "scheme must be an instance"),
        ({"A": np.eye(3)}, TypeError, "A must be an operator"),
    ],
)
def test_bad_input_is_refused(arguments, error, words):
    call = {"A": A, "u0": U0, "scheme": pn.FSI(4), "t_end": 1.0} | arguments
    with pytest.raises(error, match=words):
        pn.solve(**call)


def test_a_diverging_run_is_stopped():
    with pytest.raises(pn.Diverged, match="take a smaller tau"), np.errstate(all="ignore"):
        pn.solve(pn.discretise(pn.Diffusion(), GRID), U0, pn.ExplicitEuler(), t_end=1e3, tau=1.0, certificate=None)


class Interrupted:
    """A scheme that is interrupted once, after some steps."""

    def __init__(self, after):
        self.left = after

    def step(self, A, t, u, tau):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return pn.ExplicitEuler().step(A, t, u, tau)

    def __repr__(self):
        return "ExplicitEuler()"


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
def test_an_interrupted_run_goes_on_from_its_checkpoint(tmp_path, kind):
    path, u0 = tmp_path / "run.npz", kind(U0)
    arguments = {"t_end": 1.0, "tau": 1 / 16, "certificate": None, "times": (0.25, 1.0)}
    whole = pn.solve(A, u0, pn.ExplicitEuler(), **arguments)
    with pytest.raises(KeyboardInterrupt):
        pn.solve(A, u0, Interrupted(8), checkpoint=path, **arguments)
    resumed = pn.solve(A, u0, pn.ExplicitEuler(), checkpoint=path, **arguments)
    # Arrays take the steps between two saved times together: those from 4 on were lost; tensors lose one.
    assert resumed.steps == 16 - (4 if kind is np.asarray else 7)
    np.testing.assert_array_equal(resumed.u, whole.u)
    np.testing.assert_array_equal(resumed.snapshots[0], whole.snapshots[0])
    assert type(resumed.u) is type(u0)
    again = pn.solve(A, u0, pn.ExplicitEuler(), checkpoint=path, **arguments)
    assert again.steps == 0
    np.testing.assert_array_equal(again.u, whole.u)


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    pn.solve(A, U0, pn.FSI(4), t_end=1.0, checkpoint=path)
    with pytest.raises(ValueError, match="belongs to another run"):
        pn.solve(A, U0 + 1, pn.FSI(4), t_end=1.0, checkpoint=path)
    path.write_bytes(b"no archive")
    with pytest.raises(ValueError, match="is not a checkpoint of pdenn"):
        pn.solve(A, U0, pn.FSI(4), t_end=1.0, checkpoint=path)
    assert path.read_bytes() == b"no archive"


def test_a_full_disk_leaves_the_old_checkpoint_whole(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    checkpoints.write(path, "run", checkpoints.Checkpoint(3, U0, ()))
    before = path.read_bytes()

    def full(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        checkpoints.write(path, "run", checkpoints.Checkpoint(4, U0, ()))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


def test_nothing_infinite_is_ever_kept(tmp_path):
    path = tmp_path / "run.npz"
    linear = pn.discretise(pn.Diffusion(), GRID)
    with pytest.raises(pn.Diverged), np.errstate(all="ignore"):
        pn.solve(linear, U0, pn.ExplicitEuler(), t_end=1e3, tau=1.0, certificate=None, checkpoint=path)
    assert not path.exists() or np.isfinite(np.load(path)["u"]).all()


def test_progress_is_shown_on_request(capsys, monkeypatch):
    monkeypatch.setattr(sys.modules["pdenn.solve"], "tqdm", _without_delay)
    pn.solve(A, U0, pn.ExplicitEuler(), t_end=1.0, progress=True)
    assert "step" in capsys.readouterr().err
    pn.solve(A, U0, pn.ExplicitEuler(), t_end=1.0, progress=False)
    assert capsys.readouterr().err == ""


def _without_delay(**options):
    return tqdm(**options | {"delay": 0.0})


def test_solutions_become_datasets_with_provenance():
    data = pn.solve(A, np.stack([U0, U0]), pn.FSI(4), t_end=1.0, times=(0.0, 1.0)).to_xarray()
    assert data["u"].dims == ("time", "batch0", "x0", "x1")
    np.testing.assert_array_equal(data["x0"], np.arange(8) * 0.5 + 0.25)
    assert data.attrs["scheme"] == "FSI(n=4, coefficients='held')"
    assert "Charbonnier(contrast=0.1)" in data.attrs["operator"]
    assert "bounded" in data.attrs["certificate"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_large_states_are_looked_at_by_kernels(value, dtype):
    """States so large that all threads look for NaN; a square that overflows is none."""
    n = 1 << 20
    A, u = pn.discretise(pn.Diffusion(pn.Linear()), pn.Grid((n,))), np.full(n, 1e30, dtype)
    assert np.isfinite(pn.solve(A, u, pn.ExplicitEuler(), 0.5, tau=0.25, progress=False).u).all()
    u[n // 3] = value
    with pytest.raises(ValueError, match="u0 must be finite, got 1 NaN or infinite values"):
        pn.solve(A, u, pn.ExplicitEuler(), 0.5, tau=0.25, progress=False)
