"""Long studies, one finished configuration after the other in a file in pooch's cache: they go on where they stopped."""

import json

import torch
from tqdm import tqdm

from pdenn.datasets import sources


def resumed(name: str, configurations, measure) -> list[dict]:
    """`measure(c)`, a dict that holds the fields of `c`, for all named tuples `c`; what the file has is not repeated.

    Ctrl-C ends it with what is there.
    """
    path = sources.cache() / "validation" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    fields = configurations[0]._fields
    known = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
    found = {tuple(r[key] for key in fields): r for r in known}
    torch.set_num_threads(1)  # the networks are small
    with path.open("a") as file:
        try:
            for c in tqdm([c for c in configurations if c not in found], unit="configuration"):
                found[c] = measure(c)
                print(json.dumps(found[c]), file=file, flush=True)
        except KeyboardInterrupt:
            print("stopped: the table holds what was finished")
    return [found[c] for c in configurations if c in found]
