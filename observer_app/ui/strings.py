# SPDX-License-Identifier: GPL-3.0-or-later
"""The window's own words; how they are looked up is in `observer_app.wording`, which is told here to ask Qt for another
language. `say("live.not_rated")`.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from observer_app.errors import WrongPassphrase
from observer_app.wording import counted, register, say, translate_by
from observer_app.workflows.timekeeping import clock_words

__all__ = ["clock_words", "counted", "minutes_words", "refused_words", "register", "say"]

translate_by(lambda text: QCoreApplication.translate("observer", text))


def minutes_words(seconds: int) -> str:
    """A length of time as "0:52" or "37:30"; hours stay minutes."""
    return f"{abs(seconds) // 60}:{abs(seconds) % 60:02d}"


def refused_words(error: Exception) -> str:
    """Why something was not signed."""
    return say("passphrase.wrong") if isinstance(error, WrongPassphrase) else str(error)


register(
    {
        "app.name": "Observer",
        "app.sample": "Sample data",
        "app.person": "Signed in: {name}. Menu",
        "app.lock": "Lock",
        "app.locked_idle": "Locked, for nobody was at the keyboard. All is saved; a recording that runs goes on.",
        "app.send_now": "Send and fetch now",
        "app.sending": "Sending and fetching. Whatever does not get through is kept.",
        "app.take_roster": "Take in a day’s list from a stick",
        "app.roster_files": "A day’s list (*.observer-roster)",
        "app.roster_taken": "The list of {day} has been taken in.",
        "app.back_up": "Back up to a stick",
        "app.dark": "Dark",
        "app.light": "Light",
        "app.text_size": "Text size {percent} %",
        "app.space.assess": "Assess",
        "app.space.centre": "Centre",
        "app.space.moderate": "Moderate",
        "app.dismiss": "Put this line away",
        "app.tabs": "Pages",
        "app.spaces": "Workspaces",
        "state.trail": "State of the record: {word}",
        "state.none": "nothing yet",
        "state.saved": "Saved",
        "state.signed": "Signed",
        "state.sent": "Sent",
        "state.acknowledged": "Acknowledged",
        "photo.of": "Photo of {name}",
        "photo.none": "No photo of {name}",
        "meter.level": "Sound level: {words}",
        "word.back": "Back",
        "word.cancel": "Cancel",
        "word.what_to_do": "What to do:",
        "sign_in.title": "Who is here?",
        "sign_in.title_one": "Sign in",
        "sign_in.passphrase": "Passphrase",
        "sign_in.passphrase_of": "Passphrase of {name}",
        "sign_in.go": "Sign in",
        "sign_in.checking": "Checking the passphrase",
        "sign_in.hint": "Sample passphrase:  {hint}",
        "sign_in.sample": "This is a sample day. Nothing here can reach real results.",
        "sign_in.roles.assessor": "Assessor",
        "sign_in.roles.manager": "Centre manager",
        "sign_in.roles.moderator": "Moderator",
        "sign_in.roles.key_officer": "Key officer",
        "sign_in.choose_hint": "Arrow keys choose a person, Enter signs in.",
        "sign_in.wrong": "That passphrase does not open {name}’s work. Look at Caps Lock and type it again.",
        "sign_in.empty": "Type the passphrase, then press Enter.",
        "corrections.title": "Corrections to be signed a second time",
        "corrections.words": "A correction counts once somebody else has signed it too. Enter leads to the answer.",
        "corrections.none": "No correction waits for you.",
        "corrections.table": "Corrections that wait",
        "corrections.candidate": "Candidate",
        "corrections.by": "Corrected by",
        "corrections.signed": "When",
        "corrections.id": "ID {id}",
        "corrections.what": "ID {id}. {scenario}. Corrected by {name}, {when}.",
        "corrections.criterion": "{n}  {title}.",
        "corrections.change": "{title} It was {was}. It becomes {now}.",
        "corrections.unrated": "not rated",
        "corrections.why": "The reason given",
        "corrections.no_reason": "The reason has not arrived on this machine yet.",
        "corrections.passphrase": "Your passphrase",
        "corrections.passphrase_missing": "Type your passphrase first: it signs your answer.",
        "corrections.sign": "Sign it too",
        "corrections.or": "Or refuse it. The marks stay as they were, and the assessor reads why.",
        "corrections.reason": "Why you do not sign it",
        "corrections.reason_missing": "Say why you do not sign it.",
        "corrections.refuse": "Refuse",
        "corrections.signed_now": "The correction of {name} is signed and counts.",
        "corrections.refused_now": "The correction of {name} is refused. The marks stay as they were.",
        "corrections.look": "Look at them",
        "corrections.wait.one": "1 correction waits for your second signature.",
        "corrections.wait.many": "{n} corrections wait for your second signature.",
        "first.title": "Welcome to Observer",
        "first.lead": "This machine is not set up yet. Choose how to begin.",
        "first.sample": "Try with a sample day",
        "first.sample_detail": "A made-up centre, people and candidates. Nothing to fill in.",
        "first.centre": "Set up a new centre",
        "first.centre_detail": "You are the first person here and will manage the centre.",
        "first.code": "I have a code",
        "first.code_detail": "Your centre gave you two codes, one for this machine and one for you.",
        "first.centre_lead": "A programme of its own with its first centre. This machine is the office’s.",
        "first.code_lead": "Your centre gave you two codes and an address. Each code counts once.",
        "first.programme": "Name of the programme",
        "first.centre_name": "Name of the centre",
        "first.device": "Name of this machine (Room 2, say)",
        "first.person": "Your name",
        "first.handle": "Short name to sign in with",
        "first.passphrase": "Choose a passphrase",
        "first.again": "The same passphrase again",
        "first.enrol_code": "The two codes: this machine’s, a blank, then yours",
        "first.central": "Address they were given with (it begins with https://)",
        "first.set_up": "Set up",
        "first.working": "Setting up this machine",
        "first.not_same": "The two passphrases are not the same. Type both again.",
        "first.missing": "Fill in: {fields}.",
        "first.passphrase_help": "Four or more plain words are easy to keep and hard to guess. Nobody can reset it.",
        "clip.span": "{start} to {end}",
        "give.clip": "Give out the clip {span} as a film",
        "give.marks": "Give out both sets of marks as a table and as captions",
        "give.no_training": "The candidate has not agreed to any of this being used for training.",
        "give.purpose": "What for",
        "give.for.appeal": "An appeal",
        "give.for.moderation": "Another marker",
        "give.for.training": "Training",
        "give.reason": "Reason: who asked for it, and what it is to show",
        "give.file": "File",
        "give.choose_file": "Choose a file",
        "give.browse": "Choose",
        "give.go": "Write down and give out",
        "give.going": "Cutting",
        "give.missing.reason": "Give the reason in a sentence.",
        "give.missing.file": "Choose where it is to lie.",
        "give.missing.passphrase": "Type your passphrase.",
        "give.done": "It is there: {file}. That it was given out is on record.",
        "passphrase": "Your passphrase",
        "passphrase.missing": "Type your passphrase.",
        "passphrase.wrong": "That passphrase is not yours. Look at Caps Lock and type it again.",
    }
)
