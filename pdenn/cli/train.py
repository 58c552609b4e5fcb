"""`pdenn train`: a derived network learns to denoise pictures or signals, and can be interrupted at any moment."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ..datasets.folders import SUFFIXES
from ..files import read, write_result
from .faults import INTERRUPTED, tell, told
from .options import Json
from .tables import show, show_json

HELD_OUT = 10  # the last of so many samples is for validation


@told
def train(
    file: Annotated[Path, typer.Argument(metavar="NETWORK", help="network.safetensors of `pdenn derive`, or its folder.")],
    data: Annotated[Path, typer.Argument(metavar="FOLDER|ARRAY", help="A folder of pictures, cut into pieces of the size "
                                         "of the grid, or a .npy of clean samples of shape (samples, *grid).")],
    noise: Annotated[float, typer.Option(help="Standard deviation of the Gaussian noise; pictures lie in [0, 1].")],
    epochs: Annotated[int, typer.Option(help="Passes over the samples.")] = 10,
    rate: Annotated[float, typer.Option(help="Learning rate of AdamW; it falls to zero along half a cosine.")] = 1e-2,
    batch: Annotated[int, typer.Option(help="Samples of a step.")] = 16,
    seed: Annotated[int, typer.Option(help="Of the noise and of the order of the samples.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("pdenn-trained"),
    as_json: Json = False,
):  # fmt: skip
    """Train a derived network to remove noise, by the mean square error against what was clean.

    Writes network.safetensors, history.nc and certificate.json: what is proved at the trained weights, which `pdenn
    inspect --proof` proves again. Every tenth sample is for validation and chooses the best epoch. A run that was
    interrupted goes on when the same command is given again.
    """
    from ..networks import Plan, read_network, write_network, write_proof

    file = file / "network.safetensors" if file.is_dir() else file
    network, A = read_network(file)
    if file.resolve() == (out / "network.safetensors").resolve():
        raise ValueError(f"out={str(out)!r} would overwrite {file}: name another folder")
    plan = Plan(epochs=epochs, batch=batch, rate=rate, seed=seed)
    pairs = noisy(samples(data, A.grid.shape), noise, seed)
    history = _run(network, pairs, plan, out / "checkpoint.safetensors")
    write_result(out / "history.nc", history)
    write_network(out / "network.safetensors", network, A)
    proof = write_proof(out / "certificate.json", network)
    (out / "checkpoint.safetensors").unlink(missing_ok=True)  # the network is safe: the run needs no going on
    written = [out / name for name in ("network.safetensors", "history.nc", "certificate.json")]
    if as_json:
        columns = {str(name): history[name].values.tolist() for name in history.data_vars}
        about = {"samples": sum(map(len, (x[0] for x in pairs))), "best_epoch": history.attrs["best_epoch"]}
        show_json({**about, "history": columns, "certificate": proof, "written": list(map(str, written))})
    else:
        show(*lines(history, pairs, proof), *(f"wrote {path}" for path in written))


def samples(data: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Clean samples `(samples, *shape)`: the pieces of pictures without overlap, or the rows of an array."""
    if data.is_dir():
        found = [piece for path in _pictures(data) for piece in pieces(_grey(path), shape)]
        if not found:
            raise ValueError(f"{data} must hold pictures of at least {shape} pixels, the grid of the network")
        return np.stack(found)
    u = read(data).u
    if u.shape[1:] != shape:
        raise ValueError(f"{data} must have shape (samples, {', '.join(map(str, shape))}), got {u.shape}")
    return u


def pieces(picture, shape) -> list[np.ndarray]:
    """The pieces of a picture, row by row; what is left over at its ends is not used."""
    if len(shape) != 2:
        raise ValueError(f"pictures need the network of a grid with two axes, got {shape}")
    rows, columns = (range(0, n - m + 1, m) for n, m in zip(picture.shape, shape, strict=True))
    return [picture[i : i + shape[0], j : j + shape[1]] for i in rows for j in columns]


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def _grey(path: Path) -> np.ndarray:
    u = read(path).u
    return u.mean(axis=0) if u.ndim == 3 else u


def noisy(clean: np.ndarray, noise: float, seed: int):
    """The pairs (noisy, clean) for training and for validation, as tensors; the noise is a function of the seed."""
    import torch

    if not 0 < noise < float("inf"):
        raise ValueError(f"noise must be finite and > 0, got {noise!r}")
    if seed < 0:
        raise ValueError(f"seed must be >= 0, got {seed!r}")
    if len(clean) < 2:
        raise ValueError("there must be two samples at least: one to learn from, one for validation; got 1")
    normal = np.random.default_rng(seed).standard_normal(clean.shape)
    pair = [torch.from_numpy(x.astype(clean.dtype)) for x in (clean + noise * normal, clean)]
    held = np.arange(len(clean)) % HELD_OUT == min(HELD_OUT, len(clean)) - 1
    return [x[~held] for x in pair], [x[held] for x in pair]


def _run(network, pairs, plan, checkpoint):
    """The history; Ctrl-C says where the checkpoint is."""
    from torch.nn.functional import mse_loss

    from ..networks import train

    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    try:
        return train(network, lambda net, u, clean: mse_loss(net(u), clean), pairs[0], plan, validation=pairs[1],
                     checkpoint=checkpoint, progress=typer.get_text_stream("stderr").isatty())  # fmt: skip
    except KeyboardInterrupt:
        kept = f"the run is kept in {checkpoint}; the same command goes on from there"
        tell(f"interrupted: {kept if checkpoint.exists() else 'no epoch was complete'}")
        raise typer.Exit(INTERRUPTED) from None


def lines(history, pairs, proof) -> list[str]:
    """What was learned, for people."""
    best, validation = history.attrs["best_epoch"], history["validation"].values
    noise = float((pairs[1][0] - pairs[1][1]).square().mean())
    return [
        f"{len(pairs[0][0])} samples to learn from, {len(pairs[1][0])} for validation; {len(validation)} epochs",
        f"mean square error on validation: {noise:.6g} before the network, {validation[best - 1]:.6g} after it (epoch {best})",
        f"proved at these weights: {', '.join(claim['claim'] for claim in proof['claims']) or 'nothing'}",
    ]
