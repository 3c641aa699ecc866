"""What an invented customer does next, from what they see and what the dice say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo.cast import CHANCES
from bot.demo.shops import Shop
from line.postback import AnswerTap, ButtonTap, RunTap, unpack
from playbook.visible import actions_of
from questionnaires.definition import Question


@dataclass(frozen=True, slots=True)
class Tap:
    data: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Say:
    text: str


Act = Tap | Say


@dataclass(frozen=True, slots=True)
class Asked:
    """The question somebody is looking at."""

    questionnaire: str
    question: Question


def answer(
    shop: Shop,
    asked: Asked | None,
    seen: Sequence[Mapping[str, Any]],
    *,
    now: datetime,
    zone: ZoneInfo,
    random: Random,
) -> Act | None:
    """Return what the customer does about a question or a summary; None if they put the phone away."""
    offered = [(action, unpack(str(action.get("data", "")))) for body in seen for action in actions_of(body)]
    confirm = [a for a, tap in offered if isinstance(tap, RunTap) and tap.action == "confirm"]
    if confirm:
        return Tap(confirm[0]["data"], {}) if random.random() < CHANCES["confirms the summary"] else None
    if asked is None or random.random() > CHANCES["answers each question"]:
        return None
    question = asked.question
    pickers = [action for action, _ in offered if action.get("type") == "datetimepicker"]
    taps = {tap.choice: action for action, tap in offered if isinstance(tap, AnswerTap)}
    done = [a for a, tap in offered if isinstance(tap, RunTap) and tap.action in {"done", "skip"}]
    if pickers and (not taps or random.random() < 0.6):
        return Tap(pickers[0]["data"], {pickers[0]["mode"]: _moment(pickers[0]["mode"], now, zone, random)})
    if taps:
        weights = shop.choices.get(f"{asked.questionnaire}/{question.id}", {})
        choice = random.choices(list(taps), [weights.get(one, 0.05 if weights else 1.0) for one in taps])[0]
        if done and random.random() < 0.5:
            return Tap(done[0]["data"], {})
        return Tap(taps[choice]["data"], {})
    if done:
        return Tap(done[0]["data"], {})
    if question.kind == "phone":
        return Say(f"09{random.randrange(10**8):08d}")
    return Say(random.choice(shop.typed.get(question.id, ("台北市信義區",))))


def button(seen: Sequence[Mapping[str, Any]], name: str) -> Act | None:
    """Return the tap on a button of the content with this name, if it is in sight."""
    for body in seen:
        for action in actions_of(body):
            tap = unpack(str(action.get("data", "")))
            if isinstance(tap, ButtonTap) and tap.button == name:
                return Tap(str(action["data"]), {})
    return None


def _moment(mode: str, now: datetime, zone: ZoneInfo, random: Random) -> str:
    day = now.astimezone(zone) + timedelta(days=random.choice((2, 5, 9, 14, 21, 28, 40, 55, 80)))
    hour = random.randrange(10, 19)
    return {
        "date": f"{day:%Y-%m-%d}",
        "time": f"{hour:02d}:00",
        "datetime": f"{day:%Y-%m-%d}T{hour:02d}:30",
    }[mode]
