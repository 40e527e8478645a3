# SPDX-License-Identifier: GPL-3.0-or-later
"""The two services a desktop asks for leave to sleep, as the real ones answer; run it with Debian's own Python and Gio.

    /usr/bin/python3 sleep_services.py ADDRESS [deny-lid]

Prints "ready", then a line whenever something is held or let go. `deny-lid`: the lid switch is not given away.
"""

import os
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

SEEN = """
<node>
  <interface name="org.freedesktop.login1.Manager">
    <method name="Inhibit">
      <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
      <arg type="s" direction="in"/><arg type="h" direction="out"/>
    </method>
  </interface>
  <interface name="org.freedesktop.ScreenSaver">
    <method name="Inhibit"><arg type="s" direction="in"/><arg type="s" direction="in"/>
      <arg type="u" direction="out"/></method>
  </interface>
</node>
"""


def say(*words) -> None:
    print(*words, flush=True)


def sleep(connection, sender, path, interface, method, given, call) -> None:
    what, who, _why, mode = given.unpack()
    if DENY_LID and "lid" in what:
        call.return_dbus_error("org.freedesktop.DBus.Error.AccessDenied", "not the lid")
        return
    ours, theirs = os.pipe()
    say("held", what, who, mode)

    def let_go(fd, condition) -> bool:
        say("let go", what)
        os.close(fd)
        return False

    GLib.unix_fd_add_full(0, ours, GLib.IOCondition.HUP, let_go)
    call.return_value_with_unix_fd_list(GLib.Variant("(h)", (0,)), Gio.UnixFDList.new_from_array([theirs]))


def screen(connection, sender, path, interface, method, given, call) -> None:
    say("held screen", given.unpack()[0])
    Gio.bus_watch_name_on_connection(
        connection, sender, Gio.BusNameWatcherFlags.NONE, None, lambda *_: say("let go screen")
    )
    call.return_value(GLib.Variant("(u)", (7,)))


DENY_LID = "deny-lid" in sys.argv
flags = Gio.DBusConnectionFlags
bus = Gio.DBusConnection.new_for_address_sync(
    sys.argv[1], flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None
)
manager, saver = Gio.DBusNodeInfo.new_for_xml(SEEN).interfaces
bus.register_object("/org/freedesktop/login1", manager, sleep, None, None)
bus.register_object("/org/freedesktop/ScreenSaver", saver, screen, None, None)
owned = []


def own(connection, name) -> None:
    owned.append(name)
    if len(owned) == 2:
        say("ready")


for name in ("org.freedesktop.login1", "org.freedesktop.ScreenSaver"):
    Gio.bus_own_name_on_connection(bus, name, Gio.BusNameOwnerFlags.NONE, own, None)
GLib.MainLoop().run()
