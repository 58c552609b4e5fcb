"""Every page opens without faults, shows its formulas and pictures, and fits its window."""

import re

import pytest

# What the reader must never see: formulas, roles, directives and substitutions that nothing rendered.
RAW = re.compile(
    r"\$[^$\n]+\$|\{(doc|ref|math|eval-rst|py:\w+|[a-z]+)\}`|:(math|class|func|ref|doc|mod|meth):`|\{\{|\\[a-z]+\{"
)
TEXT = """() => {
  const article = (document.querySelector("article") ?? document.body).cloneNode(true);
  article.querySelectorAll("pre, code, mjx-container, script, svg").forEach((element) => element.remove());
  return article.innerText;
}"""
PICTURES = """() => [...document.querySelectorAll("article img")].map((i) => [i.getAttribute("src"), i.naturalWidth, i.getAttribute("alt")])"""
TOO_WIDE = """() => [...document.querySelectorAll("article *")].filter((element) =>
  element.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !element.closest(
    "pre, .pst-scrollable-table-container, .pdenn-scroll, mjx-container, .math, nav, .visually-hidden, .headerlink, dt.sig")
).slice(0, 5).map((element) => `${element.tagName}.${element.className}: ${element.textContent.slice(0, 40)}`)"""


SETTLED = """async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
  await window.MathJax?.startup?.promise;
  await document.fonts.ready;
}"""


def opened(page, address, name):
    """Open a page, and wait for its pictures and formulas."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{address}/{name}")
    page.evaluate(SETTLED)


def test_a_page_is_whole_and_fits_its_window(page, address, name, screenshots):
    opened(page, address, name)
    page.screenshot(path=screenshots / (name.removesuffix(".html").replace("/", "_") + ".png"), full_page=True)
    assert page.faults == []
    assert re.fullmatch(r".+ [—-] pdenn|pdenn", page.title())
    assert RAW.findall(page.evaluate(TEXT)) == []
    assert page.locator("mjx-merror").count() == 0
    assert page.locator("article .math mjx-container").count() == page.locator("article .math").count()
    assert [src for src, width, alt in page.evaluate(PICTURES) if width == 0 or alt is None] == []
    assert page.evaluate(TOO_WIDE) == []
    page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("text", ["see $u$ here", "{doc}`theory`", ":math:`x`", "{{ studies }}", r"\frac{a}"])
def test_what_is_not_rendered_is_seen(text):
    assert RAW.search(text)


def test_formulas_are_drawn_with_fonts_of_the_site(page, address):
    opened(page, address, "theory.html")
    assert page.locator("mjx-container").count() > 50
    assert page.evaluate("() => [...document.fonts].some((f) => f.family.includes('MJX') && f.status === 'loaded')")


def test_faults_are_noticed(page, address):
    page.goto(f"{address}/index.html")
    page.evaluate("() => { console.error('wrong'); const i = new Image(); i.src = 'no.png'; document.body.append(i); }")
    page.evaluate(SETTLED)
    assert "wrong" in page.faults and any("no.png" in fault for fault in page.faults)


def test_a_page_works_from_a_file(page, site):
    page.goto((site / "interactive.html").as_uri())
    page.evaluate(SETTLED)
    assert page.faults == []
    assert page.evaluate("() => window.pdennState.u.length") == 64
