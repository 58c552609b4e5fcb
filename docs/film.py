"""Animations of the gallery as GIFs, which need neither a script nor anything from another site."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.animation import Animation
from sphinx_gallery.scrapers import figure_rst


def scraper(block, block_vars, gallery_conf) -> str:
    """The directives for the animations of a block of an example, whose figures are closed."""
    paths = []
    for film in block_vars["example_globals"].values():
        if isinstance(film, Animation) and plt.fignum_exists(film._fig.number):
            paths.append(Path(next(block_vars["image_path_iterator"])).with_suffix(".gif"))
            film.save(paths[-1], writer="pillow", dpi=75)
            plt.close(film._fig)
    return figure_rst(paths, gallery_conf["src_dir"]) if paths else ""


def _get_sg_image_scraper():
    """What sphinx-gallery asks the module for."""
    return scraper
