"""The README in an empty folder, with the wheel alone: demo, own picture, own test, own network, its certificate.

The tests follow each other as a newcomer's commands do, each in the folder that the earlier ones left.
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PHOTO = """
import numpy as np
from PIL import Image

y, x = np.mgrid[:96, :80]
clean = np.where((x - 40) ** 2 + (y - 48) ** 2 < 900, 0.8, 0.2)
noisy = clean + 0.1 * np.random.default_rng(0).standard_normal(clean.shape)
for name, picture in (("clean", clean), ("photo", noisy)):
    Image.fromarray((255 * picture.clip(0, 1)).round().astype(np.uint8)).save(name + ".png")
"""
ERRORS = """
import numpy as np
from PIL import Image

clean, noisy, ours = (np.asarray(Image.open(p), float) for p in ("clean.png", "photo.png", "pdenn-result/picture.png"))
print(((noisy - clean) ** 2).mean(), ((ours - clean) ** 2).mean())
"""
TEST = """
from dataclasses import dataclass

import numpy as np
import pdenn as pn
from hypothesis import given, settings
from pdenn import testing

A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((12, 12)))


@dataclass(frozen=True)
class Heun:
    def step(self, A, t, u, tau):
        k = A(t, u)
        return u + tau / 2 * (k + A(t + tau, u + tau * k))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(testing.states(A.grid))
def test_it_keeps_what_it_claims(u):
    testing.assert_bounded(Heun(), A, u, tau=TAU)


def test_the_network_is_the_solver():
    u = np.random.default_rng(0).random((12, 12))
    testing.assert_solver_equals_network(A, Heun(), 0.1, 3, u)
"""


def test_the_wheel_is_what_runs(newcomer, doctor, distributions):
    assert doctor["versions"]["pdenn"] == distributions.wheel.name.split("-")[1]
    assert doctor["self-test"]["passed"] is True
    home = newcomer.python("-c", "import pdenn; print(pdenn.__file__)").strip()
    assert Path(home).resolve().is_relative_to(newcomer.environment.resolve())


def test_the_demo_draws_its_pictures(newcomer):
    newcomer.pdenn("demo", "--out", "demo")
    assert {path.name for path in (newcomer.folder / "demo").iterdir()} >= {
        "demo.png",
        "denoised.png",
        "certificate.json",
    }


def test_an_own_picture_is_denoised(newcomer):
    newcomer.python("-c", PHOTO)
    newcomer.pdenn("solve", "photo.png", "--t-end", "5", "--contrast", "0.02", "--out", "pdenn-result")
    before, after = map(float, newcomer.python("-c", ERRORS).split())
    assert after < 0.5 * before
    assert json.loads((newcomer.folder / "pdenn-result" / "certificate.json").read_text()) != {}


def test_an_own_test_passes_and_can_fail(newcomer):
    for name, tau, code in (("test_heun.py", "None", 0), ("test_too_large.py", "10.0", 1)):
        (newcomer.folder / name).write_text(TEST.replace("TAU", tau))
        assert ("1 failed, 1 passed" if code else "2 passed") in newcomer.python("-m", "pytest", name, code=code)


def test_a_network_is_derived_trained_and_saved(newcomer):
    newcomer.pdenn("derive", "--shape", "40,40", "--contrast", "0.05", "--scheme", "FSI", "-n", "4", "--tau", "0.2",
                   "--steps", "5", "--out", "net")  # fmt: skip
    (newcomer.folder / "pictures").mkdir()
    (newcomer.folder / "clean.png").rename(newcomer.folder / "pictures" / "clean.png")
    found = json.loads(newcomer.pdenn("train", "net", "pictures", "--noise", "0.1", "--epochs", "15", "--rate", "0.02",
                                      "--out", "trained", "--json"))  # fmt: skip
    losses = found["history"]["validation"]
    assert min(losses) < losses[0]


def test_its_certificate_is_proved_again_and_a_changed_one_refused(newcomer):
    proof = newcomer.folder / "trained" / "certificate.json"
    assert "bounded" in newcomer.pdenn("inspect", "trained", "--proof", proof)
    content = json.loads(proof.read_text())
    proof.write_text(json.dumps(content | {"sha256": "0" * 64}))
    newcomer.pdenn("inspect", "trained", "--proof", proof, code=1)


def test_the_python_of_the_readme_runs(newcomer):
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    (newcomer.folder / "readme.py").write_text("\n".join(blocks))
    assert "steps," in newcomer.python("readme.py")
