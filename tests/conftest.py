"""Hypothesis profiles. `HYPOTHESIS_PROFILE` chooses one; without it `CI` means `ci`, and everything else `dev`.

Deadlines are off in all of them: the first call of a compiled kernel takes as long as its compilation.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile(
    "ci",
    deadline=None,
    max_examples=40,
    derandomize=True,
    database=None,
    print_blob=True,
)
settings.register_profile("dev", deadline=None, max_examples=20)
settings.register_profile("deep", deadline=None, max_examples=500, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

# The folders beside the package (validation, benchmarks, examples) are not installed. They come last, so that the
# installed package is the one that is tested, not the one beside them.
sys.path.append(str(Path(__file__).parents[1]))

# Data that are not part of the repository: the folder PDENN_DATA, or one beside the checkout; else they are fetched.
BESIDE = Path(__file__).parents[2] / "shared" / "data"
if "PDENN_DATA" not in os.environ and BESIDE.is_dir():
    os.environ["PDENN_DATA"] = str(BESIDE)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder with the data sets, see CONTRIBUTING."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    return Path(os.environ.get("PDENN_DATA") or beside)


_states: dict = {}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Every test finds the random generators of its module as they were after the import, whatever ran before it."""
    for generator in vars(getattr(item, "module", None) or object).values():
        if isinstance(generator, np.random.Generator):
            generator.bit_generator.state = _states.setdefault(id(generator), generator.bit_generator.state)
