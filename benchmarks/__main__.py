"""`python -m benchmarks`: prints the table and writes benchmarks/results/kernels.json."""

import json
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from .kernels import machine, measure


def main():
    """Measure the fused kernel in both precisions, on one core and on all."""
    facts = machine()
    rows = [measure(dtype, n) for dtype in (np.float32, np.float64) for n in sorted({1, facts["cores"]})]
    table = Table(title=f"One explicit Charbonnier step, 2048 x 2048; {facts['processor']}, {facts['date']}")
    for heading in ("dtype", "threads", "kernel ms", "C ms", "copy ms", "speed ours/C", "max difference"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(row["dtype"], str(row["threads"]), f"{row['kernel_ms']:.2f}", f"{row['c_ms']:.2f}",
                      f"{row['copy_ms']:.2f}", f"{row['speed_ours_over_c']:.2f}", f"{row['difference']:.1e}")  # fmt: skip
    Console(width=120).print(table)
    path = Path(__file__).parent / "results" / "kernels.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"machine": facts, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
