"""Pictures and arrays come in as they were stored, and bad files are refused by name."""

import hashlib

import imageio.v3 as imageio
import numpy as np
import pytest
import tifffile
import xarray
import zarr
from PIL import Image

from pdenn.files import read

RANDOM = np.random.default_rng(0)
BYTES = RANDOM.integers(0, 256, (6, 8, 3), dtype=np.uint8)
WORDS = RANDOM.integers(0, 65536, (6, 8), dtype=np.uint16)
WORDS[0, 0] = 65535
FLOATS = RANDOM.random((6, 8))


@pytest.mark.parametrize(
    ("name", "pixels", "scale"),
    [
        ("grey.png", BYTES[..., 0], 255),
        ("colour.png", BYTES, 255),
        ("grey16.png", WORDS, 65535),
        ("grey16.pgm", WORDS, 65535),
        ("colour16.tif", np.stack([WORDS, WORDS // 2, WORDS // 3], -1), 65535),
        ("float.tif", FLOATS.astype(np.float32), 1),
        ("grey.bmp", BYTES[..., 0], 255),
    ],
)
def test_pictures_are_scaled_with_the_colours_first(name, pixels, scale, tmp_path):
    (tifffile.imwrite if name.endswith("tif") else imageio.imwrite)(tmp_path / name, pixels)
    source = read(tmp_path / name)
    expected = np.moveaxis(pixels, -1, 0) if pixels.ndim == 3 else pixels
    np.testing.assert_array_equal(source.u, expected.astype(float) / scale)
    assert source.u.dtype == np.float64
    assert (source.scale, source.shape) == (scale, (6, 8))


def test_black_and_white(tmp_path):
    Image.fromarray(BYTES[..., 0]).convert("1").save(tmp_path / "a.png")
    source = read(tmp_path / "a.png")
    assert set(np.unique(source.u)) == {0.0, 1.0}
    assert source.scale == 1


@pytest.mark.parametrize(("mode", "shape"), [("RGBA", (3, 6, 8)), ("LA", (6, 8))])
def test_an_opaque_picture_is_read_without_its_alpha(mode, shape, tmp_path):
    image = Image.fromarray(BYTES)
    image.convert(mode).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png").u.shape == shape


def test_one_frame_of_an_animation_format_is_a_picture(tmp_path):
    Image.fromarray(BYTES[..., 0]).save(tmp_path / "a.gif")
    assert read(tmp_path / "a.gif").shape == (6, 8)


def save_frames(path):
    Image.fromarray(BYTES).save(path, save_all=True, append_images=[Image.fromarray(BYTES[::-1])])


def save_transparent(path):
    image = Image.fromarray(BYTES).convert("RGBA")
    image.putpixel((0, 0), (0, 0, 0, 7))
    image.save(path)


def save_one_nan(path):
    np.save(path, np.where(FLOATS < FLOATS.max(), FLOATS, np.nan))


def save_truncated(path):
    Image.fromarray(BYTES).save(path)
    path.write_bytes(path.read_bytes()[:60])


@pytest.mark.parametrize(
    ("name", "save", "kind", "message"),
    [
        ("a.gif", save_frames, ValueError, "several frames"),
        ("a.png", save_transparent, ValueError, "transparent.*flatten"),
        ("a.jpg", lambda p: Image.fromarray(BYTES).convert("CMYK").save(p), ValueError, "CMYK.*RGB"),
        ("a.tif", lambda p: tifffile.imwrite(p, 3 * np.ones((4, 4), "f4")), ValueError, r"\[0, 1\].*\.npy"),
        ("a.tif", lambda p: tifffile.imwrite(p, np.full((4, 4), np.nan, "f4")), ValueError, "16 of its 16.*NaN"),
        ("a.png", save_truncated, OSError, "as a picture.*Is it whole"),
        ("a.png", lambda p: p.write_text("hello"), OSError, "as a picture"),
        ("a.xyz", lambda p: p.write_text("hello"), OSError, "as a picture.*suffix"),
        ("a.npy", lambda p: p.write_text("hello"), OSError, "as an array"),
        ("a.npy", lambda p: np.save(p, np.array([{}], dtype=object)), OSError, "as an array"),
        ("a.nc", lambda p: p.write_text("hello"), OSError, "as an array"),
        ("a.zarr", lambda p: p.mkdir(), OSError, "as an array"),
        ("a.png", lambda p: p.mkdir(), OSError, "as a picture"),
        ("a.npy", lambda p: None, FileNotFoundError, "no such file"),
        ("a.npy", lambda p: np.save(p, BYTES), TypeError, "uint8.*astype"),
        ("a.npy", lambda p: np.save(p, FLOATS.astype(np.float16)), TypeError, "float16.*astype"),
        ("a.npy", lambda p: np.save(p, FLOATS + 1j), TypeError, "complex128.*real part"),
        ("a.npy", lambda p: np.save(p, np.where(FLOATS > 0.5, np.inf, FLOATS)), ValueError, "infinite.*nan_to_num"),
        ("a.npy", lambda p: np.save(p, np.full((2, 3), np.nan)), ValueError, "6 of its 6 values are NaN"),
        ("a.npy", save_one_nan, ValueError, "1 of its 48 values are NaN"),
        ("a.npy", lambda p: np.save(p, np.zeros((2, 2, 2, 2))), ValueError, "1 to 3 axes"),
        ("a.npy", lambda p: np.save(p, np.zeros((2, 0))), ValueError, "at least one cell"),
        ("a.npy", lambda p: np.save(p, np.float64(1)), ValueError, "1 to 3 axes"),
    ],
)
def test_bad_files_are_refused_by_name(name, save, kind, message, tmp_path):
    save(tmp_path / name)
    with pytest.raises(kind, match=rf"(?s){name}.*{message}"):
        read(tmp_path / name)


@pytest.mark.parametrize("dtype", ["float32", "float64", ">f8"])
def test_arrays_come_as_they_are(dtype, tmp_path):
    np.save(tmp_path / "a.npy", (1000 * FLOATS).astype(dtype))
    source = read(tmp_path / "a.npy")
    np.testing.assert_array_equal(source.u, (1000 * FLOATS).astype(dtype))
    assert source.u.dtype.isnative
    assert (source.scale, source.shape) == (None, (6, 8))
    assert source.sha256 == hashlib.sha256((tmp_path / "a.npy").read_bytes()).hexdigest()


def datasets():
    """What may stand in a file, and the state that it means."""
    space = ("x0", "x1")
    history = ("time", "batch0", *space)
    yield xarray.Dataset({"temperature": (space, FLOATS)}), FLOATS
    yield xarray.Dataset({"u": (space, FLOATS), "v": (space, -FLOATS)}), FLOATS
    # A result goes on from its last time.
    data = np.stack([np.stack([-FLOATS] * 3), np.stack([FLOATS] * 3)])
    yield xarray.Dataset({"u": (history, data)}, coords={"time": [0.0, 1.0]}), data[-1]


def save(dataset, path):
    if path.suffix == ".nc":
        dataset.to_netcdf(path, engine="h5netcdf")
    else:
        dataset.to_zarr(path, consolidated=False)


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_the_variable_u_or_the_only_one_is_read(suffix, tmp_path):
    for i, (dataset, expected) in enumerate(datasets()):
        save(dataset, tmp_path / f"{i}{suffix}")
        source = read(tmp_path / f"{i}{suffix}")
        np.testing.assert_array_equal(source.u, expected)
        assert source.shape == (6, 8)


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_of_several_variables_none_is_guessed(suffix, tmp_path):
    save(xarray.Dataset({"v": ("x", FLOATS[0]), "w": ("x", FLOATS[1])}), tmp_path / f"a{suffix}")
    with pytest.raises(ValueError, match=r"variable named u.*v, w"):
        read(tmp_path / f"a{suffix}")


def test_a_bare_zarr_array_and_the_hash_of_its_folder(tmp_path):
    for name, values in (("a", FLOATS), ("b", FLOATS), ("c", FLOATS + 1)):
        zarr.create_array(tmp_path / f"{name}.zarr", data=values)
    a, b, c = (read(tmp_path / f"{name}.zarr") for name in "abc")
    np.testing.assert_array_equal(a.u, FLOATS)
    assert a.sha256 == b.sha256 != c.sha256
