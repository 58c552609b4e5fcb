"""A plain loop that trains a network: what it did can be read in 200 lines, and interrupted and resumed to the bit."""

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import torch
from torch import Tensor, nn
from tqdm import tqdm

from ..arrays import check_finite
from ..errors import Diverged
from .plan import Plan
from .weights import digest, read_tensors, write_tensors

if TYPE_CHECKING:
    import xarray

Samples: TypeAlias = tuple[Tensor, ...]  # with the same first axis


def train(
    network: nn.Module,
    loss: Callable[..., Tensor],
    data: Tensor | tuple[Tensor, ...],
    plan: Plan | None = None,
    *,
    validation: Tensor | tuple[Tensor, ...] | None = None,
    checkpoint: str | PathLike[str] | None = None,
    progress: bool = False,
) -> "xarray.Dataset":
    """Train a network in place; afterwards it carries the weights of its best epoch.

    A run that was interrupted and is called again with the same arguments and `checkpoint` continues, and ends with the
    same weights to the bit as one that was never interrupted, on the same machine and number of threads.

    Parameters
    ----------
    network : torch.nn.Module
        On its device; batches are moved there.
    loss : callable
        `loss(network, *batch)` gives a scalar tensor, a mean over the batch. It may draw random numbers (noise, crops):
        they are seeded for every epoch, and the same in every validation.
    data : tensor or tuple of tensors
        With the same first axis: the samples.
    plan : Plan, optional
    validation : tensor or tuple of tensors, optional
        Samples like `data`. Their loss says which epoch is the best; without them the training loss does.
    checkpoint : path, optional
        A safetensors file, written after every epoch.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    xarray.Dataset
        `loss`, `validation` (if given), `rate`, `seconds` along `epoch`; the plan, the best epoch, and the SHA-256 of
        the final network as attributes.

    Raises
    ------
    TypeError, ValueError
        The data do not fit or are not finite, `loss` gives no number, or the checkpoint belongs to another run.
    Diverged
        A loss is NaN or infinite; the message names the epoch. The last checkpoint is whole.
    """
    plan, mode = Plan() if plan is None else plan, network.training
    if not isinstance(plan, Plan):
        raise TypeError(f"plan must be a Plan, got {plan!r}")
    held_out = None if validation is None else _samples(validation, "validation")
    run = _Run(network, loss, _samples(data, "data"), plan, held_out)
    if checkpoint is not None and Path(checkpoint).exists():
        run.resume(checkpoint)
    bar = tqdm(total=plan.epochs, initial=len(run.history), desc="train", unit="epoch", disable=not progress)
    with bar:
        while not run.finished:
            run.epoch()
            if checkpoint is not None:
                run.save(checkpoint)
            bar.set_postfix({k: f"{v:.4g}" for k, v in run.history[-1].items() if k != "seconds"})
            bar.update()
    network.load_state_dict(run.best)
    network.train(mode)
    return run.to_xarray()


class _Run:
    """A run and where it stands: everything but the tensors of network and optimiser follows from its history."""

    def __init__(
        self, network: nn.Module, loss: Callable[..., Tensor], data: Samples, plan: Plan, validation: Samples | None
    ) -> None:
        self.network, self.loss, self.data, self.plan, self.validation = network, loss, data, plan, validation
        self.parameters = [p for p in network.parameters() if p.requires_grad]
        if not self.parameters:
            raise ValueError(f"network must have weights that learn, got {type(network).__name__} with none")
        self.optimiser = torch.optim.AdamW(self.parameters, lr=plan.rate, weight_decay=plan.decay)
        self.device = self.parameters[0].device
        self.history: list[dict[str, float]] = []
        self.best = _copy(network.state_dict())
        sums = [(tuple(x.shape), float(x.double().sum())) for x in (*data, *(validation or ()))]
        learns = [name for name, p in network.named_parameters() if p.requires_grad]
        self.name = f"{digest(network)} {plan} {sums} {learns}"

    @property
    def scores(self) -> list[float]:
        return [e["validation" if self.validation else "loss"] for e in self.history]

    @property
    def best_epoch(self) -> int:
        return min(range(len(self.scores)), key=self.scores.__getitem__)

    @property
    def finished(self) -> bool:
        done = len(self.history)
        waited = self.plan.patience is not None and done > 0 and done - 1 - self.best_epoch >= self.plan.patience
        return done >= self.plan.epochs or waited

    def epoch(self) -> None:
        """One pass over the data, and one over the validation."""
        began, n, plan = time.perf_counter(), len(self.history), self.plan
        count = len(self.data[0])
        order = torch.randperm(count, generator=torch.Generator().manual_seed(_seed(plan, n, 0)))
        steps, total, rate = math.ceil(count / plan.batch), 0.0, 0.0
        self.network.train()
        with _random(_seed(plan, n, 1), self.device):
            for k, chosen in enumerate(order.split(plan.batch)):
                rate = self._rate((n + k / steps) / plan.epochs)
                total += self._step([x[chosen] for x in self.data], rate) * len(chosen)
        if not all(p.isfinite().all() for p in self.parameters):
            raise Diverged(f"weights are NaN or infinite after epoch {n + 1}: lower plan.rate, or set plan.clip")
        entry = {"loss": total / count, "rate": rate}
        if self.validation:
            entry["validation"] = self._validate(self.validation)
        self.history.append(entry | {"seconds": time.perf_counter() - began})
        if self.best_epoch == n:
            self.best = _copy(self.network.state_dict())

    def _step(self, batch: Sequence[Tensor], rate: float) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad()
        value = self._value(batch)
        value.backward()
        if self.plan.clip is not None:
            torch.nn.utils.clip_grad_norm_(self.parameters, self.plan.clip)
        self.optimiser.step()
        return value.item()

    def _value(self, batch: Sequence[Tensor]) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.plan.bfloat16):
            value = self.loss(self.network, *(x.to(self.device) for x in batch))
        if not isinstance(value, torch.Tensor) or value.numel() != 1:
            given = tuple(value.shape) if isinstance(value, torch.Tensor) else value
            raise TypeError(f"loss must give a tensor with one number, got {given!r}")
        if not torch.isfinite(value.detach()):
            remedy = "lower plan.rate, or set plan.clip"
            raise Diverged(f"the loss is {value.item()} in epoch {len(self.history) + 1}: {remedy}")
        return value

    @torch.no_grad()
    def _validate(self, validation: Samples) -> float:
        self.network.eval()
        total, size = 0.0, self.plan.batch
        with _random(_seed(self.plan, 0, 2), self.device):
            for batch in zip(*(x.split(size) for x in validation), strict=True):
                total += self._value(batch).item() * len(batch[0])
        return total / len(validation[0])

    def _rate(self, share: float) -> float:
        if self.plan.schedule == "cosine":
            return self.plan.rate * (1 + math.cos(math.pi * share)) / 2
        if self.plan.schedule == "constant":
            return self.plan.rate
        wait = 10 if self.plan.patience is None else self.plan.patience // 2 + 1
        return self.plan.rate / 2 ** _halvings(self.scores, wait)

    def save(self, path: str | PathLike[str]) -> None:
        """Weights now, weights of the best epoch, state of the optimiser, history."""
        state = self.optimiser.state_dict()["state"]
        tensors = {f"now.{k}": x for k, x in self.network.state_dict().items()}
        tensors |= {f"best.{k}": x for k, x in self.best.items()}
        tensors |= {f"optimiser.{i}.{k}": x for i, entry in state.items() for k, x in entry.items()}
        write_tensors(path, tensors, {"run": self.name, "history": json.dumps(self.history)})

    def resume(self, path: str | PathLike[str]) -> None:
        """Stand where `save` stood."""
        tensors, notes = read_tensors(path)
        if notes.get("run") != self.name:
            raise ValueError(
                f"checkpoint={str(path)!r} belongs to another run (network, first weights, what learns, plan or data differ): "
                "delete it or name another file"
            )
        self.history = json.loads(notes["history"])
        self.best = {k: x.to(self.device) for k, x in _part(tensors, "best.").items()}
        self.network.load_state_dict(_part(tensors, "now."))
        entries: dict[int, dict[str, Tensor]] = {}
        for name, x in _part(tensors, "optimiser.").items():
            i, key = name.split(".", 1)
            entries.setdefault(int(i), {})[key] = x
        self.optimiser.load_state_dict(self.optimiser.state_dict() | {"state": entries})

    def to_xarray(self) -> "xarray.Dataset":
        """The history, as `train` returns it."""
        import xarray

        columns = {k: ("epoch", [entry[k] for entry in self.history]) for k in self.history[0]}
        about = {"plan": str(self.plan), "best_epoch": self.best_epoch + 1, "sha256": digest(self.network)}
        about["parameters"] = sum(p.numel() for p in self.network.parameters())
        return xarray.Dataset(columns, {"epoch": range(1, len(self.history) + 1)}, about)


def _samples(data: Tensor | tuple[Tensor, ...], name: str) -> Samples:
    """The tensors of a data set, checked."""
    tensors = (data,) if isinstance(data, torch.Tensor) else tuple(data)
    if not tensors or not all(isinstance(x, torch.Tensor) and x.ndim for x in tensors):
        raise ValueError(
            f"{name} must be tensors with a first axis of samples, got {[type(x).__name__ for x in tensors]}"
        )
    if len({len(x) for x in tensors}) != 1 or len(tensors[0]) == 0:
        raise ValueError(
            f"{name} must have as many samples in each tensor, at least one, got {[len(x) for x in tensors]}"
        )
    for x in tensors:
        check_finite(x, name)
    return tensors


@contextmanager
def _random(seed: int, device: torch.device) -> Iterator[None]:
    """Random numbers from `seed` inside the block; outside they go on as if nothing had been."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def _seed(plan: Plan, epoch: int, use: int) -> int:
    return ((plan.seed * 1_000_003 + epoch) * 3 + use) % 2**63


def _halvings(scores: list[float], wait: int) -> int:
    """How often the rate has been halved: once for every `wait` epochs without improvement since best or halving."""
    count, best, waited = 0, math.inf, 0
    for score in scores:
        best, waited = (score, 0) if score < best else (best, waited + 1)
        if waited == wait:
            count, waited = count + 1, 0
    return count


def _copy(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: x.detach().clone() for name, x in state.items()}


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): x for name, x in tensors.items() if name.startswith(prefix)}
