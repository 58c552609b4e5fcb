"""Training of the same network from several seeds, and at several rates, in one program: weights stand in a stack.

Rests on `torch.func`. Adam looks at each weight alone and the loss is a sum over the networks, so that each learns as it
would by itself, and one that diverges does not touch the others.
"""

import copy
import math
from typing import NamedTuple

import torch
from torch.func import functional_call, stack_module_state, vmap

RATES = (3e-3, 1e-2, 3e-2, 1e-1)
SEARCH_SEEDS = (1000, 1001)  # of the networks that choose the rate, and take no part in the comparison


class Training(NamedTuple):
    """How long and with what."""

    updates: int
    batch: int
    search: int  # updates of every rate tried


class Stack(NamedTuple):
    """Networks of one kind: a module for its forward pass, and the stacked weights of all."""

    module: torch.nn.Module
    weights: dict

    def __call__(self, u):
        """`u` of shape `(networks, batch, 1, n)`, one batch a network."""
        return vmap(lambda weights, x: functional_call(self.module, weights, (x,)))(self.weights, u)

    def __len__(self):
        return len(next(iter(self.weights.values())))

    def single(self, k: int) -> torch.nn.Module:
        """Network number `k` by itself."""
        net = copy.deepcopy(self.module)
        net.load_state_dict({name: x[k] for name, x in self.weights.items()})
        return net


def trained(make, seeds, rates, data, updates: int, batch: int) -> Stack:
    """Networks `make()` of all seeds at all rates, those of the first rate first, after `updates` steps of Adam.

    A seed says where a network starts and which signals it sees; the rate falls to zero along half a cosine.
    """
    nets = [made(make, seed) for seed in seeds]
    groups = [stack_module_state(nets)[0] for _ in rates]
    groups = [{name: x.detach().clone().requires_grad_() for name, x in group.items()} for group in groups]
    optimiser = torch.optim.Adam(
        [{"params": list(g.values()), "lr": rate} for g, rate in zip(groups, rates, strict=True)]
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda k: (1 + math.cos(math.pi * k / updates)) / 2)
    randoms = [torch.Generator().manual_seed(seed) for seed in seeds]
    for _ in range(updates):
        seen = torch.stack([torch.randint(len(data.clean), (batch,), generator=random) for random in randoms])
        seen = seen.repeat(len(rates), 1)
        optimiser.zero_grad()
        losses(Stack(nets[0], joined(groups)), data.clean[seen], data.noisy[seen]).sum().backward()
        optimiser.step()
        schedule.step()
    return Stack(nets[0], {name: x.detach() for name, x in joined(groups).items()})


def made(make, seed):
    """A network whose random weights follow from the seed alone."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        return make()


def joined(groups):
    """The weights of all groups in one stack."""
    return {name: torch.cat([group[name] for group in groups]) for name in groups[0]}


def losses(stack, clean, noisy):
    """The mean squared error of every network."""
    return ((stack(noisy) - clean) ** 2).flatten(1).mean(1)


@torch.no_grad()
def errors(stack, data) -> list[float]:
    """The mean squared error of every network on the same signals; infinite where it is not finite."""
    n = len(stack)
    parts = [losses(stack, c.expand(n, *c.shape), x.expand(n, *x.shape)) * len(c) for c, x in split(data)]
    return (sum(parts) / len(data.clean)).nan_to_num(nan=math.inf).tolist()


def split(data, size: int = 100):
    """Clean and noisy signals in batches."""
    return zip(data.clean.split(size), data.noisy.split(size), strict=True)


def best_rate(make, seeds, rates, data, validation, training: Training) -> float:
    """The rate with the least mean error on the signals to validate, over networks from these seeds."""
    stack = trained(make, seeds, rates, data, training.search, training.batch)
    found = torch.tensor(errors(stack, validation)).view(len(rates), -1).mean(1)
    return rates[int(found.argmin())]
