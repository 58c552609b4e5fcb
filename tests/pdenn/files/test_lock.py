"""Only one program holds a folder; the lock of a program that has ended holds nothing."""

import json
import os
import socket
import subprocess
import sys

import pytest

from pdenn.files.lock import SECONDS_TO_WRITE, _born, locked


def lock_of(folder, pid, machine=None, born=None):
    content = {"pid": pid, "machine": machine or socket.gethostname(), "born": _born(pid) if born is None else born}
    (folder / "lock").write_text(json.dumps(content), encoding="utf-8")


def ended():
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_a_lock_goes_with_its_block(tmp_path):
    with locked(tmp_path / "new"):
        assert json.loads((tmp_path / "new" / "lock").read_text())["pid"] == os.getpid()
    with pytest.raises(KeyError), locked(tmp_path / "new"):
        raise KeyError
    assert list((tmp_path / "new").iterdir()) == []


def test_a_second_one_is_refused(tmp_path):
    with locked(tmp_path):
        with pytest.raises(OSError, match=rf"{tmp_path} is in use .*{os.getpid()}.*delete"), locked(tmp_path):
            pass
        assert (tmp_path / "lock").exists()


@pytest.mark.parametrize("end", ["ended", "number in use again"])
def test_a_stale_lock_is_taken_over(end, tmp_path):
    if end == "ended":
        lock_of(tmp_path, ended())
    else:
        lock_of(tmp_path, os.getppid(), born="0")
    with locked(tmp_path):
        assert json.loads((tmp_path / "lock").read_text())["pid"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_of_another_machine_is_never_stale(tmp_path):
    lock_of(tmp_path, ended(), machine="elsewhere")
    with pytest.raises(OSError, match=r"on elsewhere"), locked(tmp_path):
        pass


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x"}'])
def test_a_lock_without_content_is_stale_when_it_is_old(content, tmp_path):
    (tmp_path / "lock").write_text(content)
    with pytest.raises(OSError, match="by another run"), locked(tmp_path):
        pass
    old = (tmp_path / "lock").stat().st_mtime - 2 * SECONDS_TO_WRITE
    os.utime(tmp_path / "lock", (old, old))
    with locked(tmp_path):
        pass


def test_a_lock_that_another_program_was_faster_to_take_over_is_left_to_it(tmp_path, monkeypatch):
    lock_of(tmp_path, ended())
    real = os.rename

    def rename(source, target):
        lock_of(tmp_path, os.getppid())  # what the other one wrote
        real(source, target)

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(OSError, match=rf"number {os.getppid()}"), locked(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
