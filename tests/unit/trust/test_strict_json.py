# SPDX-License-Identifier: GPL-3.0-or-later
"""Strict JSON: one meaning for every byte, or a refusal in our own words."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer_app.errors import BadInput
from observer_app.trust.strict_json import MAX_INT, dumps, loads

HOSTILE = {
    "same name twice": b'{"a":1,"a":2}',
    "same name twice within": b'{"b":[{"a":1,"a":1}]}',
    "same name twice through an escape": b'{"a":1,"\\u0061":2}',
    "fraction": b'{"a":1.0}',
    "exponent": b'{"a":1e3}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":Infinity}',
    "minus Infinity": b'{"a":-Infinity}',
    "minus nothing": b'{"a":-0}',
    "2**53": b'{"a":9007199254740992}',
    "-2**53": b'{"a":-9007199254740992}',
    "huge number": b'{"a":' + b"9" * 5000 + b"}",
    "lone surrogate": b'{"a":"\\ud800"}',
    "lone surrogate as a name": b'{"\\udfff":1}',
    "surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "overlong UTF-8": b'{"a":"\xc0\xaf"}',
    "byte order mark": b'\xef\xbb\xbf{"a":1}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "list": b"[1]",
    "number": b"1",
    "text": b'"a"',
    "null": b"null",
    "nothing": b"",
    "blank": b"  ",
    "cut off": b'{"a":1',
    "two objects": b'{"a":1}{"a":1}',
    "tail": b'{"a":1} x',
    "comma": b'{"a":1,}',
    "comment": b'{"a":1}/*x*/',
    "single quotes": b"{'a':1}",
    "control character": b'{"a":"\x01"}',
    "too deep": b'{"a":' + b"[" * 16 + b"]" * 16 + b"}",
    "absurdly deep": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "leading zero": b'{"a":01}',
    "plus": b'{"a":+1}',
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        loads(data, limit=1_000_000)


def test_the_largest_numbers_and_the_deepest_nesting_are_read() -> None:
    data = b'{"a":[9007199254740991,-9007199254740991],"b":' + b"[" * 15 + b"]" * 15 + b"}"
    assert loads(data, limit=1000)["a"] == [MAX_INT, -MAX_INT]


def test_a_whole_character_written_as_two_escapes_is_read() -> None:
    assert loads(b'{"a":"\\ud83d\\ude00"}', limit=100) == {"a": "\U0001f600"}


def test_size_is_checked_before_anything_is_read() -> None:
    with pytest.raises(BadInput, match="too large"):
        loads(b"{" + b" " * 100, limit=100)
    assert loads(b'{"a":1}', limit=7) == {"a": 1}


@pytest.mark.parametrize("value", [1.0, float("nan"), b"x", {1: 2}, MAX_INT + 1, "\ud800", {"a": {1, 2}}, object()])
def test_what_cannot_be_signed_is_not_written(value: Any) -> None:
    with pytest.raises(BadInput):
        dumps({"a": value})


def test_the_written_form_is_the_one_form() -> None:
    assert dumps({"b": [True, None, -1], "a": 'é"\n\u2028', "A": {}}) == (
        '{"A":{},"a":"é\\"\\n\u2028","b":[true,null,-1]}'.encode()
    )


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INT, MAX_INT) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=15,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_written_is_read_back_and_written_the_same(value: dict[str, Any]) -> None:
    data = dumps(value)
    assert loads(data, limit=10**6) == value == json.loads(data)
    assert dumps(loads(data, limit=10**6)) == data


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:0123456789eE+-.\\u truefalsn', max_size=60).map(str.encode))
def test_only_our_own_error_escapes(data: bytes) -> None:
    with contextlib.suppress(BadInput):
        loads(data, limit=150)
