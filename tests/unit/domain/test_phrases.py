# SPDX-License-Identifier: GPL-3.0-or-later
"""Phrases: what a dot and letters stand for, what may be kept, whose wins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer_app.domain.phrases import checked, expansion, together
from observer_app.errors import BadInput

KNOWN = (("so", "States openly why."), ("mis", "Misses a cue: "), ("x2", "Twice."))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (".so", (3, "States openly why.")),
        ("Mother cries .mis", (4, "Misses a cue: ")),
        ("(.so", (3, "States openly why.")),
        (".SO", (3, "States openly why.")),
        (".x2", (3, "Twice.")),
        ("so", None),
        ("He says so.", None),
        ("e.g.so", None),
        ("...so", None),
        (".soo", None),
        (".so ", None),
        ("", None),
    ],
)
def test_only_a_dot_and_known_letters_at_the_end_of_a_word(typed: str, found: tuple[int, str] | None) -> None:
    assert expansion(typed, KNOWN) == found


@given(st.text(max_size=60))
def test_what_is_typed_never_breaks_it_and_only_its_end_goes(typed: str) -> None:
    found = expansion(typed, KNOWN)
    assert found is None or typed[-found[0]] == "."


def test_the_persons_own_come_first_and_win() -> None:
    own = (("so", "Says so himself."), ("lis", "Listens."))
    assert together(own, KNOWN) == (*own, *KNOWN[1:])


def test_what_is_kept_is_tidied() -> None:
    typed = [(" .Lis ", "  Lets   them finish. "), ("", "  "), ("cue", "Misses: ")]
    assert checked(typed) == (("lis", "Lets them finish."), ("cue", "Misses: "))
    assert checked(checked(typed)) == checked(typed)


@pytest.mark.parametrize(
    "wrong", [[("two words", "x")], [("é", "x")], [("a" * 9, "x")], [("", "x")], [("a", "")], [("a", "x" * 201)],
              [("a", "x"), (".A", "y")]],
)  # fmt: skip
def test_what_cannot_be_kept_is_named(wrong: list[tuple[str, str]]) -> None:
    with pytest.raises(BadInput) as refused:
        checked([("ok", "Fine."), *wrong])
    assert refused.value.message and refused.value.advice
