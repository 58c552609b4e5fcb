"""`pdenn warm`: compiles the kernels ahead, so that no run waits for its first step."""

import time
from itertools import product

import numpy as np

import pdenn

from . import names
from .faults import told
from .options import Json
from .tables import show, show_json

DTYPES, SCHEMES = (np.float32, np.float64), (pdenn.ExplicitEuler(), pdenn.FSI(3), pdenn.AOS())
CELLS, STEPS, TAU = 5, 3, 0.05


@told
def warm(as_json: Json = False):
    """Compile the kernels of diffusion ahead: every law in 1-D to 3-D, in single and double precision.

    They are kept on disk for later runs, in the folder that `pdenn doctor` names.
    """
    from tqdm import tqdm

    began, made = time.perf_counter(), 0
    combinations = [*product(names.laws().items(), (1, 2, 3), DTYPES)]
    with tqdm(combinations, unit="kernel", leave=False, disable=None) as bar:  # None: silent without a terminal
        for (name, law), dim, dtype in bar:
            bar.set_description(f"{name}, {dim}-D, {np.dtype(dtype).name}")
            made = made + compiled(law(), dim, dtype)
    seconds = time.perf_counter() - began
    if as_json:
        show_json({"combinations": len(combinations), "compiled": made, "seconds": seconds})
    else:
        show(f"{len(combinations)} combinations of law, dimension and precision: {made} functions were compiled, "
             f"the others were there; {seconds:.1f} s")  # fmt: skip


def compiled(law, dim: int, dtype) -> int:
    """Run a few steps on one thread, and on all where there are several; how many functions of pdenn were compiled."""
    import numba
    from numba.core.event import install_recorder

    from ..kernels.layout import SERIAL

    A = pdenn.discretise(pdenn.Diffusion(law), pdenn.Grid((CELLS,) * dim))
    copies = [1] if numba.get_num_threads() == 1 else [1, SERIAL // CELLS**dim + 1]
    with install_recorder("numba:compile") as recorder:
        for copy, scheme in product(copies, SCHEMES):
            pdenn.solve(A, np.zeros((copy, *A.grid.shape), dtype), scheme, STEPS * TAU, tau=TAU, certificate=None,
                        progress=False)  # fmt: skip
    dispatchers = [event.data["dispatcher"] for _, event in recorder.buffer if event.is_start]
    return sum(dispatcher.py_func.__module__.startswith("pdenn.") for dispatcher in dispatchers)
