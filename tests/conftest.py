"""Hypothesis profiles. `HYPOTHESIS_PROFILE` chooses one; without it `CI` means `ci`, and everything else `dev`.

Deadlines are off in all of them: the first call of a compiled kernel takes as long as its compilation.
"""

import os
import sys
from pathlib import Path

from hypothesis import settings

settings.register_profile(
    "ci",
    deadline=None,
    max_examples=50,
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
