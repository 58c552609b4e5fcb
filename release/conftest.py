"""The distributions of this checkout, and an empty environment with nothing but the wheel. Rests on build, venv and pip."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[1]
STRANGE = {
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "PDENN_DATA",
}  # what would lead back here, or to data a newcomer lacks


def run(*command, folder: Path, code: int = 0) -> str:
    """What a command prints, started in `folder`; it must end with `code`."""
    surroundings = {name: value for name, value in os.environ.items() if name not in STRANGE}
    done = subprocess.run([str(c) for c in command], cwd=folder, env=surroundings, capture_output=True, text=True)
    assert done.returncode == code, (
        f"{command} ended with {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    )
    return done.stdout


@pytest.fixture(scope="session")
def distributions(tmp_path_factory) -> SimpleNamespace:
    """The source distribution, and the wheel that is built from it, not from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, folder=folder)
    (source,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return SimpleNamespace(source=source, wheel=wheel)


@pytest.fixture(scope="session")
def newcomer(distributions, tmp_path_factory) -> SimpleNamespace:
    """An empty folder outside the checkout, and what is installed beside it: the wheel and pytest, by the constraints."""
    folder, environment = tmp_path_factory.mktemp("newcomer"), tmp_path_factory.mktemp("environment")
    assert not folder.is_relative_to(ROOT) and not environment.is_relative_to(ROOT)
    venv.create(environment, with_pip=True)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    wanted = (f"{distributions.wheel}[testing]", "pytest")
    options = ("-q", "--no-compile", "-c", ROOT / "constraints.txt")
    run(programs / "python", "-m", "pip", "install", *options, *wanted, folder=folder)

    def pdenn(*arguments, code=0):
        return run(programs / "pdenn", *arguments, folder=folder, code=code)

    def python(*arguments, code=0):
        return run(programs / "python", *arguments, folder=folder, code=code)

    return SimpleNamespace(folder=folder, environment=environment, pdenn=pdenn, python=python)


@pytest.fixture(scope="session")
def doctor(newcomer) -> dict:
    """What `pdenn doctor --json` says there."""
    return json.loads(newcomer.pdenn("doctor", "--json"))
