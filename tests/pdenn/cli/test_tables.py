"""What programs read from stdout is JSON as every one of them knows it."""

import json

import pytest

from pdenn.cli.tables import show_json


def test_words_come_back(capsys):
    content = {"τ": 0.25, "claims": [None, True]}
    show_json(content)
    out = capsys.readouterr().out
    assert json.loads(out) == content and "τ" in out


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_does_not_know_is_not_shown(number, capsys):
    with pytest.raises(ValueError, match="JSON"):
        show_json({"tau": number})
    assert capsys.readouterr().out == ""
