"""What is written can be read back; what cannot be written whole is not written, and the old file stays."""

import errno
import json
import os
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest
import xarray
from PIL import Image

import pdenn as pn
from pdenn.files import aside, read, write_json, write_picture, write_result

FLOATS = np.random.default_rng(0).random((6, 8))
STATE = np.stack([FLOATS, FLOATS**2, FLOATS**3])


@pytest.fixture
def result():
    A = pn.discretise(pn.Diffusion(), pn.Grid((6, 8), h=0.5))
    return pn.solve(A, FLOATS, pn.FSI(4), 0.5, times=(0.25, 0.5)).to_xarray()


@pytest.mark.parametrize("u", [FLOATS, STATE], ids=["grey", "colour"])
def test_a_picture_keeps_its_values_to_half_a_level(u, tmp_path):
    write_picture(tmp_path / "a.png", u)
    source = read(tmp_path / "a.png")
    assert source.u.shape == u.shape
    assert np.abs(source.u - u).max() <= 0.5 / 255 + 1e-15


def test_a_picture_is_clipped(tmp_path):
    write_picture(tmp_path / "a.png", np.array([[-0.5, 0.0], [1.0, 7.0]]))
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), [[0, 0], [255, 255]])


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_result_comes_back_with_coordinates_and_provenance(suffix, result, tmp_path):
    path = tmp_path / f"a{suffix}"
    write_result(path, result)
    with xarray.open_dataset(path, **({} if suffix == ".nc" else {"engine": "zarr", "consolidated": False})) as found:
        xarray.testing.assert_identical(found.load(), result)
    assert list(tmp_path.iterdir()) == [path]


def test_netcdf_says_the_same_to_the_library_of_netcdf(result, tmp_path):
    """Words are characters, which ParaView needs; time has no unit, or it would take it for a place."""
    write_result(tmp_path / "a.nc", result)
    with netCDF4.Dataset(tmp_path / "a.nc") as file:
        assert {name: v.dimensions for name, v in file.variables.items()} == {
            "u": ("time", "x0", "x1"), "time": ("time",), "x0": ("x0",), "x1": ("x1",)}  # fmt: skip
        np.testing.assert_array_equal(file["u"][:], result.u.values)
        np.testing.assert_array_equal(file["x0"][:], (np.arange(6) + 0.5) * 0.5)
        assert {k: file["time"].getncattr(k) for k in file["time"].ncattrs()} == {"axis": "T", "long_name": "time"}
        assert file["x0"].__dict__ == {"long_name": "x0, cell centres", "units": "1"}
        assert file["u"].__dict__ == {"long_name": "state", "units": "1"}
        assert (file.Conventions, file.equation) == ("CF-1.11", "∂u/∂t = div(g(|∇u|²) ∇u) [g = Linear()]")
    assert b"time" in _fixed_words(tmp_path / "a.nc")


def _fixed_words(path):
    """The words of fixed length about variables."""
    with h5py.File(path) as file:
        return [
            v.attrs["long_name"]
            for v in file.values()
            if h5py.h5a.open(v.id, b"long_name").get_type().is_variable_str() is False
        ]


def test_json_comes_back(tmp_path):
    write_json(tmp_path / "a.json", {"τ": 1.5, "none": None})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"τ": 1.5, "none": None}


@pytest.mark.parametrize(
    ("write", "name", "content", "message"),
    [
        (write_picture, "a.jpg", FLOATS, r"a\.jpg.*'\.jpg'.*\.png"),
        (write_picture, "a.png", FLOATS[0], r"a\.png.*shape"),
        (write_picture, "a.png", STATE[:2], r"a\.png.*shape"),
        (write_picture, "a.png", np.where(FLOATS > 0.5, np.nan, FLOATS), r"a\.png.*NaN"),
        (write_result, "a.csv", None, r"a\.csv.*'\.csv'.*\.nc or \.zarr"),
        (write_json, "a.txt", {}, r"a\.txt.*\.json"),
        (write_json, "a.json", {"tau": float("inf")}, "JSON"),
    ],
)
def test_what_has_no_form_in_the_file_is_refused(write, name, content, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        write(tmp_path / name, content)
    assert list(tmp_path.iterdir()) == []


def full_disk(monkeypatch, kind, method, folder):
    """The method writes some bytes and finds no more space."""

    def write(self, target, *arguments, **options):
        if folder:
            Path(target).mkdir()
            Path(target, "half").write_bytes(b"half")
        else:
            Path(target).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(kind, method, write)


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    ("write", "name", "kind", "method"),
    [
        (write_picture, "a.png", Image.Image, "save"),
        (write_result, "a.nc", xarray.Dataset, "to_netcdf"),
        (write_result, "a.zarr", xarray.Dataset, "to_zarr"),
    ],
)
def test_a_full_disk_leaves_what_was_there(old, write, name, kind, method, result, tmp_path, monkeypatch):
    path, folder = tmp_path / name, name.endswith("zarr")
    if old and folder:
        write(path, result)
    elif old:
        path.write_bytes(b"old")
    before = contents(tmp_path)
    full_disk(monkeypatch, kind, method, folder)
    with pytest.raises(OSError, match=rf"{name}: No space left.*free space") as error:
        write(path, FLOATS if write is write_picture else result)
    assert error.value.errno == errno.ENOSPC
    assert contents(tmp_path) == before


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_json_on_a_full_disk(tmp_path, monkeypatch):
    write_json(tmp_path / "a.json", {"old": True})
    before = contents(tmp_path)
    real = Path.write_text

    def write_text(self, text, **options):
        real(self, text[:3], **options)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", write_text)
    with pytest.raises(OSError, match="No space left"):
        write_json(tmp_path / "a.json", {"new": True})
    assert contents(tmp_path) == before


def test_a_folder_below_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError, match=r"cannot write .*a\.json.*another folder"):
        write_json(tmp_path / "file" / "a.json", {})


def test_missing_folders_are_made(tmp_path):
    write_json(tmp_path / "new" / "folder" / "a.json", {})
    assert (tmp_path / "new" / "folder" / "a.json").exists()


def test_a_file_never_replaces_a_folder(tmp_path):
    (tmp_path / "a.json").mkdir()
    (tmp_path / "a.json" / "mine").write_text("mine")
    with pytest.raises(OSError, match=r"a\.json"):
        write_json(tmp_path / "a.json", {})
    assert (tmp_path / "a.json" / "mine").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_new_folder_replaces_the_old_one(tmp_path):
    for name in ("first", "second"):
        with aside(tmp_path / "a.zarr") as partial:
            partial.mkdir()
            (partial / name).write_text(name)
    assert [path.name for path in (tmp_path / "a.zarr").iterdir()] == ["second"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.zarr"]


def test_an_old_folder_comes_back_if_the_new_one_cannot_take_its_place(tmp_path, monkeypatch):
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "a.zarr" / "old").touch()
    real = os.replace

    def replace(source, target):
        if source == tmp_path / "a.partial.zarr":
            raise OSError(errno.EIO, "broken")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(OSError, match=r"cannot write .*a\.zarr: broken"), aside(tmp_path / "a.zarr") as partial:
        partial.mkdir()
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*")] == [Path("a.zarr"), Path("a.zarr", "old")]


def test_what_a_killed_run_left_is_no_hindrance(tmp_path):
    (tmp_path / "a.partial.json").write_text("{")
    write_json(tmp_path / "a.json", {})
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_the_runtime_errors_of_libraries_mean_the_same(tmp_path):
    def save():
        with aside(tmp_path / "a.pt") as partial:
            partial.write_bytes(b"half")
            raise RuntimeError("unexpected pos 64 vs 0")

    with pytest.raises(OSError, match=r"cannot write .*a\.pt: unexpected pos") as error:
        save()
    assert error.value.errno == errno.EIO
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_says_so_late_leaves_what_was_there(tmp_path, monkeypatch):
    """Some file systems take what does not fit, and notice when it is to be on the disk."""
    write_json(tmp_path / "a.json", {"old": True})
    before = contents(tmp_path)

    def fsync(number):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fsync)
    with pytest.raises(OSError, match=r"a\.json: No space left"):
        write_json(tmp_path / "a.json", {"new": True})
    assert contents(tmp_path) == before
