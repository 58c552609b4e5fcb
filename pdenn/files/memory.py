"""Memory that would be needed, compared with what is there, before it is taken. Rests on nothing of the package."""

import os
from pathlib import Path

GIGABYTE = 1e9


class TooLarge(ValueError):
    """More memory would be needed than there is."""


def available() -> int | None:
    """Bytes that a new program may take without swapping; None if the system does not say."""
    try:
        import psutil
    except ImportError:
        return _without_psutil()
    return psutil.virtual_memory().available


def _without_psutil() -> int | None:
    """Of Linux, which counts the memory of its file caches as free; elsewhere all that the machine has."""
    try:
        lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        return 1024 * int(lines["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def check_memory(needed: int, what: str):
    """Raise TooLarge with both numbers if `needed` bytes are more than there are.

    Parameters
    ----------
    needed : int
    what : str
        What needs them, for the message.
    """
    most = available()
    if most is not None and needed > most:
        raise TooLarge(
            f"{what} needs {size(needed)} of memory, and {size(most)} are available: take fewer cells, float32, or a "
            "larger machine"
        )


def size(count: int) -> str:
    """A number of bytes for people, in GB (10⁹ bytes)."""
    return f"{count / GIGABYTE:.3g} GB"
