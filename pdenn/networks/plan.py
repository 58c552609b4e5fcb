"""How a network is trained, in one place; `train` does the rest."""

import math
from dataclasses import dataclass
from numbers import Real

SCHEDULES = ("cosine", "plateau", "constant")


@dataclass(frozen=True)
class Plan:
    """How a network is trained.

    Attributes
    ----------
    epochs : int
        Passes over the data.
    batch : int
        Size of a batch; the last one of an epoch may be smaller.
    rate : float
        Learning rate of AdamW (Loshchilov and Hutter 2019) at the start.
    decay : float
        Weight decay of AdamW.
    schedule : {"cosine", "plateau", "constant"}
        The rate falls to zero along half a cosine, step by step; or it is halved whenever the loss has not improved for
        `patience // 2 + 1` epochs (10 without `patience`); or it stays.
    patience : int, optional
        Training stops after so many epochs without improvement.
    clip : float, optional
        Largest norm of the gradient; longer ones are scaled down to it.
    bfloat16 : bool
        Whether the forward pass runs in mixed precision (`torch.autocast`); weights of float64 are left alone by it.
    seed : int
        Of the order of the data, and of every random number that `loss` draws.
    """

    epochs: int = 10
    batch: int = 32
    rate: float = 1e-3
    decay: float = 0.0
    schedule: str = "cosine"
    patience: int | None = None
    clip: float | None = None
    bfloat16: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "patience"):
            value = getattr(self, name)
            if not (name == "patience" and value is None) and (type(value) is not int or value < 1):
                raise ValueError(f"{name} must be a positive integer, got {value!r}")
        for name, least in (("rate", 0), ("decay", -1), ("clip", 0)):
            value = getattr(self, name)
            if name == "clip" and value is None:
                continue
            number = isinstance(value, Real) and not isinstance(value, bool)
            if not (number and least < value < math.inf and value >= 0):
                raise ValueError(f"{name} must be a finite number {'>' if least == 0 else '>='} 0, got {value!r}")
        if self.schedule not in SCHEDULES:
            raise ValueError(f"schedule must be one of {SCHEDULES}, got {self.schedule!r}")
        if type(self.seed) is not int:
            raise ValueError(f"seed must be an integer, got {self.seed!r}")
        if not isinstance(self.bfloat16, bool):
            raise ValueError(f"bfloat16 must be True or False, got {self.bfloat16!r}")
