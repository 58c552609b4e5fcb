"""Memory comes back when the last view of a result is gone, and never before."""

import gc
import random
import subprocess
import sys
import threading

import numpy as np
import pytest

import pdenn as pn
from pdenn.kernels import memory

SIZE = memory.LARGE // 8


@pytest.fixture(autouse=True)
def nothing_waits(monkeypatch):
    monkeypatch.setattr(memory, "_waiting", {})


def place(x):
    return x.__array_interface__["data"][0]


def waiting():
    return sum(size * len(free) for size, free in memory._waiting.items())


@pytest.mark.parametrize("shape", [(SIZE,), (2, SIZE // 4, 3), (1, SIZE, 1)])
@pytest.mark.parametrize("real", [np.float32, np.float64])
def test_a_large_array_is_one_like_others(shape, real):
    x = memory.empty_like(np.zeros((3, *shape), real))
    assert (x.shape, x.dtype) == ((3, *shape), real)
    assert x.flags.c_contiguous
    assert x.flags.writeable
    assert place(x) % memory.LINE == 0
    x[...] = 2
    assert x.sum() == 2 * x.size


def test_memory_comes_back_when_the_last_view_is_gone():
    x = memory.empty((SIZE,), float)
    start, view = place(x), x.reshape(-1, 2)[1:, ::2]
    del x
    assert waiting() == 0
    other = memory.empty((SIZE,), float)
    assert not np.may_share_memory(other, view)
    del view
    assert waiting() == 8 * SIZE
    assert place(memory.empty((SIZE // 2, 2), float)) == start
    assert memory._waiting[8 * SIZE] != []


def test_what_is_small_is_left_to_the_allocator():
    assert memory.empty((SIZE - 1,), float).base is None
    assert memory.empty_like(np.zeros((0, 3))).shape == (0, 3)


def test_no_two_results_share_memory():
    """Arrays and views are made, kept and let go at random; each keeps what was written into it."""
    choose, kept = random.Random(0), []
    for number in range(100):
        x = memory.empty((choose.choice([SIZE, SIZE + 1, 2 * SIZE]),), float)
        x[:] = number
        kept.append((number, choose.choice([x, x[::3], x.reshape(-1, 1).T, np.frombuffer(x)])))
        while len(kept) > choose.randint(0, 12):
            kept.pop(choose.randrange(len(kept)))
        assert all((view == value).all() for value, view in kept)


def test_what_waits_has_a_limit(monkeypatch):
    monkeypatch.setattr(memory, "MOST", 20 * SIZE)
    kept = [memory.empty((SIZE,), float) for _ in range(5)]
    while kept:
        kept.pop()
        assert waiting() <= 20 * SIZE
    assert waiting() > 0
    memory.empty((3 * SIZE,), float)
    assert waiting() <= 20 * SIZE
    memory.empty((100 * SIZE,), float)
    assert not memory._waiting[800 * SIZE]
    assert memory._waiting[8 * SIZE]  # what is small stays where something large does not


def test_threads_never_get_the_same_memory():
    wrong = []

    def work(name):
        for number in range(60):
            x = memory.empty((SIZE + number % 2,), float)
            x[:] = name
            y = memory.empty_like(x)
            y[:] = -name
            wrong.extend([name] * bool((x != name).any() or (y != -name).any()))

    threads = [threading.Thread(target=work, args=(name,)) for name in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_cycle_of_references_gives_memory_back():
    x = memory.empty((SIZE,), float)
    cycle = [x]
    cycle.append(cycle)
    del x, cycle
    gc.collect()
    assert waiting() == 8 * SIZE


def test_results_of_solve_are_kept_and_their_memory_is_used_again(monkeypatch):
    monkeypatch.setattr(memory, "LARGE", 1)
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((20, 30)))
    u = np.random.default_rng(0).random((20, 30))
    first = pn.solve(A, u, pn.ExplicitEuler(), 1.0, tau=0.1)
    kept = first.u.copy()
    for _ in range(3):
        pn.solve(A, first.u, pn.FED(3), 1.0)
        A(0.0, first.u)
    np.testing.assert_array_equal(first.u, kept)
    assert waiting() > 0


def test_the_end_of_a_process_is_quiet():
    code = "from pdenn.kernels import memory; x = memory.empty((1 << 20,), float); y = [x]; y.append(y); del memory"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
