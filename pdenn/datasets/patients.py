"""Prostate cancer, primary or metastatic: the tables of Armenia et al. 2018 as Elmarakeby et al. 2021 prepare them.

The tables are not fetched: a user downloads them. Rests on NumPy and the csv module.
"""

import csv
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SUPPLEMENT = "https://static-content.springer.com/esm/art%3A10.1038%2Fs41588-018-0078-z/MediaObjects"
PNET = "https://github.com/marakeby/pnet_prostate_paper: the archive of its data, _database/genes"
COIN = "https://github.com/shwangtangjun/COIN/tree/57a368da144cc56676339607b37f63f9563630fc/prostrate/splits"
MUTATIONS, COPIES = "41588_2018_78_MOESM4_ESM.txt", "41588_2018_78_MOESM10_ESM.txt"
EXPRESSED, CODING = (
    "tcga_prostate_expressed_genes_and_cancer_genes.csv",
    "protein-coding_gene_with_coordinate_minimal.txt",
)
PARTS, SPLITS = ("training", "validation", "test"), 10
ORIGINS = {
    MUTATIONS: f"{SUPPLEMENT}/{MUTATIONS}",
    COPIES: f"{SUPPLEMENT}/{COPIES}",
    EXPRESSED: PNET,
    CODING: f"{PNET}/HUGO_genes",
} | {f"splits/{part}_set_{k}.csv": COIN for k in range(SPLITS) for part in PARTS}
WITHOUT_EFFECT = {"Silent", "Intron", "3'UTR", "5'UTR", "RNA", "lincRNA"}


class Patients(NamedTuple):
    """Tumours with their changed genes.

    Attributes
    ----------
    features : float32 array of shape (patients, genes, 3)
        One where a gene has mutated, has lost both copies, or has been amplified strongly; else zero.
    labels : int64 array of shape (patients,)
        One is metastatic, zero primary.
    names : tuple of str
        Of the patients, in order.
    genes : tuple of str
        In order.
    train, validate, test : bool arrays of shape (10, patients)
        The splits of Wang, Bao, Shi 2024.
    """

    features: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    genes: tuple[str, ...]
    train: np.ndarray
    validate: np.ndarray
    test: np.ndarray


def prostate(folder: str | PathLike[str]) -> Patients:
    """The 1013 tumours of Armenia et al. 2018, from a folder with the tables that are to be downloaded.

    Patients without mutations, copy numbers or label drop out; so do genes that are neither expressed in the prostate
    nor known from cancer, or do not code for proteins. Labels are those of the splits.

    Parameters
    ----------
    folder : str or path
        With the supplementary tables `41588_2018_78_MOESM4_ESM.txt` and `..._MOESM10_ESM.txt`, with
        `tcga_prostate_expressed_genes_and_cancer_genes.csv` and `protein-coding_gene_with_coordinate_minimal.txt`, and
        with `splits/training_set_0.csv`, `splits/validation_set_0.csv`, `splits/test_set_0.csv` to `..._9.csv`.

    Raises
    ------
    FileNotFoundError
        A file is missing; the message says where it comes from, and where it belongs.
    ValueError
        A file has another layout.
    """
    folder = Path(folder)
    missing = [name for name in ORIGINS if not (folder / name).is_file()]
    if missing:
        wanted = "".join(f"\n  {folder / name}  from {ORIGINS[name]}" for name in missing)
        raise FileNotFoundError(f"{len(missing)} files of the prostate-cancer data are missing; place{wanted}")
    members, labels = _splits(folder / "splits")
    mutated, (lost, amplified, counted) = _mutations(folder / MUTATIONS), _copies(folder / COPIES)
    names = sorted(labels.keys() & {patient for patient, _ in mutated} & counted)
    known = {gene for events in (mutated, lost, amplified) for _, gene in events}
    genes = sorted(known & _expressed(folder / EXPRESSED) & _coding(folder / CODING))
    events = [_indicator(found, names, genes) for found in (mutated, lost, amplified)]
    masks = [np.array([[name in chosen for name in names] for chosen in members[part]]) for part in PARTS]
    y = np.array([labels[name] for name in names], np.int64)
    return Patients(np.stack(events, -1), y, tuple(names), tuple(genes), *masks)


def _splits(folder: Path) -> tuple[dict[str, list[set[str]]], dict[str, int]]:
    """The patients of every part of every split, and the labels of all."""
    members: dict[str, list[set[str]]] = {part: [] for part in PARTS}
    labels: dict[str, int] = {}
    for part in PARTS:
        for k in range(SPLITS):
            found = list(_rows(folder / f"{part}_set_{k}.csv", ",", 0, ("id", "response")))
            members[part].append({name for name, _ in found})
            labels.update({name: int(float(response)) for name, response in found})
    return members, labels


def _mutations(path: Path) -> set[tuple[str, str]]:
    """Patient and gene of every mutation with an effect."""
    columns = ("Tumor_Sample_Barcode", "Hugo_Symbol", "Variant_Classification")
    return {(patient, gene) for patient, gene, kind in _rows(path, "\t", 1, columns) if kind not in WITHOUT_EFFECT}


def _copies(path: Path) -> tuple[set[tuple[str, str]], set[tuple[str, str]], set[str]]:
    """Patient and gene of deep deletions and of amplifications, copy numbers -2 and 2, and all patients of the table."""
    lost: set[tuple[str, str]] = set()
    amplified: set[tuple[str, str]] = set()
    with path.open(newline="", encoding="utf-8") as file:
        next(file, None)
        rows = csv.reader(file, delimiter="\t")
        patients = next(rows, [""])[1:]
        for gene, *levels in rows:
            if len(levels) != len(patients):
                raise ValueError(f"{path}: {gene} must have {len(patients)} copy numbers, got {len(levels)}")
            numbers = [float("0" if level in ("", "NA") else level) for level in levels]
            lost.update((p, gene) for p, level in zip(patients, numbers, strict=True) if level == -2)
            amplified.update((p, gene) for p, level in zip(patients, numbers, strict=True) if level == 2)
    return lost, amplified, set(patients)


def _expressed(path: Path) -> set[str]:
    return {gene for (gene,) in _rows(path, ",", 0, ("genes",))}


def _coding(path: Path) -> set[str]:
    """The names in the fourth column; there is no head line."""
    with path.open(newline="", encoding="utf-8") as file:
        return {row[3] for row in csv.reader(file, delimiter="\t") if len(row) > 3}


def _indicator(events: set[tuple[str, str]], patients: list[str], genes: list[str]) -> NDArray[np.float32]:
    """One for every patient and gene among the events, float32."""
    row, column = ({name: k for k, name in enumerate(order)} for order in (patients, genes))
    x = np.zeros((len(patients), len(genes)), np.float32)
    for patient, gene in events:
        if patient in row and gene in column:
            x[row[patient], column[gene]] = 1.0
    return x


def _rows(path: Path, delimiter: str, skipped: int, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Some columns of a table whose head stands after `skipped` lines."""
    with path.open(newline="", encoding="utf-8") as file:
        for _ in range(skipped):
            next(file, None)
        table = csv.DictReader(file, delimiter=delimiter)
        absent = [column for column in columns if column not in (table.fieldnames or ())]
        if absent:
            raise ValueError(f"{path} must have the columns {', '.join(columns)}; {', '.join(absent)} are missing")
        for row in table:
            yield tuple(row[column] for column in columns)
