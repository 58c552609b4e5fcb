"""The schema of problem files accepts what runs and refuses misspelt keys and names; every example of a file runs."""

import copy
import json
import re
import shutil
import tomllib
from pathlib import Path

import fastjsonschema
import numpy as np
import pytest
import xarray
from typer.testing import CliRunner

from pdenn.cli import app
from pdenn.files import problem
from pdenn.files.schema import schema

FOLDER = Path(__file__).parents[3] / "examples" / "problems"
EXAMPLES = sorted(FOLDER.glob("*.toml"))
valid = fastjsonschema.compile(schema())


def said(name):
    return tomllib.loads((FOLDER / f"{name}.toml").read_text())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_fits_the_schema_and_runs(path, tmp_path):
    valid(tomllib.loads(path.read_text()))
    shutil.copytree(FOLDER, tmp_path / "here")
    done = CliRunner().invoke(app, ["solve", str(tmp_path / "here" / path.name), "--json"])
    assert done.exit_code == 0, done.stderr
    written = [Path(name) for name in json.loads(done.stdout)["written"]]
    asked = problem.read(tmp_path / "here" / path.name)
    drawn = {"figure.png"} if asked.output.figure else set()
    films = {"animation.gif", "animation.mp4"} if asked.output.animation else set()
    assert {p.name for p in written} == {"result.zarr", "certificate.json"} | drawn | films
    assert all(p.exists() for p in written)
    with xarray.open_zarr(written[0], consolidated=False) as dataset:
        assert np.isfinite(dataset.u.values).all()
        np.testing.assert_array_equal(dataset.time, asked.run.saved)
        assert dataset.attrs["title"] == asked.title and dataset.attrs["equation"] == str(asked.equation)


def test_there_is_an_example_of_every_part():
    text = "\n".join(path.read_text() for path in EXAMPLES)
    for word in ("Diffusion", "Convection", "Reaction", "Fidelity", "GraphConvection", "points =", "flow =", "every ="):
        assert word in text
    assert len(EXAMPLES) >= 6


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("smoothing", ("scheme", "kind"), "FSJ"),
        ("smoothing", ("scheme", "m"), 3),
        ("smoothing", ("equation", "kind"), "Charbonnier"),
        ("smoothing", ("initial", "widht"), 3.0),
        ("smoothing", ("initial", "kind"), "hill"),
        ("smoothing", ("run", "t_end"), "long"),
        ("smoothing", ("run", "certificate"), "stable"),
        ("smoothing", ("output", "films"), True),
        ("smoothing", ("grid", "size"), 3),
        ("smoothing", ("graph",), {"points": "cloud.csv"}),
        ("cloud", ("graph", "neighbors"), 3),
        ("cloud", ("graph", "kernel"), "cosine"),
        ("river", ("graph", "kernel"), "gaussian"),
        ("front", ("equation",), []),
    ],
)
def test_what_is_wrong_is_refused(name, place, value):
    tree = copy.deepcopy(said(name))
    valid(tree)
    *above, last = place
    node = tree
    for step in above:
        node = node[step]
    node[last] = value
    with pytest.raises(fastjsonschema.JsonSchemaException):
        valid(tree)


def test_a_domain_must_be_given():
    tree = said("smoothing")
    del tree["grid"]
    with pytest.raises(fastjsonschema.JsonSchemaException):
        valid(tree)


def test_the_command_line_prints_it():
    done = CliRunner().invoke(app, ["list", "--schema"])
    assert json.loads(done.stdout) == schema()
    assert re.search(r'"const": "PorousMedium"', done.stdout)
