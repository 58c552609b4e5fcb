"""`pdenn cite`: BibTeX of the package and of the papers that it rests on, from `pdenn/references.bib`."""

import re
from importlib.resources import files

import pdenn

from .faults import told
from .options import Json
from .tables import show_json, show_text

OURS = f"""@software{{pdenn,
  author  = {{{{The pdenn authors}}}},
  title   = {{pdenn: numerical schemes for diffusion, their certificates, and the neural networks that they are}},
  version = {{{pdenn.__version__}}},
  license = {{MIT}}
}}
"""
ENTRY = re.compile(r"^@(\w+)\{(\w+),\n(.*?)^\}", re.DOTALL | re.MULTILINE)
FIELD = re.compile(r"^  (\w+) += \{(.*)\},?$", re.MULTILINE)


@told
def cite(as_json: Json = False):
    """Print BibTeX of pdenn and of the papers that it rests on."""
    text = OURS + "\n" + files("pdenn").joinpath("references.bib").read_text(encoding="utf-8")
    if as_json:
        show_json(entries(text))
    else:
        show_text(text)


def entries(text: str) -> list[dict]:
    """The entries of BibTeX with a field a line, as ours is written."""
    return [{"kind": kind, "key": key, **dict(FIELD.findall(body))} for kind, key, body in ENTRY.findall(text)]
