"""Whatever stands in a file, reading it says ValueError, TypeError (a dtype) or OSError, and leaves nothing behind."""

import copy
import io
import json
import math
import tomllib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pdenn import checkpoints
from pdenn.files import problem, read
from pdenn.files.lines import line_of
from pdenn.files.parts import catalogue
from pdenn.files.run import run

TREE = {
    "initial": {"kind": "gaussian", "width": 1.5, "noise": 0.1, "seed": 1},
    "equation": [
        {"kind": "Diffusion", "law": {"kind": "Charbonnier", "contrast": 0.2}},
        {"kind": "Convection", "velocity": [1.0, 0.5], "flux": {"kind": "Upwind"}},
    ],
    "grid": {"shape": [4, 3], "h": [1.0, 0.5], "boundary": ["periodic", {"kind": "Dirichlet", "value": 0.0}]},
    "scheme": {"kind": "SSPRK2"},
    "run": {"t_end": 0.5, "certificate": "max-min", "times": [0.1]},
    "output": {"folder": "out", "picture": True},
}
ALIKE = [*catalogue(), "file", "constant", "step", "u.npy", "../a", "/", "", "none", "bounded", "float32", "outflow"]
PARAMETERS = ["kind", "path", "n", "law", "solver", "order", "tau", "data", "f", "m", "value", "dtype", "boundary"]
scalars = (
    st.integers(-3, 12)
    | st.sampled_from([2**40, -(2**70), 10**400])
    | st.floats(-2, 12)
    | st.sampled_from([math.nan, math.inf, 1e308, 5e-324])
    | st.booleans()
    | st.sampled_from(ALIKE)
    | st.text(st.characters(codec="utf-8"), max_size=5)
)
keys = st.sampled_from(PARAMETERS) | st.text(max_size=3)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(keys, inner, max_size=3)
        | st.builds(lambda kind, rest: {**rest, "kind": kind}, st.sampled_from(ALIKE), st.dictionaries(keys, inner))
    ),
    max_leaves=6,
)


def toml(node) -> str:
    """A value as TOML."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(value)}" for key, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(map(toml, node)) + "]"
    if isinstance(node, float):
        return repr(node)  # nan and inf are TOML
    return json.dumps(node)


def places(node, place=()):
    """The keys and indices that lead to every value."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    yield place
    for step, below in steps:
        yield from places(below, (*place, step))


@st.composite
def texts(draw):
    """The text of a problem file in which one or two values were replaced, or removed."""
    tree = copy.deepcopy(TREE)
    for _ in range(draw(st.integers(1, 2))):
        *above, last = draw(st.sampled_from([place for place in places(tree) if place]))
        parent = tree
        for step in above:
            parent = parent[step]
        if draw(st.integers(0, 5)) == 0:
            del parent[last]
        elif isinstance(parent, dict) and draw(st.integers(0, 3)) == 0:
            parent[draw(keys)] = draw(trees)
        else:
            parent[last] = draw(trees)
    return "".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in tree.items())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    np.save(folder / "u.npy", np.full((4, 3), 0.5))
    return folder


def names(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*"))


def short(asked):
    """Whether a run takes few steps."""
    return asked.run.t_end <= 2 and (asked.run.tau or 1) > 0.01 and max(asked.grid.shape) < 20


@given(text=texts())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_problem_files(text, folder, tmp_path_factory):
    path = folder / "a.toml"
    path.write_text(text, encoding="utf-8")
    before = names(folder)
    try:
        asked = problem.read(path)
    except ValueError as error:
        check_names(error, path)
    else:
        if short(asked):
            check_run(asked, tmp_path_factory.mktemp("run") / "out")
    assert names(folder) == before


def check_names(error, path):
    assert str(path) in str(error)


def check_run(asked, folder):
    """A run ends with all its files, or with an error that leaves a whole record."""
    with suppress(ArithmeticError, TypeError, ValueError):
        assert all(path.exists() for path in run(asked, folder))
    found = {path.name for path in folder.iterdir()}
    assert "run.json" in found and "lock" not in found
    assert [path for path in folder.rglob("*") if "partial" in path.name] == []


@given(text=st.text() | st.binary() | st.text("[]{}=.,\"'#\n ab1", max_size=60))
def test_anything_at_all_as_a_problem_file(text, folder):
    path = folder / "b.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ValueError, match=r"b\.toml"):
        problem.read(path)


@given(text=texts(), place=st.lists(st.sampled_from(["grid", "run", "kind", "law"]) | st.integers(-2, 3), max_size=4))
def test_every_place_has_a_line_or_none(text, place):
    with suppress(tomllib.TOMLDecodeError):
        line = line_of(text, tuple(place))
        assert line is None or 1 <= line <= len(text.splitlines())


def npy():
    """An array as a file."""
    buffer = io.BytesIO()
    np.save(buffer, np.random.default_rng(0).random((4, 5)))
    return buffer.getvalue()


def npz():
    """A checkpoint as a file."""
    buffer = io.BytesIO()
    np.savez(buffer, run="r", done=2, u=np.ones((4, 5)), snapshot0=np.ones((4, 5)))
    return buffer.getvalue()


def png():
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)).save(buffer, "png")
    return buffer.getvalue()


@st.composite
def damaged(draw, whole):
    """A file in which a few pieces were overwritten, and which may end early."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(content) - 1))
        piece = draw(st.binary(min_size=1, max_size=8))
        content[at : at + len(piece)] = piece
    return bytes(content[: draw(st.integers(0, len(content)) | st.just(len(content)))])


descriptions = st.sampled_from(["<f8", "|O", "<f4", "|V9", ">f8", "<U5", "<M8[s]", "?", "x"]) | st.text(max_size=3)
lengths = st.integers(-2, 6) | st.sampled_from([2**31, 2**63, 10**30])


@st.composite
def headers(draw):
    """An .npy file with a header that says anything."""
    shape = tuple(draw(st.lists(lengths, max_size=5)))
    said = {"descr": draw(descriptions), "fortran_order": draw(st.booleans()), "shape": shape}
    text = (draw(st.just(repr(said)) | st.text(max_size=30)) + "\n").encode("utf-8")
    size = draw(st.just(len(text)) | st.integers(0, 2**16 - 1))
    return b"\x93NUMPY\x01\x00" + size.to_bytes(2, "little") + text + draw(st.binary(max_size=200))


@given(content=st.binary() | damaged(npy()) | headers())
def test_npy(content, folder):
    check_read(folder / "a.npy", content)


@given(content=st.binary() | damaged(png()))
def test_png(content, folder):
    check_read(folder / "a.png", content)


@given(content=st.binary() | damaged(npz()))
def test_npz(content, folder):
    check_read(folder / "a.npz", content)
    with suppress(ValueError):
        found = checkpoints.read(folder / "a.npz", "r")
        assert found.u.dtype != object


def check_read(path, content):
    """A finite state, or an error that names the file."""
    path.write_bytes(content)
    before = names(path.parent)
    try:
        source = read(path)
    except (OSError, TypeError, ValueError) as error:
        check_names(error, path)
    else:
        assert np.isfinite(source.u).all()
    assert names(path.parent) == before
