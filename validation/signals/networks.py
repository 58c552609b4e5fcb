"""The networks that are compared: what they share is one channel, kernels of width three, and reflecting walls.

Symmetric nets are those of the package. ReLU is no law: its flux is not odd. Its blocks have a bias, as those of the
standard net have; without it the whole net would be homogeneous, and could not tell noise from signal by its size.
Accelerated nets begin with the same diffusion time as the explicit one: with steps as long they would begin by
flattening every signal.
"""

import math

import torch
from torch import nn

import pdenn as pn
from pdenn.networks import Convolution, DiffusionBlock, ResidualNet, SymmetricNet
from pdenn.networks.layers import learnt
from pdenn.operators import Bound
from pdenn.operators.protocol import Constant

KERNEL = 3
LAWS = {"ReLU": None, "Charbonnier": pn.Charbonnier(0.1), "Perona-Malik": pn.PeronaMalikExponential(0.1)}
STANDARD, SYMMETRIC, FAST, FRANKEL, CYCLES = "standard", "symmetric", "FSI", "Du Fort-Frankel", "certified cycles"
FAMILIES = (STANDARD, SYMMETRIC, FAST, FRANKEL, CYCLES)
CYCLE = pn.Extrapolation(tuple((4 * k + 2) / (2 * k + 3) for k in range(1, 4)))  # four steps with one set of weights


def network(family: str, activation: str, features: int, blocks: int) -> nn.Module:
    """A network with new random weights, `(batch, 1, n)` to the same shape."""
    law = LAWS[activation]
    if family == STANDARD:
        return ResidualNet(1, features, blocks, KERNEL, 1) if law is None else LawNet(features, blocks, law)
    if family == CYCLES:
        return slowed(SymmetricNet(1, features, blocks, CYCLE, law, dim=1, kernel=KERNEL), CYCLE.times()[-1])
    net = SymmetricNet(1, features, blocks, law=pn.Linear() if law is None else law, dim=1, kernel=KERNEL)
    if law is None:
        net.blocks = nn.ModuleList(RectifiedBlock(block.convolution) for block in net.blocks)
    if family == SYMMETRIC:
        return net
    scheme, time = turns(family, blocks)
    return InTurn(slowed(net, time / blocks), scheme, time)


def turns(family: str, blocks: int):
    """The scheme that calls every block once, and the time of its cycle in units of the step between two calls."""
    if family == FAST:
        return pn.FSI(blocks, "updated"), blocks * (blocks + 1) / 3
    scheme = pn.DuFortFrankel(blocks, coefficients="updated")
    return scheme, scheme.times(2 * scheme.s / (1 + scheme.s))[-1]


def slowed(net: SymmetricNet, times: float) -> SymmetricNet:
    """The net with first steps so many times shorter, where this is more than one; half the limit is where they stand."""
    share = 0.5 / max(times, 1.0)
    nn.init.constant_(net.theta, math.log(share / (1 - share)))
    return net


def calls(family: str, blocks: int) -> int:
    """Pairs of convolutions in a pass."""
    return blocks * (1 + len(CYCLE.weights)) if family == CYCLES else blocks


class LawNet(ResidualNet):
    """The residual net with the flux of a law in place of ReLU; the contrast of every block learns."""

    def __init__(self, features, blocks, law):
        super().__init__(1, features, blocks, KERNEL, 1)
        self.kind, logs = learnt(law)
        self.logarithms = nn.Parameter(logs.float().repeat(blocks, 1))

    def forward(self, u):
        for first, second, logs in zip(self.first, self.second, self.logarithms, strict=True):
            u = u + second(self.kind(*logs.exp()).flux(first(u)))
        return u


class RectifiedBlock(DiffusionBlock):
    """`A(u) = -K* ReLU(K u + b)`: the slopes of ReLU lie in [0, 1], so that a step `τ ≤ 2/‖K‖²` contracts."""

    def __init__(self, convolution: Convolution):
        super().__init__(convolution, pn.Linear())
        self.bias = nn.Parameter(torch.zeros(len(convolution.weight), 1))

    def forward(self, t, u):
        return -self.convolution.adjoint(torch.relu(self.convolution(u) + self.bias))

    @property
    def bound(self) -> Bound:
        """The contraction of the linear block; the bias does not keep norms or extrema."""
        biased = Constant(None, "a bias moves the state zero")
        return super().bound._replace(spectral=biased, diagonal=biased, linear=False)


class InTurn(nn.Module):
    """One cycle of a scheme whose operator is the next block, times its step, in every call (Alt et al. 2022).

    Residual blocks with extrapolating skips: as many weights and convolutions as the explicit net of these blocks.
    Nothing is certified: the proofs ask for one operator, held over the cycle.

    Parameters
    ----------
    net : SymmetricNet
        Whose blocks and steps are taken.
    scheme : Scheme
        That calls its operator once a block.
    time : float
        Of its cycle when the step between two calls is one.
    """

    def __init__(self, net, scheme, time):
        super().__init__()
        self.net, self.scheme, self.time = net, scheme, time

    def forward(self, u):
        pairs = zip(self.net.steps(), self.net.blocks, strict=True)

        def A(t, u):
            tau, block = next(pairs)
            return tau * block(t, u)

        return self.scheme.step(A, 0.0, u, self.time)
