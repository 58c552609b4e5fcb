"""The embedding: four convolutions (Vinyals et al. 2016), trained to tell the base classes apart. Rests on pdenn's `train`."""

import math

import torch
from torch import nn
from torch.nn import functional

import pdenn as pn

from .images import Images


class Embedding(nn.Sequential):
    """Four times convolution, normalisation, ReLU and the largest of 2 x 2: 28 x 28 pixels become `width` features."""

    def __init__(self, channels: int, width: int):
        blocks = [_block(n, width) for n in (channels, width, width, width)]
        super().__init__(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def _block(channels: int, width: int):
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)
    )


def trained(base: Images, width: int, epochs: int, seed=0, progress=False) -> Embedding:
    """An embedding, trained by cross entropy with smoothed labels on images that are bent at random."""
    torch.manual_seed(seed)
    embedding = Embedding(base.x.shape[1], width)
    network = nn.Sequential(embedding, nn.Linear(width, int(base.y.max()) + 1)).to(memory_format=torch.channels_last)
    plan = pn.networks.Plan(epochs=epochs, batch=128, rate=4e-3, decay=1e-3, seed=seed)
    pn.networks.train(network, _loss, (base.x, base.y), plan, progress=progress)
    return embedding.eval()


def _loss(network, x, y):
    return functional.cross_entropy(network(bent(pixels(x))), y, label_smoothing=0.1)


def pixels(x):
    """uint8 as numbers in [-1, 1], in the order of memory that convolutions like."""
    return (x.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def bent(x):
    """Turned by up to 10 degrees, scaled and sheared by up to a tenth, and shifted by up to a tenth."""
    n = len(x)
    angle, (a, b, c, d, right, down) = (torch.rand(n) - 0.5) * math.pi / 9, 0.2 * torch.rand(6, n) - 0.1
    turn = torch.stack((angle.cos() + a, c - angle.sin(), right, angle.sin() + d, angle.cos() + b, down), 1)
    grid = functional.affine_grid(turn.view(n, 2, 3), list(x.shape), align_corners=False)
    return functional.grid_sample(x, grid, padding_mode="border", align_corners=False)


@torch.no_grad()
def features(embedding: Embedding, x, batch=1000):
    """Features of shape (n, width), float32."""
    return torch.cat([embedding(pixels(part)) for part in x.split(batch)])
