# SPDX-License-Identifier: GPL-3.0-or-later
"""The one stylesheet: only what Qt's own widgets draw (fields, lists, tables, scroll bars, menus).

Fonts are never set here, for a stylesheet font would lose Inter's features; our own widgets paint themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["stylesheet"]

_SHEET = """
QToolTip {{ background: {surface}; color: {ink}; border: 1px solid {edge}; padding: 4px 8px; }}
QLineEdit, QPlainTextEdit, QComboBox, QSpinBox {{
  background: {surface}; color: {ink}; border: 1px solid {edge}; border-radius: {radius}px;
  selection-background-color: {accent}; selection-color: {onaccent}; placeholder-text-color: {soft}; }}
QLineEdit {{ padding: 0 12px; }}
QPlainTextEdit {{ padding: 4px 8px; }}
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus, QSpinBox:focus {{ border: {ring}px solid {accent}; }}
QLineEdit:focus {{ padding: 0 10px; }}
QPlainTextEdit:focus {{ padding: 2px 6px; }}
QLineEdit:disabled, QPlainTextEdit:disabled {{ background: {sunken}; color: {soft}; border-style: dashed; }}
QPlainTextEdit[bare="true"] {{ border: 0; padding: 0; background: transparent; }}
QComboBox {{ padding: 0 12px; }}
QComboBox::drop-down {{ border: 0; width: 24px; }}
QComboBox QAbstractItemView {{ background: {surface}; color: {ink}; border: 1px solid {edge};
  selection-background-color: {tint}; selection-color: {ink}; outline: 0; }}
QScrollArea, QScrollArea > QWidget > QWidget#page {{ background: transparent; border: 0; }}
QTableView, QListView {{ background: {surface}; alternate-background-color: {surface}; color: {ink}; border: 0;
  gridline-color: {line}; outline: 0; selection-background-color: {tint}; selection-color: {ink}; }}
QHeaderView {{ background: {sunken}; border: 0; }}
QHeaderView::section {{ background: {sunken}; color: {soft}; border: 0; padding: 0 8px; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {edge}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QMenu {{ background: {surface}; color: {ink}; border: 1px solid {edge}; border-radius: {panel}px; padding: 8px; }}
QMenu::item {{ padding: 8px 16px 8px 12px; border-radius: {small}px; }}
QMenu::item:selected {{ background: {tint}; color: {ink}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 4px 8px; }}
QMenu::indicator {{ width: 16px; height: 16px; }}
"""


def stylesheet(colours: Mapping[str, str], *, radius: int, panel: int, small: int, ring: int) -> str:
    """The stylesheet in a theme's `colours` by role; corners (of controls, panels, small things) and the ring in px."""
    return _SHEET.format(**colours, radius=radius, panel=panel, small=small, ring=ring)
