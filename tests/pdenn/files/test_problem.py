"""A problem file says what it should, or its error says the line, the key and what is allowed."""

import os
import subprocess
import sys

import numpy as np
import pytest

import pdenn as pn
from pdenn.files import memory, problem
from pdenn.files.lines import line_of

TEXT = """\
[initial]
kind = "gaussian"
width = 4.0

[[equation]]
kind = "Diffusion"
law = { kind = "Charbonnier", contrast = 0.2 }
[[equation]]
kind = "Convection"
velocity = [1.0, -0.5]
flux = { kind = "MUSCL", limiter = "minmod" }

[grid]
shape = [8, 6]
h = 0.5
boundary = [
  "periodic",
  ["outflow", { kind = "Dirichlet", value = 0.5 }],
]

[scheme]
kind = "SSPRK2"

[run]
t_end = 1.0
certificate = "max-min"
times = [0.25, 0.5]
"""


def written(text, folder):
    path = folder / "a.toml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(old, new):
    assert TEXT.count(old) == 1
    return TEXT.replace(old, new)


def test_all_that_a_problem_says(tmp_path):
    found = problem.read(written(TEXT, tmp_path))
    velocity = pn.Convection((1.0, -0.5), pn.MUSCL("minmod"))
    assert found.equation == pn.Diffusion(pn.Charbonnier(0.2)) + velocity
    assert found.grid == pn.Grid((8, 6), 0.5, ["periodic", ["outflow", pn.Dirichlet(0.5)]])
    assert found.scheme == pn.SSPRK2()
    assert found.run.saved == (0.25, 0.5, 1.0)
    assert (found.run.claim, found.run.tau) == ("max-min", None)
    assert found.text == TEXT
    assert found.folder == (tmp_path / "a-results").resolve()


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ('kind = "constant"\nvalue = 2.0', lambda x, y: 2 + 0 * x),
        ('kind = "step"\nleft = 3.0', lambda x, y: np.where(x < 2, 3.0, 0.0)),
        ('kind = "gaussian"\nwidth = 4.0', lambda x, y: np.exp(-((x - 2) ** 2 + (y - 1.5) ** 2) / 32)),
        (
            'kind = "gaussian"\nwidth = 0.5\ncenter = [1.0, 2.0]\nheight = 2.0\nbackground = 1.0',
            lambda x, y: 1 + 2 * np.exp(-2 * ((x - 1) ** 2 + (y - 2) ** 2)),
        ),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_formulas(table, expected, dtype, tmp_path):
    text = changed('kind = "gaussian"\nwidth = 4.0', f'{table}\ndtype = "{dtype}"')
    found = problem.read(written(text, tmp_path))
    u = expected(*found.grid.coordinates())
    assert found.state().dtype == dtype
    np.testing.assert_allclose(found.state(), u, rtol=0, atol=8 * np.finfo(dtype).eps * u.max())


def test_noise_is_that_of_the_seed(tmp_path):
    states = [
        problem.read(written(changed("width = 4.0", f"width = 4.0\nnoise = 0.1\nseed = {seed}"), tmp_path)).state()
        for seed in (1, 1, 2)
    ]
    bump = problem.read(written(TEXT, tmp_path)).state()
    assert (states[0] == states[1]).all() and (states[0] != states[2]).all()
    expected = bump + 0.1 * np.random.Generator(np.random.PCG64(1)).standard_normal((8, 6))
    np.testing.assert_array_equal(states[0], expected)


def test_arrays_come_from_files_beside_the_problem(tmp_path):
    u, c = np.random.default_rng(0).random((2, 5, 7))
    np.save(tmp_path / "u.npy", u)
    np.save(tmp_path / "c.npy", c)
    text = """
    initial = { kind = "file", path = "u.npy" }
    equation = { kind = "Diffusion", conductivity = { kind = "file", path = "c.npy" } }
    grid = {}
    scheme = { kind = "ExplicitEuler" }
    run = { t_end = 1 }
    """
    found = problem.read(written(text, tmp_path))
    np.testing.assert_array_equal(found.state(), u)
    assert found.equation == pn.Diffusion(conductivity=c)
    assert found.grid == pn.Grid((5, 7))
    assert found.inputs.keys() == {"u.npy", "c.npy"}


def test_a_grid_has_the_shape_of_the_file(tmp_path):
    np.save(tmp_path / "u.npy", np.zeros((8, 5)))
    text = changed(FILE[0], FILE[1].format("u.npy"))
    with pytest.raises(ValueError, match=r"line 14: grid\.shape: must be \[8, 5\] as in u\.npy, got \[8, 6\]"):
        problem.read(written(text, tmp_path))


def test_the_middle_cell_lies_beyond_a_step(tmp_path):
    text = changed('kind = "gaussian"\nwidth = 4.0', 'kind = "step"').replace("[8, 6]", "[5, 6]")
    assert problem.read(written(text, tmp_path)).state()[:, 0].tolist() == [1, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("t_end", "every", "saved"),
    [(1.0, 0.25, [0, 0.25, 0.5, 0.75, 1]), (1.0, 0.4, [0, 0.4, 0.8, 1]), (0.3, 0.1, [0, 0.1, 0.2, 0.3]), (1.0, 2.0, [0, 1]),
     (0.0, 0.5, [0]), (0.33, 0.03, [0.03 * k for k in range(12)])],
)  # fmt: skip
def test_saved_so_often(t_end, every, saved, tmp_path):
    text = TEXT.replace("t_end = 1.0", f"t_end = {t_end}").replace("times = [0.25, 0.5]", f"every = {every}")
    found = problem.read(written(text, tmp_path)).run.saved
    assert found[-1] == t_end
    np.testing.assert_allclose(found, saved, rtol=1e-15)


FILE = 'kind = "gaussian"\nwidth = 4.0', 'kind = "file"\npath = "{}"'


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.2 }", "-0.2 }", r"line 7: equation\.0\.law\.contrast: .*> 0, got -0\.2"),
        ('"Charbonnier"', '"Charbonier"', r"line 7: equation\.0\.law\.kind: .*did you mean Charbonnier\?"),
        ('"Charbonnier"', '"?"', r"line 7: equation\.0\.law\.kind: .*must be one of .*PeronaMalik"),
        ("contrast", "contrst", r"line 7: equation\.0\.law\.contrst: .*it has contrast"),
        ('"minmod"', '"max"', r"line 11: equation\.1\.flux\.limiter: .*minmod.*'max'"),
        ('kind = "Convection"', 'kind = "FSI"', r"line 10: equation\.1\.velocity: FSI has no such parameter"),
        ('kind = "SSPRK2"', 'kind = "Linear"', r"scheme: must be a scheme"),
        ('kind = "SSPRK2"', "", r"line 21: scheme: must say what it is"),
        ('kind = "SSPRK2"', 'kind = "FSI"\nn = 0', r"line 23: scheme\.n: .*>= 1, got 0"),
        ("t_end = 1.0", "t_end = true", r"line 25: run\.t_end: .*number, got True"),
        ("t_end = 1.0", "", r"line 24: run\.t_end: is missing"),
        ("t_end = 1.0", "t_end = nan", r"line 25: run\.t_end: .*finite.*nan"),
        ("t_end = 1.0", "t_end = -1.0", r"line 25: run\.t_end: .*greater than or equal to 0, got -1"),
        ("t_end = 1.0", "t_end = 1.0\ntau = 9.0", r"line 26: run\.tau: .*exceeds the limit"),
        ('"max-min"', '"bounded"', r"line 26: run\.certificate: .*not provable"),
        ('"max-min"', '"stable"', r"line 26: run\.certificate: .*'max-min'.*got 'stable'"),
        ("times = [0.25, 0.5]", "times = [0.5, 0.25]", r"line 27: run\.times: must increase.*0\.5, 0\.25"),
        ("times = [0.25, 0.5]", "times = [0.25, 0.25]", r"line 27: run\.times: must increase.*0\.25, 0\.25"),
        ("times = [0.25, 0.5]", "times = [2.0]", r"line 27: run\.times: must increase up to t_end = 1"),
        ("times = [0.25, 0.5]", "times = [0.5]\nevery = 0.1", r"run\.every: is for runs without times"),
        ("times = [0.25, 0.5]", "every = 0.0", r"line 27: run\.every: .*greater than 0, got 0"),
        ("times = [0.25, 0.5]", "every = 9e-6", r"line 27: run\.every: must leave at most 100000 saved times, got 9e-06"),
        ("times = [0.25, 0.5]", "[output]\nanimation = true", r"line 28: output\.animation: .*two saved times.*run\.every"),
        ("times = [0.25, 0.5]", "tims = []", r"line 27: run\.tims: is no key"),
        ("[run]", "[ran]", r"a\.toml: run: is missing"),
        ("[8, 6]", "[8, 0]", r"line 14: grid\.shape: .*positive.*\(8, 0\)"),
        ("shape = [8, 6]", "", r"line 13: grid: must have a shape"),
        ("h = 0.5", "h = inf", r"line 15: grid\.h: must be finite, got inf"),
        ("h = 0.5", "g = 0.5", r"line 15: grid\.g: Grid has no such parameter: it has shape, h, boundary"),
        ("h = 0.5", "h = 1979-05-27", r"line 15: grid\.h: must be a number"),
        ("h = 0.5", "h = 9223372036854775808", r"line 15: grid\.h: must fit into 64 bits"),
        ("value = 0.5", "value = nan", r"line 18: grid\.boundary\.1\.1\.value: must be finite"),
        ("width = 4.0", "width = 0.0", r"line 3: initial\.width: .*greater than 0, got 0"),
        ("width = 4.0", "", r"line 1: initial\.width: is missing"),
        ("width = 4.0", "width = 4.0\ncenter = [1.0]", r"line 1: initial: center .*per axis \(2\), got \[1\.0\]"),
        ('"gaussian"', '"gausian"', r"line 2: initial\.kind: 'gausian'.*did you mean gaussian"),
        (FILE[0], FILE[1].format("no.npy"), r"line 3: initial\.path: .*no such file"),
        (FILE[0], FILE[1].format("../a.npy"), r"line 3: initial\.path: must lie inside the folder.*'\.\./a\.npy'"),
        (FILE[0], FILE[1].format("/etc/passwd"), r"line 3: initial\.path: must lie inside"),
        (FILE[0], FILE[1].format("link/a.npy"), r"line 3: initial\.path: must lie inside"),
        (FILE[0], FILE[1].format(r"a\u0000.npy"), r"line 3: initial\.path: must be the path"),
        ("[run]", '[output]\nfolder = "../out"\n[run]', r"line 25: output\.folder: must lie inside.*'\.\./out'"),
        ("[run]", '[output]\nfolder = "."\n[run]', r"line 25: output\.folder: must lie inside"),
        ("[8, 6]", "[800000, 600000]", r"needs .* GB of memory, and .* GB are available: take fewer"),
        ("[8, 6]", "[8, ", r"cannot read .*a\.toml as TOML: .*line"),
    ],
)  # fmt: skip
def test_an_error_says_line_and_key(old, new, message, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path.parent)
    path = written(TEXT.replace(old, new, 1), tmp_path)
    assert old in TEXT
    with pytest.raises(ValueError, match=message):
        problem.read(path)


def test_every_error_of_the_tables_is_told_at_once(tmp_path):
    text = TEXT.replace("t_end = 1.0", "t_end = -1").replace("[0.25", '["a"')
    with pytest.raises(ValueError, match=r"(?s)line 25: run\.t_end.*line 27: run\.times\.0"):
        problem.read(written(text, tmp_path))


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff", "not UTF-8"), (b"#" * 2**17, "at most"), (b"a=" + b"[" * 30000, "TOML"), (b"a=" + b"9" * 5000, "TOML")],
)
def test_what_is_no_problem_file_is_refused(content, message, tmp_path):
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        problem.read(tmp_path / "a.toml")


def test_a_file_may_be_as_long_as_is_said(tmp_path):
    full = TEXT + "#" * (problem.MOST_BYTES - len(TEXT))
    assert problem.read(written(full, tmp_path)).text == full
    with pytest.raises(ValueError, match=f"at most {problem.MOST_BYTES} bytes"):
        problem.read(written(full + "#", tmp_path))


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        problem.read(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("place", "line"),
    [((), None), (("b",), None), (("a",), 1), (("c", "d"), 4), (("c", "e", 1, "f"), 7), (("c", "none"), 3),
     (("c", "e", 9), 5)],
)  # fmt: skip
def test_the_line_of_a_key(place, line):
    assert line_of("a = 1\n# d = 2\n[c]\nd = 3\ne = [\n  {g = 1},\n  {f = 2},\n]\n", place) == line


def test_a_run_that_needs_more_memory_than_there_is_is_refused(tmp_path, monkeypatch):
    path = written(TEXT, tmp_path)
    assert problem.read(path).memory == problem.EXPLICIT_ARRAYS * 48 * 8
    monkeypatch.setattr(memory, "available", lambda: problem.EXPLICIT_ARRAYS * 48 * 8 - 1)
    with pytest.raises(ValueError, match=r"the run of .*a\.toml.* needs 1\.23e-05 GB"):
        problem.read(path)
    assert problem.read(written(changed("width = 4.0", 'width = 4.0\ndtype = "float32"'), tmp_path)).grid.size == 48


def test_every_state_of_a_file_needs_memory(tmp_path):
    np.save(tmp_path / "u.npy", np.zeros((5, 8, 6)))
    (tmp_path / "e.txt").write_text("0 1\n1 2\n")
    np.save(tmp_path / "v.npy", np.zeros((5, 3)))
    common = 'equation = { kind = "Diffusion" }\nscheme = { kind = "FSI" }\nrun = { t_end = 1 }\n'
    batch = written(common + 'initial = { kind = "file", path = "v.npy" }\ngraph = { edges = "e.txt" }', tmp_path)
    assert problem.read(batch).memory == 8 * (problem.EXPLICIT_ARRAYS * 15 + problem.COUPLING_ARRAYS * 4 * 5)
    grid = written(common + 'initial = { kind = "file", path = "u.npy" }\ngrid = {}', tmp_path)
    assert problem.read(grid).memory == 8 * problem.EXPLICIT_ARRAYS * 240


def test_the_command_line_loads_pydantic_only_for_problem_files(tmp_path):
    code = "import pdenn.cli, sys; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "False"
