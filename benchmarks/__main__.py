"""`python -m benchmarks [compare] [NAME ...] [--quick] [--only NAME ...] [--peers PEER ...]`: ours and peers, measured in turns.

Prints tables, and writes benchmarks/results/compare.json with its picture (with `--quick`: quick.json). A section that is run
alone replaces its own part of the file.
"""

import argparse
import os
import sys
import time
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Measure the sections that are asked for; the exit code."""
    from . import SECTIONS
    from .machine import PEERS, absent
    from .report import CONSOLE, RESULTS, keep, show
    from .settings import Settings

    asked = parsed(arguments, SECTIONS)
    peers = tuple(asked.peers) if asked.peers else None
    settings = Settings(asked.quick, (1,) if asked.quick else tuple(sorted({1, min(2, os.cpu_count() or 1)})), peers)
    path = asked.out or RESULTS / ("quick.json" if asked.quick else "compare.json")
    CONSOLE.print(f"absent: {', '.join(absent())}" if absent() else f"all peers are here: {', '.join(PEERS)}")
    for name in asked.names:
        section = run(name, settings)
        show(section)
        keep(path, name, section)
    CONSOLE.print(f"kept in {path} and {path.with_suffix('.png').name}")
    return 0


def parsed(arguments, sections):
    """What the command line asks for; errors go to standard error with the exit code 2."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"compare, and sections: {', '.join(sections)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, one thread, a minute in all")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="the same as to name the sections")
    parser.add_argument("--peers", nargs="+", metavar="PEER", help="only these peers")
    parser.add_argument("--out", type=Path, help="the file of the results")
    asked = parser.parse_intermixed_args(arguments)
    asked.names = [name for name in asked.names + asked.only if name != "compare"] or list(sections)
    unknown = [name for name in asked.names if name not in sections]
    if unknown:
        parser.error(f"name must be one of {', '.join(sections)}, got {' '.join(unknown)}")
    return asked


def run(name: str, settings) -> dict:
    """Everything that a section found."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from . import SECTIONS, section
    from .machine import absent, machine

    module, found, begin = section(name), [], time.perf_counter()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task(name, total=None)
        for line in module.measure(settings):
            found.append(line)
            progress.update(
                task, description=f"{name}: {len(found)} rows, last {line.get('case', line.get('limit', ''))}"
            )
    return {
        "title": SECTIONS[name],
        "command": f"python -m benchmarks compare --only {name}{' --quick' * settings.quick}",
        "quick": settings.quick,
        "seconds": time.perf_counter() - begin,
        "machine": machine(),
        "absent": absent(),
        "limits": [line for line in found if "limit" in line],
        "rows": [line for line in found if "ratio" in line],
        "notes": [line["note"] for line in found if "note" in line],
    }


if __name__ == "__main__":
    # Before Numba and NumPy are loaded: a smaller number in the environment would hide the second core, and no section is
    # about dense algebra, whose idle threads take time from others.
    os.environ.update(NUMBA_NUM_THREADS=str(os.cpu_count()), OPENBLAS_NUM_THREADS="1")
    sys.exit(main(sys.argv[1:]))
