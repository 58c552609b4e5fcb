"""Machine code is compiled once for all processes, never served stale, and not needed to be kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pdenn.kernels import compile as compile_module

CODE = """
import hashlib, numpy as np, pdenn as pn
from pdenn.kernels import sweeps
from pdenn.operators.smoothing import smooth
u = smooth(np.random.default_rng(0).random((31, 20, 29)), 1.0, pn.Grid((31, 20, 29)))
serial = sweeps._sweep[0]
print(sum(serial.stats.cache_hits.values()), sum(serial.stats.cache_misses.values()), hashlib.sha256(u).hexdigest())
"""


def hits_and_misses(folder, **environment):
    settings = {**os.environ, "NUMBA_CACHE_DIR": str(folder), **environment}
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=settings, capture_output=True, text=True, check=True, cwd="/"
    )
    return done.stdout.split()


def test_a_second_process_does_not_compile_again(tmp_path):
    """And rounds alike: what it loads is a whole, while what was just compiled may call parts that were optimised apart."""
    *first, result = hits_and_misses(tmp_path)
    assert first == ["0", "1"]
    files = sorted(p.name for p in tmp_path.rglob("*.nbc"))
    assert files
    assert hits_and_misses(tmp_path) == ["1", "0", result]
    assert sorted(p.name for p in tmp_path.rglob("*.nbc")) == files


def test_other_sources_have_another_folder(tmp_path, monkeypatch):
    """Whatever machine code is made of is part of the name: an edit of one file cannot meet old code."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    folder = compile_module._cache_folder.__wrapped__
    before, parallel = folder(False), folder(True)
    assert before != parallel
    copy = tmp_path / "package"
    for name in compile_module.COMPILED:
        (copy / name).mkdir(parents=True)
        for path in (compile_module.PACKAGE / name).glob("*.py"):
            (copy / name / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(compile_module, "PACKAGE", copy)
    assert folder(False) == before
    law = copy / "laws" / "charbonnier.py"
    law.write_text(law.read_text().replace("1.0 / sqrt", "2.0 / sqrt"))
    assert folder(False) != before
    monkeypatch.setattr(compile_module, "OPTIONS", {**compile_module.OPTIONS, "fastmath": set()})
    law.write_text(law.read_text().replace("2.0 / sqrt", "1.0 / sqrt"))
    assert folder(False) != before


def test_without_a_writable_folder_kernels_still_run(tmp_path):
    """A file stands where the folders should be: as root no permission would stop a write."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    found = hits_and_misses(blocked / "cache", TMPDIR=str(tmp_path / "none"), HOME=str(blocked))
    # Python falls back on the system's folder for temporary files, where an earlier run may have left its code.
    assert found[:2] in (["0", "0"], ["0", "1"], ["1", "0"])


@pytest.mark.parametrize("real", ["float32", "float64"])
def test_literals_have_the_precision_of_the_state(real):
    """No double hides in a single-precision kernel: it would halve its speed."""
    import numpy as np

    import pdenn as pn
    from pdenn.kernels.law_code import in_precision

    for law in (pn.Charbonnier(0.1), pn.Weickert(0.3), pn.PeronaMalikExponential(0.2), pn.ForwardBackward(0.2)):
        kind = getattr(np, real)
        g = in_precision(type(law).g, kind)
        single = law._make(map(kind, law))
        exact = float(law.g(np.array(0.04)))
        value = g(single, kind(0.04))
        assert abs(float(value) - exact) < 20 * np.finfo(kind).eps
        assert Path(g.__code__.co_filename).name == Path(type(law).g.__code__.co_filename).name


def test_a_law_without_a_source_is_named():
    """A law that was typed at a prompt has no file to read it from."""
    from pdenn.kernels.law_code import in_precision

    names = {}
    exec("def g(self, s2):\n    return 1.0 / (1.0 + s2)", names)
    with pytest.raises(ValueError, match="the source of g cannot be read: a law must be defined in a file"):
        in_precision(names["g"], float)
