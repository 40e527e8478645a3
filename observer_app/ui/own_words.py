# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of what concerns one person or the whole machine: passphrase, recovery sheet, backup, restoring."""

from __future__ import annotations

from observer_app.ui.strings import register

__all__: list[str] = []

register(
    {
        "own.menu": "Passphrase and recovery sheet",
        "own.title": "Your passphrase and recovery sheet",
        "own.change": "Change your passphrase",
        "own.change_words": "Your work, your keys and what you signed stay as they are.",
        "own.old": "The passphrase you have now",
        "own.new": "A new passphrase",
        "own.again": "The new passphrase again",
        "own.change_go": "Change the passphrase",
        "own.changing": "Changing it",
        "own.changed": "The new passphrase counts from now on.",
        "own.sheet": "Recovery sheet",
        "own.sheet_words": "A paper with a code. If you forget your passphrase, the code and this machine together let "
        "you choose a new one. Nobody else can do that for you, the centre manager neither.",
        "own.has_sheet": "You have a sheet for this machine. A new one makes the old one useless.",
        "own.no_sheet": "You have no sheet for this machine yet.",
        "own.passphrase": "Your passphrase",
        "own.make": "Make a recovery sheet",
        "own.make_new": "Make a new recovery sheet",
        "own.making": "Making the code",
        "own.code": "Recovery code",
        "own.code_name": "Recovery code: {code}",
        "own.once": "This code is shown once. Print it, or write it down by hand, and keep it away from the machine.",
        "own.print": "Print",
        "own.put_away": "I have it, put it away",
        "own.printed": "The sheet was handed to the printer.",
        "own.not_printed": "The printer did not take the sheet. Write the code down by hand.",
        "own.no_printer": "This machine knows no printer. Write the code down by hand.",
        "own.away": "The sheet is made. The code is not shown again.",
        "forgot.link": "Passphrase forgotten",
        "forgot.title": "{name}: a new passphrase by your recovery sheet",
        "forgot.words": "Type the code from your newest recovery sheet, then choose a new passphrase. Your work and "
        "what you signed stay as they are.",
        "forgot.code": "Code on the recovery sheet",
        "forgot.go": "Use the new passphrase",
        "forgot.going": "Opening your keys",
        "forgot.done": "The new passphrase counts from now on. Sign in with it.",
        "forgot.none": "No recovery sheet was made for {name} on this machine.",
        "forgot.none_words": "Without one nobody can open what was not signed. What was signed is safe and can be sent "
        "by anybody enrolled here. Ask the centre manager to enrol you anew under another sign-in name.",
        "backup.title": "Back up to a stick",
        "backup.words": "The stick gets the same sealed files that lie on this machine: who finds it can read nothing "
        "without a passphrase. What is on it already is not copied again.",
        "backup.folder": "Folder of the stick",
        "backup.go": "Back up",
        "backup.going": "Backing up",
        "backup.stay": "Leave the stick in until it says that it is done.",
        "backup.stopped": "The backup was stopped by locking. The stick holds the one before; back up again.",
        "stick.no_folder": "Type or choose the stick’s folder first.",
        "stick.copying": "Copying: {done} of {total} files",
        "stick.checking": "Checking what is on the stick: {percent} %",
        "stick.opening": "Opening the stores with your passphrase",
        "stick.signing": "Signing the list of files",
        "first.restore": "This machine replaces another",
        "first.restore_detail": "Bring everything back from the stick the other machine was backed up to.",
        "first.restore_words": "Every file on the stick is checked before anything is taken. You need the passphrase "
        "of somebody who signed in on the other machine.",
        "first.stick": "Folder of the stick",
        "first.restore_handle": "Name you signed in with there",
        "first.restore_passphrase": "Your passphrase there",
        "first.restore_go": "Restore from the stick",
        "first.restoring": "Restoring",
    }
)
