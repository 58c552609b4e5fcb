"""Everything that reads a file is fed bytes that atheris finds by coverage: `python tests/fuzz/parsers.py [RUNS] [PARSER]`.

A parser may refuse with the errors that its documentation names; anything else ends the run, with the bytes in a file.
Each parser has a process of its own, begins with whole files, and stops after RUNS inputs or a minute.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SECONDS, MEGABYTES = 60, 3000
EXAMPLES = Path(__file__).parents[2] / "examples" / "problems"


def problem(path):
    from pdenn.files import problem

    problem.read(path)


def state(path):
    from pdenn.files import read

    read(path)


def rows(path):
    from pdenn.files.rows import edges, rows

    rows(path)
    edges(path)


def network(path):
    from pdenn.networks import read_network

    read_network(path)


def checkpoint(path):
    from pdenn import checkpoints

    checkpoints.read(path, "r")


def proof(path):
    from pdenn.files.record import Record

    Record(path.parent, {})._read_notes()


# What reads, the name of the file, and the function that writes whole ones into a folder.
PARSERS = {
    "problem": (problem, "a.toml"),
    "npy": (state, "a.npy"),
    "png": (state, "a.png"),
    "points-csv": (rows, "a.csv"),
    "points-npz": (rows, "a.npz"),
    "network": (network, "a.safetensors"),
    "checkpoint": (checkpoint, "a.npz"),
    "notes": (proof, "run.json"),
}


def write_seeds(name: str, folder: Path):
    """Whole files for the parser to begin with."""
    u, path = np.random.default_rng(0).random((4, 3)), folder / "seed"
    if name == "problem":
        for example in EXAMPLES.glob("*.toml"):
            (folder / example.name).write_bytes(example.read_bytes())
    elif name == "png":
        from pdenn.files import write_picture

        write_picture(folder / "seed.png", u)
    elif name == "network":
        import pdenn as pn
        from pdenn.networks import write_network

        A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((4, 3)))
        write_network(folder / "seed.safetensors", pn.derive(A, pn.FSI(2), 0.1, 2), A)
    elif name == "notes":
        path.write_text(json.dumps({"saved": 1, "sha256": "a", "statement": {"problem": "x"}}))
    elif name == "points-csv":
        path.write_text("x,y\n1,2.5\n-3,4e-3\n")
    elif name == "npy":
        np.save(folder / "seed.npy", u)
    else:
        np.savez(folder / "seed.npz", run="r", done=1, u=u)


def fuzz(name: str, runs: int, folder: Path):
    """Run one parser in this process; does not return."""
    import atheris

    read, file = PARSERS[name]
    with atheris.instrument_imports(include=["pdenn.files", "pdenn.checkpoints", "pdenn.networks.saved", "tomllib"]):
        import pdenn.checkpoints
        import pdenn.files.problem
        import pdenn.files.record
        import pdenn.files.rows  # noqa: F401
    write_seeds(name, folder)
    workplace = Path(tempfile.mkdtemp())

    def one(content: bytes):
        path = workplace / file
        path.write_bytes(content)
        try:
            read(path)
        except (OSError, TypeError, ValueError) as error:
            if "problem" in name and isinstance(error, TypeError):
                raise RuntimeError("a problem file is refused by ValueError") from error

    limits = [f"-runs={runs}", f"-max_total_time={SECONDS}", f"-rss_limit_mb={MEGABYTES}", "-max_len=4096"]
    found = Path(tempfile.gettempdir()) / f"pdenn-fuzz-{name}-"
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={found}", str(folder)], one)
    atheris.Fuzz()


def main(runs: int, chosen: list[str]) -> int:
    """All parsers, one after the other; how many failed."""
    failed = 0
    for name in chosen:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, __file__, str(runs), name, folder], capture_output=True, text=True)
        words = [line for line in done.stderr.splitlines() if line.startswith(("Done ", "DONE", "#"))]
        print(
            f"{name}: {'passed' if done.returncode == 0 else 'FAILED'}; {words[-1] if words else 'no run'}", flush=True
        )
        if done.returncode:
            print(done.stdout[-3000:], done.stderr[-3000:], flush=True)
        failed = failed + (done.returncode != 0)
    return failed


if __name__ == "__main__":
    count, *rest = [*sys.argv[1:], "20000"][: max(len(sys.argv) - 1, 1)]
    if len(rest) == 2:
        fuzz(rest[0], int(count), Path(rest[1]))
    sys.exit(main(int(count), rest or list(PARSERS)))
