"""Points and edges come out of files as they were, and bad files are refused by name."""

import zipfile

import numpy as np
import pytest
from promises import npy

from pdenn.files import memory
from pdenn.files.rows import check_archive, edges, rows

POINTS = np.array([[1.0, 2.5], [-3.0, 4e-3], [0.0, 1.0]])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "1,2.5\n-3,4e-3\n0,1\n"),
        ("a.csv", "x,y\n1,2.5\n-3,4e-3\n0,1\n"),
        ("a.csv", "# from a map\n\n1, 2.5\n-3, 4e-3 # here\n0, 1"),
        ("a.txt", "% Matrix Market says so\n1 2.5\n-3\t4e-3\n0 1\n"),
        ("a.edges", "1 2.5\n-3 4e-3\n0 1\n"),
    ],
)
def test_texts(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    np.testing.assert_array_equal(rows(tmp_path / name), POINTS)


def test_arrays(tmp_path):
    np.save(tmp_path / "a.npy", POINTS)
    np.savez(tmp_path / "a.npz", points=POINTS, labels=[1, 2, 3])
    np.savez_compressed(tmp_path / "b.npz", any=POINTS)
    for name in ("a.npy", "a.npz", "b.npz"):
        np.testing.assert_array_equal(rows(tmp_path / name), POINTS)


def test_edges_are_integers_and_may_have_weights(tmp_path):
    (tmp_path / "a.txt").write_text("0 1\n2 3\n")
    pairs, weights = edges(tmp_path / "a.txt")
    assert (pairs.dtype, pairs.tolist(), weights) == (np.int64, [[0, 1], [2, 3]], None)
    (tmp_path / "a.csv").write_text("0,1,0.5\n2,3,-2\n")
    assert edges(tmp_path / "a.csv")[1].tolist() == [0.5, -2.0]


def npz(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)


@pytest.mark.parametrize(
    ("name", "save", "message"),
    [
        ("a.csv", lambda p: p.write_text("1,2\n3\n"), "column"),
        ("a.csv", lambda p: p.write_text("x,y\n"), "rows of real numbers"),
        ("a.csv", lambda p: p.write_text(""), "rows of real numbers"),
        ("a.csv", lambda p: p.write_text("1,nan\n"), "1 of its numbers are NaN"),
        ("a.txt", lambda p: p.write_text("1 a\n"), "could not convert"),
        ("a.txt", lambda p: p.write_bytes(b"\xff\xfe"), "utf-8"),
        ("a.npy", lambda p: p.write_text("hello"), "magic"),
        ("a.npy", lambda p: np.save(p, np.array([{}], dtype=object)), "object"),
        ("a.npy", lambda p: np.save(p, np.ones(3)), "rows of real numbers"),
        ("a.npy", lambda p: np.save(p, 1j * np.ones((3, 2))), "rows of real numbers"),
        ("a.npy", lambda p: p.write_bytes(npy((10**12, 2)) + bytes(8)), "mmap"),
        ("a.npz", lambda p: p.write_text("hello"), "zip"),
        ("a.npz", lambda p: np.savez(p, a=POINTS, b=POINTS), "named points, or only one; it holds 2"),
        ("a.npz", lambda p: npz(p, points=npy((10**12, 2))), "does not fit into the .* bytes"),
        ("a.npz", lambda p: npz(p, points=npy((100, 2)) + bytes(800)), "does not fit into the 928 bytes"),
        ("a.npz", lambda p: npz(p, points=npy((2,), "|O") + b"cos\n"), "Object arrays"),
        ("a.npz", lambda p: npz(p, points=b"\x93NUMPY\x07\x00"), "not known here"),
    ],
)
def test_what_holds_no_rows_is_refused(name, save, message, tmp_path):
    save(tmp_path / name)
    with pytest.raises(ValueError, match=rf"(?s){name}.*{message}"):
        rows(tmp_path / name)


@pytest.mark.parametrize("text", ["0 1 2 3\n", "0.5 1\n", "1e300 1\n", f"0 {2**53}\n", "0\n"])
def test_what_is_no_list_of_edges_is_refused(text, tmp_path):
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(ValueError, match=r"a\.txt must have lines `i j` or `i j weight`"):
        edges(tmp_path / "a.txt")


def test_an_archive_with_a_flipped_bit_is_refused(tmp_path):
    """Far behind the header, which is all that is read of an array before the whole archive is."""
    many = np.random.default_rng(0).random((1000, 2))
    np.savez(tmp_path / "a.npz", points=many)
    check_archive(tmp_path / "a.npz")
    content = (tmp_path / "a.npz").read_bytes()
    last = many[-1:].tobytes()
    (tmp_path / "a.npz").write_bytes(content.replace(last, bytes([last[0] ^ 1]) + last[1:]))
    with pytest.raises(ValueError, match=r"a\.npz as an archive of arrays: points\.npy is damaged"):
        check_archive(tmp_path / "a.npz")


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        rows(tmp_path / "a.csv")
    with pytest.raises(FileNotFoundError):
        rows(tmp_path)


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.txt"])
def test_what_needs_more_memory_than_there_is(name, tmp_path, monkeypatch):
    path, many = tmp_path / name, np.ones((1000, 2))
    {".npy": np.save, ".npz": np.savez_compressed, ".txt": np.savetxt}[path.suffix](path, many)
    assert rows(path).shape == (1000, 2)
    monkeypatch.setattr(memory, "available", lambda: 15_000)
    with pytest.raises(ValueError, match=rf"cannot use .*{name}: its .* needs .* GB of memory"):
        rows(path)
