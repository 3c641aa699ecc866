"""The switches under `/sim`: faults on demand, webhook behaviour, clock, reset."""

from datetime import datetime

from flask import Blueprint, Response

from simulator.api import ENDPOINTS
from simulator.describe import describe_account, describe_world
from simulator.faults import Do
from simulator.local_only import answer_json, given_json, refuse
from simulator.state import Line


def add_switches(bp: Blueprint, line: Line) -> None:
    """Add the switches of the simulated world: faults, webhooks, clock, reset."""

    @bp.post("/faults")
    def order_fault() -> Response:
        given = given_json()
        endpoint = given.pop("endpoint", "*")
        do = given.pop("do", None)
        if endpoint != "*" and endpoint not in ENDPOINTS:
            return refuse(f"endpoint must be * or one of {', '.join(ENDPOINTS)}")
        if do not in list(Do) or not given.keys() <= {"times", "status", "message", "seconds", "retry_after"}:
            return refuse(f"do must be one of {', '.join(Do)}")
        line.faults.order(endpoint, do, **given)
        return answer_json({"pending": line.faults.pending})

    @bp.delete("/faults")
    def clear_faults() -> Response:
        line.faults.clear()
        line.webhooks.disguise.clear()
        return answer_json({})

    @bp.post("/webhooks")
    def webhooks() -> Response:
        given = given_json()
        redelivery = line.webhooks.redelivery
        redelivery.is_on = bool(given.get("redelivery", redelivery.is_on))
        redelivery.times = int(given.get("times", redelivery.times))
        redelivery.interval_seconds = float(given.get("interval_seconds", redelivery.interval_seconds))
        line.webhooks.disguise.varies = bool(given.get("varies", line.webhooks.disguise.varies))
        if "url" in given:
            line.webhook_url = str(given["url"])
        if "spoil" in given:
            line.webhooks.disguise.spoil(given["spoil"], times=int(given.get("spoil_times", 1)))
        return answer_json(describe_world(line)["webhook"])

    @bp.post("/webhooks/verify")
    def verify() -> Response:
        outcome = line.webhooks.verify()
        return answer_json({"status": outcome.status, "reason": outcome.reason})

    @bp.post("/webhooks/redeliver")
    def redeliver() -> Response:
        return answer_json({"bodies": line.webhooks.redeliver_due()})

    @bp.post("/account")
    def account() -> Response:
        given = given_json()
        if not given.keys() <= {"quota", "quota_used", "refuses_unknown_in_multicast", "rate_scale"}:
            return refuse("an account has quota, quota_used, refuses_unknown_in_multicast and rate_scale")
        if "quota" in given:
            line.quota.limit = None if given["quota"] is None else int(given["quota"])
        if "quota_used" in given:
            line.quota.fill(int(given["quota_used"]), line.clock.seconds())
        if "refuses_unknown_in_multicast" in given:
            line.refuses_unknown_in_multicast = bool(given["refuses_unknown_in_multicast"])
        if "rate_scale" in given:
            line.buckets.scale = None if given["rate_scale"] is None else float(given["rate_scale"])
            line.buckets.reset()
        return answer_json(describe_account(line))

    @bp.post("/clock")
    def clock() -> Response:
        given = given_json()
        if given.get("stop"):
            line.clock.stop()
        if given.get("run"):
            line.clock.run()
        if "set" in given:
            line.clock.set(datetime.fromisoformat(given["set"]))
        if "advance" in given:
            line.clock.advance(float(given["advance"]))
        line.show_everyone()
        return answer_json({"now": line.clock.now().isoformat(), "clock_runs": line.clock.is_running})

    @bp.post("/reset")
    def reset() -> Response:
        line.reset()
        return answer_json({})
