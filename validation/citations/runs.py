"""Single runs, the file that keeps them, and comparisons run by run: means over the splits with their confidence intervals.

The runs of one split share its nodes: the splits are what is independent, and what the intervals are about.
"""

import json
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student
from tqdm import tqdm

from .protocol import INITIALISATIONS, PAPER, SPLITS, accuracy_of, split


def measure(networks, name: str, number: int, k: int, training=PAPER) -> dict:
    """One run: a network, a split, an initialisation."""
    parts = split(number, networks.problem.labels)
    net, begin = networks.make(name, parts.seeds[k]), time.process_time()
    test, validation, epochs = accuracy_of(net, networks.problem, parts, training)
    seconds = time.process_time() - begin
    return {"data": networks.data, "network": name, "split": number, "initialisation": k,
            "test": test, "validation": validation, "epochs": epochs, "seconds": seconds}  # fmt: skip


def wanted(data, rare: str):
    """All runs of the paper size in turn: one initialisation on every split, then the next; `rare`, as the most expensive
    network, at first on every tenth split, on the others after the rest of an initialisation."""
    for k in range(INITIALISATIONS):
        for late in (False, True):
            for number in range(SPLITS):
                for name, networks in data.items():
                    for network in networks.names:
                        if late == (network == rare and number % 10 > 0):
                            yield name, network, number, k


def resumed(data, path: Path, rare: str) -> list[dict]:
    """All runs of the paper size; those that the file has are not repeated, new ones are added to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    runs = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
    done = {(r["data"], r["network"], r["split"], r["initialisation"]) for r in runs}
    left = [key for key in wanted(data, rare) if key not in done]
    with tqdm(left, unit="run", mininterval=10) as bar, path.open("a") as file:
        try:
            for name, network, number, k in bar:
                runs.append(measure(data[name], network, number, k))
                print(json.dumps(runs[-1]), file=file, flush=True)
        except KeyboardInterrupt:
            bar.write("stopped: the table holds the runs so far")
    return runs


def accuracies(runs, data: str, network: str) -> dict:
    """Test accuracy in per cent of every (split, initialisation)."""
    mine = [r for r in runs if (r["data"], r["network"]) == (data, network)]
    return {(r["split"], r["initialisation"]): 100 * r["test"] for r in mine}


class Gain(NamedTuple):
    """By how many points one network is more accurate than another: mean over splits, half the 95 % interval."""

    mean: float
    half: float
    splits: int

    def __str__(self):
        return f"{self.mean:+.2f} ± {self.half:.2f} points on {self.splits} splits"


def gain(runs, data: str, one: str, other: str) -> Gain:
    """Paired run by run, averaged over the initialisations of a split, then Student's interval over the splits."""
    a, b = accuracies(runs, data, one), accuracies(runs, data, other)
    both = sorted(a.keys() & b.keys())
    splits = sorted({number for number, _ in both})
    means = [np.mean([a[key] - b[key] for key in both if key[0] == number]) for number in splits]
    if len(means) < 2:
        return Gain(float(np.mean(means or [np.nan])), np.inf, len(means))
    half = student.ppf(0.975, len(means) - 1) * np.std(means, ddof=1) / np.sqrt(len(means))
    return Gain(float(np.mean(means)), float(half), len(means))
