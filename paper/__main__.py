"""`python -m paper`: writes `paper/paper.md` from its template and the results, and sets `paper/build/paper.pdf`.

Pandoc (in the wheel pypandoc_binary) resolves the citations and writes Typst, whose compiler comes in a wheel, too.
"""

import pypandoc
import typst

from .render import HERE, PAPER, rendered

BUILD = HERE / "build"
LAYOUT = ("papersize=a4", "fontsize=10pt", "page-numbering=1", "codefont=DejaVu Sans Mono")


def main():
    """Render, then set."""
    PAPER.write_text(rendered(), encoding="utf-8")
    BUILD.mkdir(exist_ok=True)
    source = BUILD / "paper.typ"
    options = ["--standalone", "--citeproc", f"--resource-path={HERE}", f"--extract-media={BUILD / 'figures'}"]
    options += [f"--metadata=bibliography:{HERE / name}" for name in ("paper.bib", "../pdenn/references.bib")]
    options += ["--metadata=author:The pdenn authors", *(f"--variable={name}" for name in LAYOUT)]
    pypandoc.convert_file(str(PAPER), "typst", format="markdown", outputfile=str(source), extra_args=options)
    source.write_text(source.read_text(encoding="utf-8").replace(str(BUILD / "figures"), "figures"), encoding="utf-8")
    typst.compile(str(source), output=str(BUILD / "paper.pdf"), root=str(BUILD))
    print(f"wrote {PAPER}\nwrote {BUILD / 'paper.pdf'}")


if __name__ == "__main__":
    main()
