"""Draw the pictures of the README again: `python docs/images/draw.py FOLDER`. Each is the figure of the example of its name.

`demo.png` is drawn by `pdenn demo`.
"""

import runpy
import sys
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
from PIL import Image

HERE = Path(__file__).parent
EXAMPLES = {path.stem: path for path in (HERE.parents[1] / "examples").rglob("*.py")}

if __name__ == "__main__":
    matplotlib.use("Agg")
    for name in sorted(path.stem for path in HERE.glob("*.png") if path.stem != "demo"):
        runpy.run_path(str(EXAMPLES[name]))
        path = Path(sys.argv[1]) / f"{name}.png"
        plt.savefig(path, dpi=100)
        plt.close("all")
        with Image.open(path) as picture:  # 256 colours are enough, and a third of the size
            picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
