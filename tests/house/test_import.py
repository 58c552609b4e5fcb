"""`import pdenn` is light: no torch, no Numba, little time; and what it promises is there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import pdenn

PACKAGES = ("torch", "numba", "torchdiffeq", "matplotlib", "xarray", "skimage", "pydantic")


def python(code: str, folder: Path) -> str:
    """What `code` prints in a fresh interpreter, started in `folder` so that no checkout lies on its path."""
    finished = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return finished.stdout.strip()


def seconds(statement: str, folder: Path) -> float:
    """CPU seconds of a statement in a fresh interpreter, best of five."""
    code = f"import time; start = time.process_time(); {statement}; print(time.process_time() - start)"
    return min(float(python(code, folder)) for _ in range(5))


@pytest.mark.parametrize("name", PACKAGES)
def test_import_loads_no_heavy_package(name, tmp_path):
    assert python(f"import pdenn, sys; print({name!r} in sys.modules)", tmp_path) == "False"


def test_the_command_line_starts_without_torch(tmp_path):
    assert python("import pdenn.cli, sys; print('torch' in sys.modules)", tmp_path) == "False"


def test_import_takes_little_more_time_than_numpy(tmp_path):
    """CPU time, not time on the wall: a busy machine does not change it much."""
    assert seconds("import pdenn", tmp_path) < seconds("import numpy", tmp_path) + 0.3


@pytest.mark.parametrize("name", pdenn.__all__)
def test_every_public_name_is_there(name):
    assert getattr(pdenn, name) is not None
    assert name in dir(pdenn)


def test_public_names_are_told_once():
    assert len(set(pdenn.__all__)) == len(pdenn.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        pdenn.no_such_name  # noqa: B018


def test_tox_tests_the_wheel():
    """Under tox the package comes from the environment, not from the checkout."""
    inside = Path(pdenn.__file__).is_relative_to(sys.prefix)
    assert inside or "TOX_ENV_NAME" not in os.environ


def test_under_tox_the_installed_package_is_tested():
    """The wheel, not the sources beside the tests; elsewhere an editable installation will do."""
    environment = os.environ.get("TOX_ENV_DIR")
    assert environment is None or Path(pdenn.__file__).is_relative_to(environment)
