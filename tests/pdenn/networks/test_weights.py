"""Weights go into files and come back to the bit; damaged files and those of other networks are refused."""

import pytest
import torch

import pdenn as pn
from pdenn.networks import SplineFlux, SymmetricNet
from pdenn.networks.weights import digest, load, save


def net(seed=0, **arguments):
    torch.manual_seed(seed)
    return SymmetricNet(**{"dim": 1, "features": 3, "blocks": 2} | arguments)


@pytest.mark.parametrize("law", [pn.Linear(), pn.PeronaMalik(0.2), SplineFlux(pn.Charbonnier(0.2))], ids=repr)
def test_weights_come_back_to_the_bit(law, tmp_path):
    one, other = net(0, law=law), net(1, law=law)
    save(one, tmp_path / "a.safetensors", {"made by": "a test"})
    assert load(other, tmp_path / "a.safetensors") == {"made by": "a test"}
    assert all(torch.equal(x, other.state_dict()[name]) for name, x in one.state_dict().items())
    assert digest(one) == digest(other)


def test_the_digest_sees_every_weight_and_the_architecture():
    found = {digest(net()), digest(net(1)), digest(net().double()), digest(net(scheme=pn.FSI(3))), digest(net(tied=True)),
             digest(net(padding="periodic")), digest(net(coupled=True)), digest(net(law=pn.PeronaMalik(1.0)))}  # fmt: skip
    for name in net().state_dict():
        changed = net()
        with torch.no_grad():
            x = changed.state_dict()[name].view(-1)
            x[-1] = torch.nextafter(x[-1], torch.tensor(9.0))
        found.add(digest(changed))
    assert len(found) == 8 + len(net().state_dict())
    assert digest(net()) == digest(net())


def test_wrong_files_are_refused(tmp_path):
    save(net(), tmp_path / "a.safetensors")
    with pytest.raises(ValueError, match=r"another network: blocks.0.convolution.weight, .* differ"):
        load(net(features=4), tmp_path / "a.safetensors")
    with pytest.raises(ValueError, match="another network"):
        load(net().double(), tmp_path / "a.safetensors")
    with pytest.raises(FileNotFoundError, match="no such file"):
        load(net(), tmp_path / "b.safetensors")
    data = (tmp_path / "a.safetensors").read_bytes()
    (tmp_path / "c.safetensors").write_bytes(data[:-7])
    with pytest.raises(OSError, match=r"as safetensors.*Is it whole"):
        load(net(), tmp_path / "c.safetensors")


def test_weights_that_two_modules_share_are_written(tmp_path):
    class Shared(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.other = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
            self.other.weight = self.one.weight

    network, again = Shared(), Shared()
    save(network, tmp_path / "a.safetensors")
    load(again, tmp_path / "a.safetensors")
    assert torch.equal(again.one.weight, network.one.weight) and again.other.weight is again.one.weight
