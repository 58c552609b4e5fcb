"""Studies and benchmarks are in no wheel: they run from a checkout of the package in the present folder."""

import subprocess
import sys
from pathlib import Path


def run(folder: str, *arguments: str) -> int:
    """The exit code of `python -m folder *arguments`, which runs on the package of the checkout.

    Raises ValueError where the present folder is no checkout: no other code shall be run from it.
    """
    settings = Path("pyproject.toml")
    ours = settings.is_file() and 'name = "pdenn"' in settings.read_text(encoding="utf-8").splitlines()
    # Without an `__init__.py`, Python would rather take a package of this name from elsewhere on its path.
    if not (ours and all(Path(folder, name).is_file() for name in ("__init__.py", "__main__.py"))):
        raise ValueError(
            f"the folder {folder}/ is not part of the installed package, and {Path.cwd()} is no checkout of pdenn: "
            "clone its repository, go there, and run this command again"
        )
    return subprocess.run([sys.executable, "-m", folder, *arguments], check=False).returncode
