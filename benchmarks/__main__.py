"""`python -m benchmarks [kernels|multigrid|training]`: prints tables and writes benchmarks/results/NAME.json; all by default."""

import json
import sys
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

CONSOLE = Console(width=120)


def kernels():
    """Measure the fused kernel in both precisions, on one core and on all."""
    from .kernels import machine, measure

    facts = machine()
    rows = [measure(dtype, n) for dtype in (np.float32, np.float64) for n in sorted({1, facts["cores"]})]
    table = Table(title=f"One explicit Charbonnier step, 2048 x 2048; {facts['processor']}, {facts['date']}")
    for heading in ("dtype", "threads", "kernel ms", "C ms", "copy ms", "speed ours/C", "max difference"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(row["dtype"], str(row["threads"]), f"{row['kernel_ms']:.2f}", f"{row['c_ms']:.2f}",
                      f"{row['copy_ms']:.2f}", f"{row['speed_ours_over_c']:.2f}", f"{row['difference']:.1e}")  # fmt: skip
    CONSOLE.print(table)
    keep("kernels", {"machine": facts, "rows": rows})


def multigrid(n: int = 1024, rounds: int = 3, sizes=(256, 512, 1024, 2048)):
    """Measure our multigrid, PyAMG and sparse LU on one implicit step, and how ours grows."""
    from .multigrid import measure

    facts = measure(n, rounds, sizes)
    table = Table(title=f"One implicit Charbonnier step, {n} x {n}; {facts['machine']['processor']}")
    for heading in ("solver", "seconds", "relative residual"):
        table.add_column(heading, justify="right")
    for row in facts["rows"]:
        table.add_row(row["solver"], f"{row['seconds']:.3f}", f"{row['residual']:.1e}")
    CONSOLE.print(table)
    table = Table(title="Multigrid on growing grids")
    for heading in ("cells an axis", "seconds", "peak memory, in states"):
        table.add_column(heading, justify="right")
    for row in facts["scaling"]:
        table.add_row(str(row["cells"]), f"{row['seconds']:.3f}", f"{row['memory_states']:.1f}")
    CONSOLE.print(table)
    CONSOLE.print(f"{facts['speed_over_pyamg']:.1f} times as fast as PyAMG, {facts['speed_over_splu']:.1f} as sparse LU; "
                  f"time ~ cells^{facts['exponent_of_time']:.2f}, memory ~ cells^{facts['exponent_of_memory']:.2f}")  # fmt: skip
    keep("multigrid", facts)


def training():
    """Measure forward and backward of a block of one channel."""
    from .training import measure

    facts = measure()
    table = Table(title=f"Forward and backward of a block, one channel, one thread; {facts['machine']['processor']}")
    for heading in ("features", "kernel", "batch", "cells an axis", "columns ms", "library ms", "speed"):
        table.add_column(heading, justify="right")
    for row in facts["rows"]:
        numbers = (f"{row[key]:.2f}" for key in ("columns_ms", "library_ms", "speed"))
        table.add_row(*(str(row[key]) for key in ("features", "kernel", "batch", "n")), *numbers)
    CONSOLE.print(table)
    keep("training", facts)


def keep(name: str, facts: dict):
    """Write the figures beside the others."""
    path = Path(__file__).parent / "results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(facts, indent=1) + "\n")


BENCHMARKS = {"kernels": kernels, "multigrid": multigrid, "training": training}

if __name__ == "__main__":
    wanted = sys.argv[1:] or list(BENCHMARKS)
    if not set(wanted) <= set(BENCHMARKS):
        print(f"error: name must be one of {', '.join(BENCHMARKS)}, got {' '.join(wanted)}", file=sys.stderr)
        sys.exit(2)
    for name in wanted:
        BENCHMARKS[name]()
