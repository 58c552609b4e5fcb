"""Weights in files (safetensors), and the number that stands for them."""

import hashlib
from os import PathLike

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..files import aside


def check_weights(network: nn.Module) -> None:
    """Raise ValueError unless all weights are finite: nothing can be said about a network that is no function."""
    for name, x in network.named_parameters():
        if not x.isfinite().all():
            raise ValueError(
                f"network must have finite weights, got {int((~x.isfinite()).sum())} NaN or infinite ones of {x.numel()} in {name}"
            )


def digest(network: nn.Module) -> str:
    """SHA-256 of what a network is: the words of its modules, and name, dtype, shape and bytes of every weight."""
    found = hashlib.sha256(repr(network).encode())
    for name, x in sorted(network.state_dict().items()):
        x = x.detach().cpu().contiguous()
        found.update(f"{name} {x.dtype} {tuple(x.shape)}".encode())
        found.update(x.reshape(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def save(network: nn.Module, path: str | PathLike[str], notes: dict[str, str] | None = None) -> None:
    """Write the weights; `notes` are words that travel with them.

    Raises OSError when the file cannot be written; an old one is as it was.
    """
    write_tensors(path, network.state_dict(), notes or {})


def load(network: nn.Module, path: str | PathLike[str]) -> dict[str, str]:
    """Read the weights of `network` from a file that `save` wrote, in place; returns the notes.

    Raises
    ------
    OSError
        There is no such file, or it is damaged.
    ValueError
        Names, shapes or dtypes differ from those of the network.
    """
    tensors, notes = read_tensors(path)
    own = {name: (tuple(x.shape), x.dtype) for name, x in network.state_dict().items()}
    found = {name: (tuple(x.shape), x.dtype) for name, x in tensors.items()}
    if own != found:
        differ = sorted(name for name in own.keys() | found.keys() if own.get(name) != found.get(name))
        raise ValueError(f"{path} belongs to another network: {', '.join(differ[:5])} differ in name, shape or dtype")
    network.load_state_dict(tensors)
    return notes


def write_tensors(path: str | PathLike[str], tensors: dict[str, Tensor], notes: dict[str, str]) -> None:
    """Named tensors and words into one file, whole or not at all."""
    with aside(path) as partial:
        # Copies: weights that two modules share would be refused.
        save_file({name: _copy(x) for name, x in tensors.items()}, partial, notes)


def _copy(x: Tensor) -> Tensor:
    return x.detach().cpu().clone(memory_format=torch.contiguous_format)


def read_tensors(path: str | PathLike[str]) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The named tensors, on the CPU, and the words of a file. Nothing in it is ever executed."""
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}
    except FileNotFoundError as error:
        raise FileNotFoundError(f"cannot read {path}: there is no such file") from error
    except (OSError, SafetensorError) as error:
        raise OSError(f"cannot read {path} as safetensors: {error}. Is it whole?") from error
