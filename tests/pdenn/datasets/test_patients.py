"""The tables of prostate cancer, in small ones made here by the layout of the originals."""

import pytest

import pdenn as pn
from pdenn.datasets import patients

HEAD = "Hugo_Symbol\tVariant_Classification\tTumor_Sample_Barcode"
MUTATIONS = [
    "AR\tMissense_Mutation\tp1",
    "AR\tNonsense_Mutation\tp1",
    "TP53\tSilent\tp1",
    "TP53\t3'UTR\tp2",
    "FOXA1\tIn_Frame_Del\tp2",
    "TTN\tMissense_Mutation\tp3",
    "AR\tSplice_Site\tstranger",
    "AR\tSplice_Site\tuncounted",
]
COPIES = ["\tp3\tp1\tp2", "AR\t2\t1\t-2", "PTEN\tNA\t-2\t-1", "FOXA1\t0\t\t2", "LINC\t2\t2\t2"]
LABELS = {"p1": 1, "p2": 0, "p3": 1, "unsequenced": 0, "uncounted": 0}


@pytest.fixture
def tables(tmp_path):
    (tmp_path / patients.MUTATIONS).write_text("\n".join(["# a title", HEAD, *MUTATIONS]))
    (tmp_path / patients.COPIES).write_text("\n".join(["# a title", *COPIES]))
    (tmp_path / patients.EXPRESSED).write_text("genes\nAR\nPTEN\nFOXA1\nTP53\nLINC\n")
    (tmp_path / patients.CODING).write_text("".join(f"1\t0\t9\t{g}\n" for g in ("PTEN", "TP53", "AR", "FOXA1", "TTN")))
    (tmp_path / "splits").mkdir()
    for k in range(10):
        parts = dict(zip(patients.PARTS, (["p1"], ["p2", "unsequenced", "uncounted"], ["p3"]), strict=True))
        if k == 3:
            parts["training"], parts["test"] = parts["test"], parts["training"]
        for part, names in parts.items():
            lines = [f"{i},{name},{LABELS[name]}" for i, name in enumerate(names)]
            (tmp_path / "splits" / f"{part}_set_{k}.csv").write_text("\n".join([",id,response", *lines]) + "\n")
    return tmp_path


def test_events_are_those_of_the_tables(tables):
    """TP53 has only mutations without effect, TTN is not expressed, LINC does not code, strangers have no label."""
    found = pn.datasets.prostate(tables)
    assert found.names == ("p1", "p2", "p3") and found.labels.tolist() == [1, 0, 1]
    assert found.genes == ("AR", "FOXA1", "PTEN")
    mutated, lost, amplified = (found.features[..., k].tolist() for k in range(3))
    assert mutated == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert lost == [[0, 0, 1], [1, 0, 0], [0, 0, 0]]
    assert amplified == [[0, 0, 0], [0, 1, 0], [1, 0, 0]]


def test_splits_are_those_of_the_files(tables):
    found = pn.datasets.prostate(tables)
    assert found.train.shape == found.validate.shape == found.test.shape == (10, 3)
    assert found.train[0].tolist() == [True, False, False] and found.train[3].tolist() == [False, False, True]
    assert (found.train.astype(int) + found.validate + found.test == 1).all()


def test_what_is_missing_is_named_with_its_origin_and_place(tables):
    (tables / patients.MUTATIONS).unlink()
    (tables / "splits" / "test_set_7.csv").unlink()
    with pytest.raises(FileNotFoundError) as failure:
        pn.datasets.prostate(tables)
    message = str(failure.value)
    assert message.startswith("2 files") and str(tables / patients.MUTATIONS) in message
    assert "static-content.springer.com" in message and "test_set_7.csv  from https://github.com" in message


def test_another_layout_is_refused(tables):
    (tables / patients.EXPRESSED).write_text("names\nAR\n")
    with pytest.raises(ValueError, match="must have the columns genes"):
        pn.datasets.prostate(tables)


def test_rows_of_another_length_are_refused(tables):
    (tables / patients.COPIES).write_text("# a title\n\tp1\tp2\nAR\t1\n")
    with pytest.raises(ValueError, match="AR must have 2 copy numbers, got 1"):
        pn.datasets.prostate(tables)
