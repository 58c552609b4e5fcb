"""What would not fit into memory is refused from its header, before any memory is taken."""

import json
import os
import subprocess
import sys
import tracemalloc
import types
import zipfile
from dataclasses import is_dataclass

import numpy as np
import pytest
import tifffile
import xarray
import zarr
from PIL import Image
from promises import npy, png

import pdenn as pn
from pdenn import checkpoints
from pdenn.files import memory, problem, read

LITTLE = 1_000_000  # bytes that refusing may take; what is refused would be far larger


def save_zarr(path):
    zarr.create_array(path, shape=(10**6, 10**6), chunks=(1000, 1000), dtype="f8", fill_value=1.0)


def save_zarr_of_one_chunk(path):
    zarr.create_array(path, shape=(2, 2), chunks=(10**6, 10**6), dtype="f8", fill_value=1.0)


def save_group(path):
    zarr.create_array(path, name="u", shape=(10**6, 10**6), chunks=(99, 99), dtype="f8", dimension_names=["x", "y"])


def save_sparse_nc(path):
    import h5py

    with h5py.File(path, "w") as file:
        file.create_dataset("u", shape=(10**6, 10**6), chunks=(1000, 1000), dtype="f8")


@pytest.mark.parametrize(
    ("name", "save", "message"),
    [
        ("a.npy", lambda p: p.write_bytes(npy((10**6, 10**6)) + b"12345678"), "mmap"),
        ("a.npy", lambda p: p.write_bytes(npy((2**62, 2**62)) + b"12345678"), "as an array"),
        ("a.npy", lambda p: p.write_bytes(npy((10**6,), "|O") + b"12345678"), "objects"),
        ("a.png", lambda p: p.write_bytes(png(12_000, 12_000)), "bomb"),
        ("a.png", lambda p: p.write_bytes(png(2**31 - 1, 2**31 - 1)), "bomb"),
        ("a.zarr", save_zarr, "needs 8e[+]03 GB"),
        ("a.zarr", save_zarr_of_one_chunk, "needs 8e[+]03 GB"),
        ("a.zarr", save_group, "needs 8e[+]03 GB"),
        ("a.nc", save_sparse_nc, "needs 8e[+]03 GB"),
    ],
)  # fmt: skip
def test_bombs(name, save, message, tmp_path):
    save(tmp_path / name)
    read_nothing_much(tmp_path / name, message)


def read_nothing_much(path, message):
    with pytest.raises((OSError, ValueError), match=message):
        read(path)  # imports
    tracemalloc.start()
    with pytest.raises((OSError, ValueError), match=message):
        read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < LITTLE


@pytest.mark.parametrize("name", ["a.npy", "a.png", "a.tif", "a.zarr", "a.nc"])
def test_what_needs_more_than_there_is(name, tmp_path, monkeypatch):
    u = np.zeros((20, 30), np.float32)
    path = tmp_path / name
    write = {
        ".npy": lambda: np.save(path, u),
        ".png": lambda: Image.fromarray(u.astype(np.uint8)).save(path),
        ".tif": lambda: tifffile.imwrite(path, u),
        ".zarr": lambda: zarr.create_array(path, data=u),
        ".nc": lambda: xarray.Dataset({"u": (("x", "y"), u)}).to_netcdf(path, engine="h5netcdf"),
    }
    write[path.suffix]()
    assert read(path).shape == (20, 30)
    monkeypatch.setattr(memory, "available", lambda: 2399)
    with pytest.raises(
        ValueError, match=rf"cannot use .*{name}: .* needs .* GB of memory, and 2\.4e-06 GB are available"
    ):
        read(path)


def test_a_compressed_checkpoint_is_none(tmp_path):
    arrays = {"run": "r", "done": 1, "u": np.zeros(10**6)}
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    with pytest.raises(ValueError, match="compressed"):
        checkpoints.read(tmp_path / "a.npz", "r")
    np.savez(tmp_path / "a.npz", **arrays)
    assert checkpoints.read(tmp_path / "a.npz", "r").u.shape == (10**6,)


def test_a_checkpoint_of_an_array_that_is_not_there(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        for name in ("run", "done", "u"):
            file.writestr(f"{name}.npy", npy((10**9, 10**9)))
    with pytest.raises(ValueError, match="not a checkpoint"):
        checkpoints.read(tmp_path / "a.npz", "r")


def test_memory_of_this_machine(monkeypatch):
    assert 10**6 < memory.available() < 10**15
    told = types.SimpleNamespace(virtual_memory=lambda: types.SimpleNamespace(available=123))
    monkeypatch.setitem(sys.modules, "psutil", told)
    assert memory.available() == 123


def test_all_there_is_may_be_taken(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 2000)
    memory.check_memory(2000, "this")
    with pytest.raises(memory.TooLarge, match=r"this needs 2e-06 GB of memory, and 2e-06 GB are available"):
        memory.check_memory(2001, "this")


def test_a_system_that_tells_nothing_refuses_nothing(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: None)
    memory.check_memory(10**30, "this")


KINDS = [t for t in (getattr(pn, name) for name in pn.__all__) if is_dataclass(t) and hasattr(t, "step")]
ON_ARRAYS = [kind() for kind in KINDS if kind is not pn.TorchDiffEqIntegrator]
TOGETHER = [pn.SemiImplicit(pn.Multigrid()), pn.Adaptive(pn.ImplicitEuler()), pn.SciPyIntegrator("BDF")]


def equation(scheme):
    """One that the scheme is for."""
    if isinstance(scheme, pn.SemiLagrangian):
        return pn.Convection((1.0, 0.5))
    if isinstance(scheme, pn.ExponentialEuler | pn.ETDRK2 | pn.ETDRK4):
        return pn.Diffusion() + pn.Reaction(lambda u: u - u**3)
    return pn.Diffusion(pn.Charbonnier(0.5))


@pytest.mark.parametrize("scheme", [*ON_ARRAYS, *TOGETHER], ids=repr)
def test_a_step_takes_less_than_predicted(scheme):
    n = 24 if getattr(scheme, "method", "") == "BDF" else 128  # its Jacobian is dense
    A, small = (pn.discretise(equation(scheme), pn.Grid((m, m), boundary="periodic")) for m in (n, 16))
    options = {"tau": 0.1, "certificate": None}
    pn.solve(small, np.random.default_rng(0).random((16, 16)), scheme, 0.1, **options)  # imports, compilations
    u = np.random.default_rng(0).random((n, n))
    arrays = problem.arrays(scheme, u.size)
    tracemalloc.start()
    pn.solve(A, u, scheme, 0.1, **options)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < arrays * u.nbytes


# What is solved, on a grid of n² cells or a graph of n points, and in how large a state its memory is measured.
CASES = [
    ('equation = [{ kind = "Convection", velocity = [1.0, 0.5], flux = { kind = "WENO5" } }, { kind = "Diffusion" }, '
     '{ kind = "Reaction", f = { kind = "Polynomial", coefficients = [0, 1, -1] } }]', '"SSPRK3"', 400),
    ('equation = { kind = "ConvectionDiffusion", velocity = [1.0, 0.5] }', '"SSPRK3"', 400),
    ('equation = { kind = "Diffusion", law = { kind = "Charbonnier", contrast = 0.5 } }',
     '"ImplicitEuler", solver = { kind = "Multigrid" }', 400),
    ('equation = { kind = "Diffusion", law = { kind = "Charbonnier", contrast = 0.5 } }', '"FSI", n = 5', 20_000),
    ('equation = { kind = "Diffusion", law = { kind = "Charbonnier", contrast = 0.5 } }', '"ImplicitEuler"', 20_000),
    ('equation = { kind = "GraphConvection" }', '"SSPRK3"', 20_000),
]  # fmt: skip
MEASURE = """
import json, sys
import pdenn as pn
from pdenn.files import problem
def line(key):
    return next(int(words.split()[1]) for words in open("/proc/self/status") if words.startswith(key)) * 1024
def peak(path):
    asked = problem.read(path)
    A, u = asked.operator, asked.state()
    open("/proc/self/clear_refs", "w").write("5")  # the peak begins anew
    before = line("VmRSS")
    pn.solve(A, u, asked.scheme, asked.run.t_end, tau=asked.run.tau, certificate=None, progress=False)
    return line("VmHWM") - before, asked.memory, u.nbytes
print(json.dumps([[peak(path) for path in pair][1] for pair in json.loads(sys.argv[1])]))
"""


def test_a_process_takes_less_than_predicted(tmp_path):
    """As the system counts it, compiled kernels included; the small problem before compiles them."""
    pairs = []
    for i, (equation, scheme, size) in enumerate(CASES):
        pairs.append([])
        for n in (32, size):
            path, on_graph = tmp_path / f"{i}-{n}.toml", size > 1000
            shape = (2, n) if on_graph else (n, n)
            np.save(tmp_path / f"{i}-{n}.npy", np.random.default_rng(0).random(shape))
            np.save(tmp_path / f"p{n}.npy", np.random.default_rng(1).random((n, 2)))
            domain = f'graph = {{ points = "p{n}.npy", neighbours = 12 }}' if on_graph else "grid = {}"
            initial = f'initial = {{ kind = "file", path = "{i}-{n}.npy" }}'
            run = 'run = { t_end = 0.02, tau = 0.01, certificate = "none" }'
            path.write_text("\n".join([initial, equation, domain, f"scheme = {{ kind = {scheme} }}", run]))
            pairs[-1].append(str(path))
    call = [sys.executable, "-c", MEASURE, json.dumps(pairs)]
    done = subprocess.run(call, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr
    for case, (peak, predicted, state) in zip(CASES, json.loads(done.stdout), strict=True):
        assert 0 <= peak < predicted, case
        assert predicted < 400 * state, case
