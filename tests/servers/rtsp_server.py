# SPDX-License-Identifier: GPL-3.0-or-later
"""A real RTSP server that plays a film like a network camera; run it with Debian's own Python and gst-rtsp-server.

    /usr/bin/python3 rtsp_server.py FILM {aac,g711,silent,hevc,changing,only-sound} [user:password] [port] [log]

`hevc`: the film is H.265, without its sound. `changing`: no film, a picture that becomes larger after three seconds.

Prints the address once it listens, on 127.0.0.1 (at a free port if none is given), and serves until it is killed.
`log`: a file that gets a line for each picture when it is sent: its time in the film and the monotonic clock (ns), and
which connection it was sent to, for each has a film of its own.
"""

import itertools
import sys
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

SOUND = {
    "aac": "d.audio_0 ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97",
    "g711": "d.audio_0 ! queue ! aacparse ! avdec_aac ! audioconvert ! audioresample ! "
    "audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name=pay1 pt=0",
    "silent": "",
}


ALONE = {
    "only-sound": f"{SOUND['aac']}".replace("pay1", "pay0"),
    "hevc": "d.video_0 ! queue ! h265parse ! rtph265pay name=pay0 pt=96 config-interval=1",
}
CHANGING = (
    "( videotestsrc is-live=true pattern=ball ! capsfilter name=size ! x264enc tune=zerolatency key-int-max=15 "
    "! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1 )"
)
CONNECTIONS = itertools.count()
BEFORE, AFTER = (f"video/x-raw,framerate=15/1,width={w},height={h}" for w, h in ((320, 180), (640, 360)))


def main(film: str, sound: str, credentials: str = "", port: str = "0", log: str = "") -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    paced = "identity sync=true ! " if log else ""
    picture = f"d.video_0 ! queue ! h264parse ! {paced}rtph264pay name=pay0 pt=96 config-interval=1"
    streams = ALONE.get(sound) or f"{picture} {SOUND.get(sound, '')}"
    factory.set_launch(f'( filesrc location="{film}" ! qtdemux name=d {streams} )')
    if sound == "changing":
        factory.set_launch(CHANGING)
        factory.connect("media-configure", change_later, [BEFORE])
    if log:
        factory.connect("media-configure", write_when_sent, log)
    server.get_mount_points().add_factory("/room", factory)
    if credentials:
        ask_for(server, factory, *credentials.split(":"))
    server.attach(None)
    print(f"rtsp://{credentials + '@' if credentials else ''}127.0.0.1:{server.get_bound_port()}/room", flush=True)
    GLib.MainLoop().run()


def change_later(_, media, sizes) -> None:
    """The picture becomes larger after three seconds, and stays so for whoever connects later."""
    size = media.get_element().get_by_name_recurse_up("size")
    size.set_property("caps", Gst.Caps.from_string(sizes[-1]))

    def change() -> bool:
        sizes.append(AFTER)
        size.set_property("caps", Gst.Caps.from_string(AFTER))
        return False

    GLib.timeout_add(3000, change)


def write_when_sent(_, media, log) -> None:
    """A line at the moment a picture goes to the network."""
    number = next(CONNECTIONS)

    def sent(pad, info):
        at = time.monotonic_ns()
        with open(log, "a") as file:
            print(info.get_buffer().pts, at, number, file=file)
        return Gst.PadProbeReturn.OK

    def hurry(pipeline, _, element):
        if element.find_property("processing-deadline"):
            element.set_property("processing-deadline", 0)  # a sink would hold each picture back for another 20 ms

    media.get_element().get_parent().connect("deep-element-added", hurry)
    pay = media.get_element().get_by_name_recurse_up("pay0")
    pay.get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, sent)


def ask_for(server, factory, user: str, password: str) -> None:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", user)
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role(user, "media.factory.access", True)
    permissions.add_permission_for_role(user, "media.factory.construct", True)
    factory.set_permissions(permissions)


if __name__ == "__main__":
    main(*sys.argv[1:])
