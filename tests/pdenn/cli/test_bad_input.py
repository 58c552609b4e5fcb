"""Every wrong question gets one message that names it, on stderr, with an exit code and without a traceback."""

import errno
import zipfile
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest
import xarray
from typer.testing import CliRunner

import pdenn
from pdenn.cli import app

U = np.random.default_rng(0).random((6, 8))
ARRAYS = {
    "ok": U,
    "nan": np.where(U > 0.9, np.nan, U),
    "inf": np.where(U > 0.9, np.inf, U),
    "int": (9 * U).astype(int),
    "complex": U + 1j,
    "four": np.zeros((2, 2, 2, 2)),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with good and bad files."""
    monkeypatch.chdir(tmp_path)
    for name, values in ARRAYS.items():
        np.save(f"{name}.npy", values)
    imageio.imwrite("ok.png", (255 * U).astype(np.uint8))
    Path("text.png").write_text("hello")
    np.savez("whole.npz", edges=np.zeros((2, 2)))
    Path("bad.npz").write_bytes(Path("whole.npz").read_bytes()[:-30])
    with zipfile.ZipFile("bomb.npz", "w") as archive, archive.open("labels.npy", "w") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    Path("half.png").write_bytes(Path("ok.png").read_bytes()[:50])
    return tmp_path


def invoke(command: str):
    return CliRunner().invoke(app, command.split())


TABLE = [
    ("solve nan.npy --t-end 1", ["nan.npy", "NaN", "nan_to_num"]),
    ("solve inf.npy --t-end 1", ["inf.npy", "infinite", "nan_to_num"]),
    ("solve int.npy --t-end 1", ["int.npy", "int64", "astype(float)"]),
    ("solve complex.npy --t-end 1", ["complex.npy", "complex128", "real part"]),
    ("solve four.npy --t-end 1", ["four.npy", "1 to 3 axes"]),
    ("solve text.png --t-end 1", ["text.png", "picture", "whole"]),
    ("solve half.png --t-end 1", ["half.png", "truncated"]),
    ("solve none.png --t-end 1", ["none.png", "no such file"]),
    ("solve [red].npy --t-end 1", ["[red].npy", "no such file"]),
    ("solve ok.npy --t-end 1 --contrast 0", ["contrast", "> 0", "0.0"]),
    ("solve ok.npy --t-end 1 --contrast -1", ["contrast", "> 0", "-1.0"]),
    ("solve ok.npy --t-end 1 --contrast nan", ["contrast", "finite", "nan"]),
    ("solve ok.npy --t-end 1 --law linear --contrast 1", ["Linear", "no parameter contrast"]),
    ("solve ok.npy --t-end 1 --law peronna", ["law", "peronna", "did you mean PeronaMalik?", "Charbonnier, Forward"]),
    ("solve ok.npy --t-end 1 --scheme euler", ["scheme", "euler", "ExplicitEuler"]),
    ("solve ok.npy --t-end 1 --scheme ssprk2 -n 3", ["SSPRK2", "no parameter n"]),
    ("solve ok.npy --t-end 1 -n 0", ["n must be an integer >= 1", "0"]),
    ("solve ok.npy --t-end 1 --h 0", ["h must be positive"]),
    ("solve ok.npy --t-end 1 --h -0.5", ["h must be positive", "-0.5"]),
    ("solve ok.npy --t-end 1 --h nan", ["h must be positive and finite"]),
    ("solve ok.npy --t-end 1 --h one", ["h must be numbers", "'one'"]),
    ("solve ok.npy --t-end 1 --h 1,2,3", ["h must be one number or one per axis"]),
    ("solve ok.npy --t-end 1 --boundary open", ["boundary", "'open'", "'reflecting'"]),
    ("solve ok.npy --t-end 1 --boundary dirichlet:x", ["boundary must be numbers", "'x'"]),
    ("solve ok.npy --t-end 1 --boundary dirichlet:1,2", ["boundary", "Dirichlet takes value", "1,2"]),
    ("solve ok.npy --t-end 1 --boundary robin:-1,1,0", ["Robin", "alpha >= 0"]),
    ("solve ok.npy --t-end -1", ["t_end", ">= 0", "-1.0"]),
    ("solve ok.npy --t-end inf", ["t_end", "finite", "inf"]),
    ("solve ok.npy --t-end 1 --tau 9", ["tau=9", "exceeds the limit", "Take tau <="]),
    ("solve ok.npy --t-end 1 --tau 0", ["tau must be positive"]),
    ("solve ok.npy --t-end 1 --certificate none", ["tau must be given"]),
    ("solve ok.npy --t-end 1 --certificate stable", ["certificate", "'stable'", "bounded"]),
    ("solve ok.npy --t-end 1 --certificate contractive", ["'contractive' is not provable", "Provable: bounded"]),
    ("solve ok.npy --t-end 1 --times 2,1", ["times must increase"]),
    ("solve ok.npy --t-end 1 --times a,b", ["times must be numbers", "a,b"]),
    ("solve ok.npy --t-end 1 --times 1 --animation", ["times must be two at least for an animation", "'1'"]),
    ("solve ok.npy --t-end 0 --animation", ["t_end must be > 0 for an animation", "0"]),
    ("audit text.png --tau 0.1", ["text.png", "could not convert"]),
    ("audit bad.npz --tau 0.1", ["bad.npz", "archive"]),
    ("audit bomb.npz --tau 0.1", ["bomb.npz", "does not fit into the"]),
    ("solve ok.npy --t-end 1 --format csv", ["format must be nc or zarr", "csv"]),
    ("solve ok.npy --t-end 1 --form round", ["form must be one of", "round"]),
    ("solve ok.npy --t-end 1 --coefficients old", ["coefficients must be one of", "old"]),
    ("solve ok.npy --t-end 1 --out ok.npy/below", ["cannot write into ok.npy/below", "--out"]),
    ("solve ok.npy --t-end 1 --out ok.png", ["cannot write into ok.png", "--out"]),
    ("certify --shape 3,x", ["shape must be integers", "'3,x'"]),
    ("certify --shape 1,1,1,1", ["shape must have 1 to 3 axes"]),
    ("certify --shape 0", ["shape must consist of positive integers"]),
    ("derive --shape 8 --tau 99 --steps 2", ["tau=99 exceeds the limit"]),
    ("derive --shape 8 --tau 1 --steps 0", ["steps must be a positive integer", "0"]),
    ("derive --shape 8 --tau 1 --steps 1 --out ok.npy/below", ["cannot write ok.npy/below/network.safetensors"]),
    ("inspect none.safetensors", ["none.safetensors", "no such file"]),
    ("inspect text.png", ["text.png", "as safetensors", "whole"]),
    ("train ok.npy ok.npy --noise 0.1", ["ok.npy", "as safetensors"]),
    ("validate", ["validation/ is not part of the installed package", "clone"]),
    ("bench", ["benchmarks/ is not part of the installed package", "clone"]),
    ("demo --out ok.npy/below", ["cannot write ok.npy/below"]),
]  # fmt: skip


@pytest.mark.parametrize(("command", "words"), TABLE, ids=[command for command, _ in TABLE])
def test_one_message(command, words, folder):
    before = sorted(folder.iterdir())
    result = invoke(command)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    assert [word for word in words if word not in result.stderr] == []
    left = {path.name for path in set(folder.iterdir()) - set(before)}
    assert left <= {"pdenn-ok"}
    assert not any((folder / "pdenn-ok").glob("*"))


@pytest.mark.parametrize("name", ["picture.png", "figure.png", "animation.gif"])
def test_the_input_is_not_overwritten(name, folder):
    Path("out").mkdir()
    imageio.imwrite(f"out/{name}", (255 * U).astype(np.uint8))
    result = invoke(f"solve out/{name} --t-end 1 --out out")
    assert result.exit_code == 2
    assert f"would overwrite out/{name}" in result.stderr


def test_integer_pictures_are_welcome(folder):
    assert invoke("solve ok.png --t-end 1 --format zarr").exit_code == 0


def test_a_run_that_diverges_fails(folder):
    result = invoke("solve ok.npy --law linear --scheme expliciteuler --t-end 9e4 --tau 9 --certificate none")
    assert result.exit_code == 1
    assert "NaN or infinite at t=" in result.stderr
    assert "smaller tau" in result.stderr


def test_a_run_out_of_memory_fails_and_says_so(folder, monkeypatch):
    def solve(*arguments, **options):
        raise MemoryError  # which has no words of its own

    monkeypatch.setattr(pdenn, "solve", solve)
    result = invoke("solve ok.npy --t-end 1")
    assert (result.exit_code, result.stderr) == (1, "error: MemoryError\n")


def test_a_disk_that_fills_half_way_leaves_the_old_result(folder, monkeypatch):
    assert invoke("solve ok.npy --t-end 1 --format zarr").exit_code == 0
    before = {path: path.read_bytes() for path in Path("pdenn-ok").rglob("*") if path.is_file()}

    def to_zarr(self, target, **options):
        Path(target).mkdir()
        Path(target, "half").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(xarray.Dataset, "to_zarr", to_zarr)
    result = invoke("solve ok.npy --t-end 2 --format zarr --checkpoint")
    assert result.exit_code == 1
    assert "result.zarr: No space left on device" in result.stderr
    assert "free space" in result.stderr
    after = {path: path.read_bytes() for path in Path("pdenn-ok").rglob("*") if path.is_file()}
    assert after.pop(Path("pdenn-ok/checkpoint.npz"))  # with space again, the same command has its result at once
    assert after == before
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    again = invoke("solve ok.npy --t-end 2 --format zarr --checkpoint")
    assert again.exit_code == 0
    assert ": 0 steps" in again.stdout
