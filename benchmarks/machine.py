"""What the figures were measured on, and which peers are there."""

import os
import platform
import shutil
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .c_code import FLAGS

# The distribution of every peer that is no dependency of the package; the group `peers` in pyproject.toml.
PEERS = {
    "Devito": "devito",
    "DIPlib": "diplib",
    "OpenCV": "opencv-contrib-python-headless",
    "PyAMG": "pyamg",
    "SimpleITK": "simpleitk",
    "SUNDIALS": "scikit-sundae",
    "py-pde": "py-pde",
}
OURS = ("numba", "numpy", "scipy", "torch")


def machine() -> dict:
    """Processor, threads, versions, date."""
    installed = {name: installed_version(name) for name in (*OURS, *PEERS.values())}
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "compiler": f"{compiler()} {' '.join(FLAGS)}",
        "versions": {name: found for name, found in installed.items() if found},
        "date": time.strftime("%Y-%m-%d"),
    }


def installed_version(distribution: str) -> str | None:
    """None if it is absent."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def absent() -> list[str]:
    """The peers that are not installed."""
    return [peer for peer in ("C", *PEERS) if not present(peer)]


def present(peer: str) -> bool:
    """Whether a peer is installed; C needs its compiler, and the dependencies of the package are always there."""
    if peer == "C":
        return shutil.which("gcc") is not None
    return peer not in PEERS or installed_version(PEERS[peer]) is not None


def processor() -> str:
    """Its name, as far as the system tells."""
    found = Path("/proc/cpuinfo")
    lines = found.read_text().splitlines() if found.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def compiler() -> str:
    """Name and version of the C compiler."""
    if not present("C"):
        return "no C compiler"
    return subprocess.run(["gcc", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
