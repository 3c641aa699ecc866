"""The phone page: what a newcomer plays with."""

import time
from collections.abc import Iterator
from pathlib import Path

import orjson
from flask import Blueprint, Response, abort, render_template, request, send_from_directory

from rendering import STATIC as RENDERING_STATIC
from simulator.avatars import avatar_svg
from simulator.describe import describe_log, describe_person
from simulator.local_only import answer_json, refuse_others
from simulator.person import Person
from simulator.screen import MOST_PERSONS, draw_pulse, draw_screen
from simulator.state import Line

_HERE = Path(__file__).parent
_STREAM_SECONDS = 25
_OPEN = frozenset({"page.static_file", "page.rendering_file", "page.avatar"})
# Pictures of the bot come from its own address on this machine; nothing else is ever loaded.
_LOCAL = "http://127.0.0.1:* http://localhost:*"
_POLICY = (
    f"default-src 'self'; img-src 'self' data: {_LOCAL}; media-src 'self' {_LOCAL}; object-src 'none'; "
    # The console, on another port of this machine, shows the phone on its stage.
    f"frame-ancestors {_LOCAL}; base-uri 'none'; form-action 'self'"
)


def make_page(line: Line) -> Blueprint:
    """Return the pages of one simulated account."""
    bp = Blueprint("page", __name__, template_folder=str(_HERE / "templates"))

    @bp.before_request
    def only_here() -> None:
        if request.endpoint not in _OPEN:
            refuse_others()

    @bp.after_request
    def harden(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @bp.get("/")
    def phone() -> str:
        return render_template("phone.html", line=line)

    @bp.get("/static/<path:name>")
    def static_file(name: str) -> Response:
        return send_from_directory(_HERE / "static", name, max_age=0)

    @bp.get("/rendering/<path:name>")
    def rendering_file(name: str) -> Response:
        return send_from_directory(RENDERING_STATIC, name, max_age=0)

    @bp.get("/avatars/<user_id>.svg")
    def avatar(user_id: str) -> Response:
        person = line.persons.get(user_id)
        if person is None:
            abort(404)
        return Response(avatar_svg(person.name, user_id), content_type="image/svg+xml")

    @bp.get("/content/<message_id>")
    def content(message_id: str) -> Response:
        known = line.contents.find(message_id)
        if known is None or known.is_unsent:
            abort(404)
        return Response(known.body, content_type=known.media_type)

    @bp.get("/menus/<rich_menu_id>")
    def menu_picture(rich_menu_id: str) -> Response:
        menu = line.menus.menus.get(rich_menu_id)
        if menu is None or not menu.picture:
            abort(404)
        return Response(menu.picture, content_type=menu.media_type, headers={"Cache-Control": "max-age=3600"})

    @bp.get("/page/persons")
    def persons() -> Response:
        shown = [
            describe_person(person) | {"preview": _preview(person)}
            for person in line.everyone()[:MOST_PERSONS]
        ]
        return answer_json(shown)

    @bp.get("/page/persons/<user_id>")
    def screen(user_id: str) -> Response:
        person = line.person_by_id(user_id)
        if person is None:
            abort(404)
        return answer_json(draw_screen(person))

    @bp.get("/page/log")
    def log() -> Response:
        return answer_json([describe_log(each) for each in line.log.after(request.args.get("after", 0, int))])

    @bp.get("/page/pulse")
    def pulse() -> Response:
        return answer_json(draw_pulse(line))

    @bp.get("/page/stream")
    def stream() -> Response:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Response(_beats(line), content_type="text/event-stream", headers=headers)

    return bp


def _preview(person: Person) -> str:
    sees = person.sees
    return sees[-1].split("\n")[0][:60] if sees else ""


def _beats(line: Line) -> Iterator[bytes]:
    """Tell the page about changes for a while; the browser then asks again by itself."""
    yield b"retry: 1000\n\n"
    end = time.monotonic() + _STREAM_SECONDS
    last = b""
    while time.monotonic() < end:
        beat = orjson.dumps(draw_pulse(line))
        if beat != last:
            last = beat
            yield b"data: " + beat + b"\n\n"
        else:
            # A comment finds out whether the browser is still there.
            yield b":\n\n"
        with line.changed:
            # What changed between the look and the wait is told after at most this long.
            line.changed.wait(0.5)
