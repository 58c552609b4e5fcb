"""Five wrong programs, each of which must turn the suite red.

The package is copied to an empty folder, one line of the copy is made wrong, and a few tests run against the copy.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
GUARD = """
from pathlib import Path

import pdenn

assert Path(pdenn.__file__).is_relative_to(Path(__file__).parent), f"another package was imported: {pdenn.__file__}"
"""


class Mutant(NamedTuple):
    """In `path`, the first `right` becomes `wrong`; `test` is the file and the expression that must turn red."""

    path: str
    right: str
    wrong: str
    test: tuple[str, str]


MUTANTS = {
    "a wrong stage weight in FSI": Mutant(
        "schemes/fsi.py", "/ (2 * k + 3)", "/ (2 * k + 4)", ("test_schemes.py", "closed_form and FSI and held")
    ),
    "a wrong sign at a wall of the adjoint": Mutant(
        "operators/taps.py",
        "(left + walls[1][1] * right) / 2",
        "(left - walls[1][1] * right) / 2",
        ("test_schemes.py", "derived_network and isotropic and Dirichlet and Euler"),
    ),
    "h for h²": Mutant(
        "operators/differences.py",
        "return (after(flux, grid, axis) - before(flux, grid, axis)) / grid.h[axis]",
        "return after(flux, grid, axis) - before(flux, grid, axis)",
        ("test_operators.py", "mesh_width and definition"),
    ),
    "a body of order 2 that is called SSPRK3": Mutant(
        "schemes/explicit.py",
        "return (u + 2 * (w + tau * A(t + tau / 2, w))) / 3",
        "return (u + v + tau * A(t + tau, v)) / 2",
        ("test_schemes.py", "published_one and SSPRK3"),
    ),
    "a wrong sup Φ'": Mutant(
        "laws/charbonnier.py", "sup_slope = 1.0", "sup_slope = 0.5", ("test_laws.py", "sup_slope and Charbonnier")
    ),
}


def copy(folder: Path):
    """The package and the conformance tests, with a guard that the copy is what is imported."""
    shutil.copytree(ROOT / "pdenn", folder / "pdenn", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        ROOT / "tests" / "conformance", folder / "conformance", ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "conftest.py").write_text(GUARD)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib -p no:cacheprovider\n")


def run(folder: Path, tests) -> subprocess.CompletedProcess:
    """pytest in a fresh interpreter, in which the copy comes before any installed package."""
    paths = [os.fspath(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "NUMBA_CACHE_DIR": str(folder / "numba")}
    files = sorted({f"conformance/{name}" for name, _ in tests})
    words = " or ".join(f"({expression})" for _, expression in tests)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", *files, "-k", words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_right_program_is_green(tmp_path):
    copy(tmp_path)
    finished = run(tmp_path, [mutant.test for mutant in MUTANTS.values()])
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_program_is_red(name, tmp_path):
    """Return code 1: tests ran and failed; an import error or an empty selection would be another."""
    mutant = MUTANTS[name]
    copy(tmp_path)
    source = tmp_path / "pdenn" / mutant.path
    text = source.read_text()
    assert mutant.right in text, f"{mutant.path} has changed: {mutant.right!r} is not there to be made wrong"
    source.write_text(text.replace(mutant.right, mutant.wrong, 1))
    finished = run(tmp_path, [mutant.test])
    assert finished.returncode == 1, finished.stdout + finished.stderr
