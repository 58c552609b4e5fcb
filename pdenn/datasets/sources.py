"""Where the files of the data sets come from, and how they come here, checked by their SHA-256.

Rests on pooch. No data lie in the package: they stay under the licences of their origin.
"""

import hashlib
import os
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

GITHUB = "https://raw.githubusercontent.com"
CITATIONS = f"{GITHUB}/shchur/gnn-benchmark/1e72912a0810cdf27ae54fd589a3b43358a2b161/data/npz"
HETEROPHILOUS = f"{GITHUB}/yandex-research/heterophilous-graphs/a431395582e929d88271309716bea4fe24ce6318/data"
TEMPORAL = f"{GITHUB}/benedekrozemberczki/pytorch_geometric_temporal/adefe44265ad8faf239fd6cf3b59b95ca3ee60aa/dataset"
OMNIGLOT = f"{GITHUB}/brendenlake/omniglot/057f034baf2ecb8530bc5710e5a23584d2a519cc/python"
BERKELEY = f"{GITHUB}/axgoujon/weakly_convex_ridge_regularizer/a042f67fc7c52f89ac3bdcccf604291a4d929081"
KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"


class Source(NamedTuple):
    """A file: its public address and its SHA-256.

    `local`: the SHA-256 of the file of this name in `PDENN_DATA`, where that one was repacked. `members`: the names of
    the single files at the address of which a repacked archive consists; `sha256` is then that of all of them in turn.
    """

    address: str
    sha256: str
    local: str = ""
    members: tuple[str, ...] = ()


SOURCES = {
    "graphs/cora.npz": Source(
        f"{CITATIONS}/cora.npz",
        "068e22d90c3849b4057dfb05851741428992af058efcd4e7ebb4186f3d581de2",
    ),
    "graphs/citeseer.npz": Source(
        f"{CITATIONS}/citeseer.npz",
        "280278b21b434c047922e8389518861416fb3ad39389c27865ff0e6bbb0aaab7",
    ),
    "graphs/texas.npz": Source(
        f"{HETEROPHILOUS}/texas.npz",
        "b164b99e6c3d43e4ab07488ec59bd8c815f90cbc1bd4cf425ce587d2b534d844",
    ),
    "graphs/cornell.npz": Source(
        f"{HETEROPHILOUS}/cornell.npz",
        "684c54ba3daa13b0ba1f04a3d6dd1b1175c1ae9bdeb982851fd4ff96d3aac298",
    ),
    "graphs/chameleon_filtered.npz": Source(
        f"{HETEROPHILOUS}/chameleon_filtered.npz",
        "bf46f07e1fb5249280447e5fe3100f3e82fc4b93ad1e13ffcfdec924b6ac0bb5",
    ),
    "graphs/squirrel_filtered.npz": Source(
        f"{HETEROPHILOUS}/squirrel_filtered.npz",
        "f06370ffb3116c5de8b7a600005400b2293c025e0ce2f6916d8201a825505ac7",
    ),
    "graphs/actor.npz": Source(
        f"{HETEROPHILOUS}/actor.npz",
        "c350eef06b2c2a9bf8218be2b57cac6d4003d0922eb597a039e9123f75817816",
    ),
    "graphs/minesweeper.npz": Source(
        f"{HETEROPHILOUS}/minesweeper.npz",
        "e664c8dacf1e8ac466c2c09ed4b237bd2c5541f47a6eae9c6092cb87f16412b3",
    ),
    "covid/england_covid.json": Source(
        f"{TEMPORAL}/england_covid.json",
        "497056cc4585b58951fd5cd17554fe0c535f68ea0c907a5b5727ae30e3913450",
    ),
    "omniglot/all_runs.zip": Source(
        f"{OMNIGLOT}/one-shot-classification/all_runs.zip",
        "437c1eeab0af8484112e1b4cc0f3d541ec727f7c47b9b202da738af9dfd6c325",
    ),
    "omniglot/images_background_small1.zip": Source(
        f"{OMNIGLOT}/images_background_small1.zip",
        "f38eb80f801274ac2b4dff5b24289016bfaba4a7d5bb50deebf27104ad6cb8a4",
    ),
    "omniglot/images_background_small2.zip": Source(
        f"{OMNIGLOT}/images_background_small2.zip",
        "3ccaa407515a8778e5d0861875af38b17e418f301ad5bb3b5a6b65d901a41c7f",
    ),
    "images/bsd68.zip": Source(
        f"{BERKELEY}/training/data/images/BSD/Set68",
        "141797011cfb0901713499be26b4c320b9facb0683f5cd88af3528a73c2a2c2e",
        "674db28b006e7bde97f604bd28635327dbc6a78a0efc7ef29586fa4fdf9ce2c7",
        tuple(f"test{k:03}.png" for k in range(1, 69)),
    ),
    "images/bsd400_train.zip": Source(
        f"{BERKELEY}/training/data/images/BSD/train",
        "210c2ed3e3072767c7689455d36525e1a3e9244968967a9097364c40ad24474a",
        "441e69b38425d4d04c7614fdffe3f19637bf821990e55551fe0a57b452d02e75",
        tuple(f"test_{k:03}.png" for k in range(1, 401)),
    ),
    "mnist/mnist.npz": Source(  # the digits in the order of LeCun; the repacked file has them class by class
        f"{KERAS}/mnist.npz",
        "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        "e1212d38081f757663273b6a281c688ea600f1f4577df283e4abe97e0567044d",
    ),
}


def path(name: str) -> Path:
    """The local copy of a file of `SOURCES`: that in the folder `PDENN_DATA`, else one fetched to pooch's cache.

    Raises
    ------
    ValueError
        The local file is not the one that is meant: its SHA-256 differs. It is left as it is.
    OSError
        The file is not here and could not be fetched.
    """
    source, folder = SOURCES[name], os.environ.get("PDENN_DATA")
    local = Path(folder, name) if folder else None
    if local is not None and local.is_file():
        found = _digest(local, local.stat().st_mtime_ns)
        if found not in (source.local or source.sha256, source.sha256):
            raise ValueError(f"{local} must have the SHA-256 {source.local or source.sha256}, got {found}")
        return local
    return _archive(name, source) if source.members else _fetch(name, source.address, source.sha256)


def cache() -> Path:
    """The folder of the files that were fetched: pooch's for pdenn."""
    import pooch

    return Path(pooch.os_cache("pdenn"))


@lru_cache(maxsize=64)
def _digest(path: Path, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(name: str, address: str, sha256: str | None) -> Path:
    import pooch

    target = cache() / name
    try:
        known = None if sha256 is None else f"sha256:{sha256}"
        return Path(pooch.retrieve(address, known, fname=target.name, path=target.parent))
    except OSError as error:  # those of requests are among them
        raise OSError(
            f"{name} is not on this machine and could not be fetched from {address} ({error}): "
            f"put it into a folder, as {name}, and set PDENN_DATA to that folder"
        ) from error


def _archive(name: str, source: Source) -> Path:
    """An archive of the single files at the origin, made once."""
    target = cache() / name
    if target.is_file():
        return target
    files = [_fetch(f"{name}.d/{member}", f"{source.address}/{member}", None) for member in source.members]
    contents, found = [file.read_bytes() for file in files], hashlib.sha256()
    for content in contents:
        found.update(content)
    if found.hexdigest() != source.sha256:
        raise ValueError(
            f"the files at {source.address} must have the SHA-256 {source.sha256}, got {found.hexdigest()}"
        )
    aside = target.with_suffix(".partial")
    with ZipFile(aside, "w") as archive:
        for member, content in zip(source.members, contents, strict=True):
            archive.writestr(member, content)
    os.replace(aside, target)
    return target
