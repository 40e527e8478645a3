# SPDX-License-Identifier: GPL-3.0-or-later
"""A code from a printed report, checked against what was signed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer_app.cli import main
from observer_app.errors import BadInput, NewerVersion, ObserverError
from observer_app.trust.printed import Printed, read_printed
from observer_app.trust.receipts import parse_receipt
from observer_app.trust.signed_file import read_signed_file
from observer_app.trust.verify import verify_paths
from tests.unit.trust.golden_files import FOLDER
from tests.unit.trust.test_golden import DOCUMENT

RECORD = FOLDER / "record.observer"
ID = "f158876065c2bf63ad181b8120013155778027d2561d52c8a040ae9654e4ead0"


def code() -> Printed:
    receipt = parse_receipt(read_signed_file(RECORD.read_bytes()).receipt)
    checkpoint = receipt.checkpoint
    return Printed(ID, receipt.index, checkpoint.size, checkpoint.root.hex(), checkpoint.origin)


def outcome(text: str) -> tuple[int, str]:
    report = verify_paths([Path(text), RECORD])
    return report.exit_code, "\n".join(report.lines())


def test_the_golden_code_is_that_of_the_golden_record() -> None:
    assert code().text in DOCUMENT.read_text("utf-8")
    status, words = outcome(code().text)
    assert status == 0 and "1 x codes printed on reports" in words
    assert outcome(Printed(ID).text)[0] == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"record": "ab" * 32}, "not among what was given"),
        ({"place": 1}, "another place in the log"),
        ({"log": "elsewhere.example/log"}, "another place in the log"),
        ({"root": "ab" * 32}, "another place in the log"),
    ],
)
def test_a_code_that_was_altered_is_named(changes: dict[str, object], words: str) -> None:
    from dataclasses import replace

    status, said = outcome(replace(code(), **changes).text)  # type: ignore[arg-type]
    assert status == 1 and words in said


def test_a_log_of_another_size_is_said_not_to_be_here() -> None:
    from dataclasses import replace

    status, said = outcome(replace(code(), size=40).text)
    assert status == 0 and "The log at 40 entries" in said


def test_at_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", code().text, str(RECORD)]) == 0
    assert main(["verify", code().text]) == 2
    assert "needs what holds its record" in capsys.readouterr().err
    assert main(["verify", code().text[:-70], str(RECORD)]) == 1


@given(st.text(max_size=300) | st.text(max_size=200).map(lambda words: "observer-record:" + words))
def test_anything_else_is_refused_in_words(text: str) -> None:
    try:
        assert read_printed(text).text == text.strip()
    except ObserverError as error:
        assert error.message


def test_a_newer_code_is_newer_and_one_that_contradicts_itself_is_wrong() -> None:
    with pytest.raises(NewerVersion):
        read_printed(code().text.replace("v1/", "v2/"))
    with pytest.raises(BadInput, match="beyond the log"):
        read_printed(Printed(ID, 5, 5, "ab" * 32, "log").text)
