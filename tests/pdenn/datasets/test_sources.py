"""Where files come from: the folder of the user, the cache, the origin; and what is refused."""

import hashlib
import shutil
from pathlib import Path
from zipfile import ZipFile

import pooch
import pytest
import requests

from pdenn.datasets import sources


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def away(monkeypatch, tmp_path):
    """No folder of the user, and an empty cache."""
    monkeypatch.delenv("PDENN_DATA", raising=False)
    monkeypatch.setattr(sources, "cache", lambda: tmp_path / "cache")


@pytest.fixture
def origin(monkeypatch, tmp_path):
    """An origin that has what is put into the dictionary, by address; it counts what is asked for."""
    contents, asked = {}, []

    def retrieve(url, known_hash, fname, path):
        if (Path(path) / fname).is_file():
            return str(Path(path) / fname)
        asked.append(url)
        if url not in contents:
            raise requests.ConnectionError("no route to the origin")
        if known_hash is not None and known_hash != f"sha256:{sha256(contents[url])}":
            raise ValueError("pooch refuses")
        Path(path).mkdir(parents=True, exist_ok=True)
        (Path(path) / fname).write_bytes(contents[url])
        return str(Path(path) / fname)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    return contents, asked


@pytest.mark.parametrize("name", sources.SOURCES)
def test_every_file_has_a_pinned_origin_and_a_hash(name):
    source = sources.SOURCES[name]
    assert len(bytes.fromhex(source.sha256)) == 32 and len(bytes.fromhex(source.local)) in (0, 32)
    pinned = any(len(part) == 40 and set(part) <= set("0123456789abcdef") for part in source.address.split("/"))
    assert pinned or name == "mnist/mnist.npz"  # whose address never changed and whose hash is known
    assert source.address.startswith("https://")


def test_the_folder_of_the_user_comes_first(monkeypatch, tmp_path, away, origin):
    monkeypatch.setitem(sources.SOURCES, "a/file", sources.Source("https://origin/file", sha256(b"right")))
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_bytes(b"right")
    monkeypatch.setenv("PDENN_DATA", str(tmp_path))
    assert sources.path("a/file") == tmp_path / "a" / "file"
    assert origin[1] == []


def test_a_wrong_hash_is_refused_and_the_file_left_as_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("PDENN_DATA", str(tmp_path))
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "cora.npz").write_bytes(b"another file")
    with pytest.raises(ValueError, match=f"cora.npz must have the SHA-256 068e22d9.*got {sha256(b'another file')}"):
        sources.path("graphs/cora.npz")
    assert (tmp_path / "graphs" / "cora.npz").read_bytes() == b"another file"


def test_a_file_that_changes_is_looked_at_again(monkeypatch, tmp_path):
    real = sources.path("graphs/texas.npz")
    (tmp_path / "graphs").mkdir()
    shutil.copyfile(real, tmp_path / "graphs" / "texas.npz")
    monkeypatch.setenv("PDENN_DATA", str(tmp_path))
    assert sources.path("graphs/texas.npz").parent == tmp_path / "graphs"
    (tmp_path / "graphs" / "texas.npz").write_bytes(b"changed")
    with pytest.raises(ValueError, match="must have the SHA-256"):
        sources.path("graphs/texas.npz")


def test_offline_the_error_names_file_address_and_folder(away, origin):
    with pytest.raises(OSError, match="graphs/cora.npz is not on this machine") as caught:
        sources.path("graphs/cora.npz")
    assert sources.SOURCES["graphs/cora.npz"].address in str(caught.value)
    assert "PDENN_DATA" in str(caught.value) and "no route to the origin" in str(caught.value)


def test_what_the_folder_lacks_is_fetched_once(monkeypatch, tmp_path, away, origin):
    contents, asked = origin
    contents["https://origin/file"] = b"right"
    monkeypatch.setitem(sources.SOURCES, "a/file", sources.Source("https://origin/file", sha256(b"right")))
    monkeypatch.setenv("PDENN_DATA", str(tmp_path / "empty"))
    found = sources.path("a/file")
    assert found.read_bytes() == b"right" and found == tmp_path / "cache" / "a" / "file"
    assert sources.path("a/file") == found and asked == ["https://origin/file"]


def test_a_repacked_archive_is_made_from_the_single_files(monkeypatch, tmp_path, away, origin):
    contents, asked = origin
    contents |= {"https://origin/1.png": b"one", "https://origin/2.png": b"two"}
    source = sources.Source("https://origin", sha256(b"onetwo"), "0" * 64, ("1.png", "2.png"))
    monkeypatch.setitem(sources.SOURCES, "a/set.zip", source)
    with ZipFile(sources.path("a/set.zip")) as archive:
        assert [archive.read(name) for name in archive.namelist()] == [b"one", b"two"]
    sources.path("a/set.zip")
    assert len(asked) == 2


def test_single_files_that_are_not_those_meant_are_refused(monkeypatch, tmp_path, away, origin):
    origin[0]["https://origin/1.png"] = b"another"
    source = sources.Source("https://origin", sha256(b"one"), "0" * 64, ("1.png",))
    monkeypatch.setitem(sources.SOURCES, "a/set.zip", source)
    with pytest.raises(ValueError, match="files at https://origin must have the SHA-256"):
        sources.path("a/set.zip")
    assert not (tmp_path / "cache" / "a" / "set.zip").exists()


@pytest.mark.parametrize("name", ["images/bsd68.zip", "images/bsd400_train.zip"])
def test_the_repacked_images_are_those_of_the_origin(name):
    """The archive at hand holds the members, and they have the hash, that the origin's files are held to."""
    source = sources.SOURCES[name]
    with ZipFile(sources.path(name)) as archive:
        assert set(source.members) == set(archive.namelist())
        assert sha256(b"".join(map(archive.read, source.members))) == source.sha256
