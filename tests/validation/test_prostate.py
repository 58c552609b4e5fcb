"""The study of patients: its measures by their definitions, its network by its formula, and tables made by the layout of the
originals."""

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner

import pdenn as pn
from pdenn.datasets import patients
from validation import prostate
from validation.__main__ import main


def write(folder, made):
    """Patients as the four tables and the thirty lists of their origin."""
    x, names, genes = made.features, made.names, made.genes
    folder.mkdir()
    mutated = [f"{genes[g]}\tMissense_Mutation\t{names[p]}" for p, g in np.argwhere(x[:, :, 0])]
    silent = [f"{genes[0]}\tSilent\t{name}" for name in names]
    head = "Hugo_Symbol\tVariant_Classification\tTumor_Sample_Barcode"
    (folder / patients.MUTATIONS).write_text("\n".join(["# a title", head, *mutated, *silent]))
    levels = 2 * x[:, :, 2] - 2 * x[:, :, 1]  # those that would be both were made neither
    lines = ["\t".join([genes[g], *(f"{level:.0f}" for level in levels[:, g])]) for g in range(len(genes))]
    (folder / patients.COPIES).write_text("\n".join(["# a title", "\t".join(["", *names]), *lines]))
    (folder / patients.EXPRESSED).write_text("\n".join(["genes", *genes]))
    (folder / patients.CODING).write_text("".join(f"1\t0\t9\t{gene}\n" for gene in genes))
    (folder / "splits").mkdir()
    for part, mask in zip(patients.PARTS, (made.train, made.validate, made.test), strict=True):
        for k in range(10):
            rows = [f"{i},{names[p]},{made.labels[p]}" for i, p in enumerate(np.flatnonzero(mask[k]))]
            (folder / "splits" / f"{part}_set_{k}.csv").write_text("\n".join([",id,response", *rows]) + "\n")


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """Made patients, where the study looks for the tables."""
    made = prostate.made(120, 40)
    made.features[:, :, 1] *= 1 - made.features[:, :, 2]
    made.features[:, 0, 0] = np.arange(120) % 2
    monkeypatch.setenv("PDENN_DATA", str(tmp_path))
    write(tmp_path / "prostate", made)
    return made


def test_the_paper_size_reads_the_tables(tables, monkeypatch):
    monkeypatch.setattr(prostate, "EPOCHS", 4)
    monkeypatch.setattr(prostate, "INITIALISATIONS", 1)
    study = prostate.run("paper")
    found = pn.datasets.prostate(f"{prostate.place()}")
    at = [tables.names.index(name) for name in found.names]
    genes = [tables.genes.index(gene) for gene in found.genes]
    np.testing.assert_array_equal(found.features, tables.features[at][:, genes])
    np.testing.assert_array_equal(found.test, tables.test[:, at])
    assert [row[3] for row in study.rows] == [10, 10, 10] and len(study.claims) == 4
    assert "120 patients, 40 genes" in study.title


def test_missing_tables_are_named_and_the_others_go_on(tmp_path, monkeypatch):
    monkeypatch.setenv("PDENN_DATA", str(tmp_path))
    app = typer.Typer()
    app.command()(main)
    result = CliRunner().invoke(app, ["prostate", "--size", "paper", "--out", str(tmp_path / "out")])
    said = result.output.replace("\n", "")
    assert result.exit_code == 1 and "prostate is left out: 34 files" in said
    assert f"{tmp_path}/prostate/{patients.MUTATIONS}" in said and patients.ORIGINS[patients.COPIES] in said
    assert not (tmp_path / "out").exists()


def test_measures_are_those_of_all_pairs_and_thresholds():
    """The area is the share of pairs in order, equal ones half; precision is read at each threshold where recall grows."""
    random = np.random.default_rng(0)
    y, scores = random.integers(0, 2, 50).astype(float), random.integers(0, 12, 50) / 11
    accuracy, area, precision = prostate.measures(y, scores)
    difference = scores[y == 1][:, None] - scores[y == 0]
    assert accuracy == np.mean((scores > 0.5) == (y == 1))
    assert abs(area - ((difference > 0).mean() + 0.5 * (difference == 0).mean())) < 1e-12
    expected, recall = 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        chosen = scores >= threshold
        new = y[chosen].sum() / y.sum()
        expected, recall = expected + (new - recall) * y[chosen].mean(), new
    assert abs(precision - expected) < 1e-12


def test_a_right_order_has_full_measures_and_its_opposite_none():
    y = np.array([0.0, 0.0, 1.0, 1.0])
    assert prostate.measures(y, np.array([0.1, 0.2, 0.6, 0.7])) == (1.0, 1.0, 1.0)
    assert prostate.measures(y, np.array([0.9, 0.8, 0.2, 0.1]))[:2] == (0.0, 0.0)


def test_the_base_sums_the_types_of_a_gene():
    x = torch.rand(5, 4, 3)
    base = prostate.Base(x, 1)
    w = base.w.detach().clone()
    z = x[:, :, 0] * w[:, 0] + x[:, :, 1] * w[:, 1] + x[:, :, 2] * w[:, 2] + base.b
    torch.testing.assert_close(base.genes(x), z)
    assert base.b.shape == (4,) and base(x).shape == (5, 1) and 0 < base(x).min() and base(x).max() < 1
    again = prostate.Base(x, 1)
    assert torch.equal(again.w, base.w) and not torch.equal(prostate.Base(x, 2).w, base.w)


def test_the_rate_falls_twice(monkeypatch):
    """A loss with the slope one half: 8 epochs move by (4 + 2/10 + 2/100) / 2, weight decay apart."""
    net = torch.nn.Linear(1, 1)
    with torch.no_grad():
        net.weight.zero_(), net.bias.zero_()
    monkeypatch.setattr(torch.nn.functional, "binary_cross_entropy", lambda p, y: 0.5 * p.sum())
    prostate.trained(net, torch.zeros(1, 1), torch.zeros(1), 8)
    assert abs(float(net.bias.detach()) + 4.22 / 2) < 0.01
