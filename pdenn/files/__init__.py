"""Files in and out: pictures and arrays are read; pictures, results, figures, films and claims are written whole or not at all.

Imports Pillow, imageio, Matplotlib, xarray and zarr only where a file of that kind is opened.
"""

from .aside import aside
from .claims import claims
from .read import Source, read
from .write import films, write_animation, write_figure, write_json, write_picture, write_result

__all__ = [
    "Source",
    "aside",
    "claims",
    "films",
    "read",
    "write_animation",
    "write_figure",
    "write_json",
    "write_picture",
    "write_result",
]
