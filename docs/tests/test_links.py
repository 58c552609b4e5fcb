"""Links inside the site lead to pages and anchors that exist; those to other sites are well formed and known.

Whether other sites answer is asked by `python -m tox run -e linkcheck`, on a machine with a network.
"""

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

KNOWN = {"www.sphinx-doc.org", "pydata-sphinx-theme.readthedocs.io", "sphinx-gallery.github.io", "doi.org", "arxiv.org"}


class Links(HTMLParser):
    """The anchors of a page and what it refers to."""

    def __init__(self, text: str):
        super().__init__()
        self.anchors, self.targets = {"", "top"}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors |= {found[key] for key in ("id", "name") if found.get(key)}
        self.targets += [found[key] for key in ("href", "src") if found.get(key)]


@cache
def links(path: Path) -> Links:
    return Links(path.read_text())


def broken(site: Path, page: Path, target: str) -> bool:
    """Whether a link inside the site leads nowhere."""
    parts = urlsplit(target)
    path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    path = path / "index.html" if path.is_dir() else path
    if not path.is_relative_to(site) or not path.is_file():
        return True
    return path.suffix == ".html" and unquote(parts.fragment) not in links(path).anchors


def is_external(target: str) -> bool:
    return urlsplit(target).scheme not in ("", "data")


def test_links_inside_the_site_lead_somewhere(site, name):
    page = (site / name).resolve()
    inside = [target for target in links(page).targets if not is_external(target) and not target.startswith("data:")]
    assert inside != []
    assert [target for target in inside if broken(site.resolve(), page, target)] == []


def test_links_to_other_sites_are_known(site, name):
    outside = sorted({target for target in links((site / name).resolve()).targets if is_external(target)})
    print(*outside, sep="\n")
    assert [target for target in outside if urlsplit(target).scheme != "https"] == []
    assert {urlsplit(target).hostname for target in outside} <= KNOWN


def test_broken_links_are_found(site):
    page = (site / "index.html").resolve()
    assert broken(site.resolve(), page, "nowhere.html")
    assert broken(site.resolve(), page, "theory.html#nowhere")
    assert broken(site.resolve(), page, "#nowhere")
    assert broken(site.resolve(), page, "../index.html")
    assert not broken(site.resolve(), page, "theory.html#operators")
