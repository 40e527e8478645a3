# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's own phrases for notes, kept in their vault, beside those of the frameworks on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterable

from observer_app.domain.framework import Framework
from observer_app.domain.phrases import Phrase, checked
from observer_app.errors import BadInput
from observer_app.vault.person import PersonVault
from observer_app.workflows.saved import Saved, failed
from observer_app.workflows.views import PhrasesView

__all__ = ["keep_phrases", "own_phrases", "phrases_view"]

_SETTING = "notes/phrases"


def own_phrases(vault: PersonVault) -> tuple[Phrase, ...]:
    """Those this person has made, in their order."""
    return tuple((str(keys), str(text)) for keys, text in json.loads(vault.setting(_SETTING, "[]")))


def keep_phrases(vault: PersonVault, phrases: Iterable[Phrase]) -> Saved:
    """Keeps these instead of those before; the future fails with BadInput naming the first that cannot be."""
    try:
        kept = checked(phrases)
    except BadInput as error:
        return failed(error)
    return vault.set_setting(_SETTING, json.dumps(kept))


def phrases_view(vault: PersonVault, frameworks: Iterable[Framework]) -> PhrasesView:
    """The person's own and every framework's."""
    given = tuple((f.title, f.snippets) for f in sorted(frameworks, key=lambda f: f.title) if f.snippets)
    return PhrasesView(own_phrases(vault), given)
