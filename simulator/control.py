"""`/sim`: the hand of tests and of the page on the simulated world. Answers only to this machine."""

from flask import Blueprint, Response, abort, request

from simulator.acts import ACTS, act
from simulator.describe import (
    describe_entry,
    describe_log,
    describe_person,
    describe_screen,
    describe_sent,
    describe_world,
)
from simulator.local_only import answer_json, given_json, refuse, refuse_others
from simulator.person import Person
from simulator.state import Line
from simulator.switches import add_switches
from simulator.taps import CannotTap


def make_control(line: Line) -> Blueprint:
    """Return the control endpoints of one simulated account."""
    bp = Blueprint("sim", __name__, url_prefix="/sim")
    bp.before_request(refuse_others)
    _add_persons(bp, line)
    _add_records(bp, line)
    add_switches(bp, line)
    return bp


def _add_persons(bp: Blueprint, line: Line) -> None:
    def known(user_id: str) -> Person:
        person = line.person_by_id(user_id)
        if person is None:
            abort(404)
        return person

    @bp.get("/state")
    def state() -> Response:
        return answer_json(
            describe_world(line) | {"persons": [describe_person(each) for each in line.everyone()]}
        )

    @bp.get("/persons")
    def persons() -> Response:
        return answer_json([describe_person(person) for person in line.everyone()])

    @bp.post("/persons")
    def create_person() -> Response:
        given = given_json()
        if not isinstance(given.get("name"), str):
            return refuse("name must be a text")
        names = ("language", "user_id", "picture", "status_message", "has_consented")
        person = line.person(given["name"], **{key: given[key] for key in names if key in given})
        return answer_json(describe_person(person), 201)

    @bp.put("/crowd")
    def gather_crowd() -> Response:
        friends = given_json().get("friends")
        if not isinstance(friends, list) or not all(isinstance(friend, dict) for friend in friends):
            return refuse("friends must be a list of objects with user_id, name and language")
        line.gather_crowd(
            (str(f.get("user_id", "")), str(f.get("name", "")), f.get("language")) for f in friends
        )
        return answer_json({"friends": len(line.crowd)})

    @bp.get("/persons/<user_id>")
    def person(user_id: str) -> Response:
        return answer_json(describe_screen(known(user_id)))

    @bp.post("/persons/<user_id>/<name>")
    def acts(user_id: str, name: str) -> Response:
        if name not in ACTS:
            abort(404)
        try:
            entry = act(known(user_id), name, given_json())
        except CannotTap as error:
            return refuse(str(error))
        return answer_json({"entry": None if entry is None else describe_entry(entry)})


def _add_records(bp: Blueprint, line: Line) -> None:
    @bp.get("/sent")
    def sent() -> Response:
        after, limit = request.args.get("after", 0, int), request.args.get("limit", 1000, int)
        return answer_json(
            {
                "total": line.ledger.total,
                "accepted": dict(line.ledger.accepted),
                "delivered": line.ledger.delivered,
                "sent": [describe_sent(each) for each in line.ledger.after(after, limit=limit)],
            }
        )

    @bp.get("/log")
    def log() -> Response:
        after = request.args.get("after", 0, int)
        return answer_json([describe_log(each) for each in line.log.after(after)])
