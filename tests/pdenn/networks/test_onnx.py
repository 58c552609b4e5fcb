"""ONNX: networks that are done with learning, run by onnxruntime with equal results to the rounding of single precision."""

import numpy as np
import onnxruntime
import pytest
import torch

import pdenn as pn
from pdenn.networks import FixedNet, SymmetricNet, UNet


def derived():
    A = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.3)), pn.Grid((8, 12), h=0.5))
    return pn.derive(A, pn.FSI(2), 0.05, 1, certificate=None).float()


NETWORKS = {
    "derived": derived,
    "symmetric": lambda: FixedNet(SymmetricNet(features=3, blocks=2, law=pn.PeronaMalik(0.5))),
    "symmetric, extrapolating, tied": lambda: FixedNet(SymmetricNet(features=3, blocks=2, scheme=pn.FSI(2), tied=True)),
    "U-net": lambda: UNet(features=3, levels=2),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_onnxruntime_has_equal_results(name, tmp_path):
    torch.manual_seed(0)
    network = NETWORKS[name]().eval()
    u, v = torch.rand(2, 2, 1, 8, 12)
    path = str(tmp_path / "net.onnx")
    with torch.no_grad():
        torch.onnx.export(network, (u,), dynamo=True, verbose=False).save(path)
        expected = network(v).numpy()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: v.numpy()})
    assert found.dtype == np.float32 and not np.allclose(found, v.numpy(), atol=1e-3)
    # Sums of less than a hundred terms of size one, in another order, block after block.
    assert np.abs(found - expected).max() < 100 * np.finfo(np.float32).eps * max(1.0, np.abs(expected).max())
