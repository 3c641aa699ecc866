"""Conditions about what is known of somebody: tags, fields, answers, consent, other segments."""

from collections.abc import Sequence

from console.leaf_parts import Control, LeafForm, Part, Way
from console.words import _l


def _value(key: str, label: str, *kinds: str) -> Way:
    return Way(label=label, parts=(Part(key=key, control=Control.VALUE, of="name", kinds=kinds),))


def _of_one(kind: str, label: str, icon: str, part: Part, *, hint: str = "") -> LeafForm:
    return LeafForm(kind=kind, group="known", label=label, icon=icon, hint=hint, ways=(Way(parts=(part,)),))


_ORDERED = ("number", "day")


KNOWN: Sequence[LeafForm] = (
    LeafForm(
        kind="tag",
        group="known",
        label=_l("Tag"),
        icon="tag",
        hint=_l("carries it now"),
        short="name",
        ways=(
            Way(
                parts=(
                    Part(key="name", control=Control.CHOICE, source="tags", placeholder=_l("a tag")),
                    Part(
                        key="set_within",
                        control=Control.DURATION,
                        words=_l("put on in the last"),
                        offer=_l("put on lately"),
                        must=False,
                    ),
                    Part(
                        key="set_by",
                        control=Control.CHOICE,
                        source="tag_sources",
                        words=_l("put on by"),
                        must=False,
                        free=True,
                    ),
                    Part(
                        key="expires_within",
                        control=Control.DURATION,
                        words=_l("ends in the next"),
                        offer=_l("ends soon"),
                        must=False,
                    ),
                ),
            ),
        ),
    ),
    LeafForm(
        kind="field",
        group="known",
        label=_l("Field"),
        icon="forms",
        hint=_l("a number, day or text they told us"),
        lead=(
            Part(key="name", control=Control.CHOICE, source="fields", placeholder=_l("a field"), free=True),
        ),
        ways=(
            _value("is", _l("is")),
            _value("is_not", _l("is known and is not")),
            _value("at_least", _l("is at least"), *_ORDERED),
            _value("at_most", _l("is at most"), *_ORDERED),
            _value("more_than", _l("is more than"), *_ORDERED),
            _value("less_than", _l("is less than"), *_ORDERED),
            Way(label=_l("is between"), parts=(Part(key="between", control=Control.SPAN, of="name"),)),
            Way(label=_l("contains"), parts=(Part(key="contains", control=Control.TEXT),)),
            Way(
                label=_l("is one of"),
                parts=(
                    Part(
                        key="one_of",
                        control=Control.CHOICES,
                        source="field_values",
                        of="name",
                        free=True,
                        is_list=True,
                    ),
                ),
            ),
            Way(label=_l("is known"), fixed={"known": True}),
            Way(label=_l("is not known"), fixed={"known": False}),
        ),
    ),
    _of_one(
        "consent",
        _l("Consent"),
        "shield-lock",
        Part(
            key="",
            control=Control.CHOICE,
            source="purposes",
            words=_l("agreed to"),
            placeholder=_l("a purpose"),
        ),
        hint=_l("they agreed to a purpose"),
    ),
    _of_one(
        "segment",
        _l("Another segment"),
        "chart-pie",
        Part(
            key="",
            control=Control.CHOICE,
            source="segments",
            words=_l("belongs to"),
            placeholder=_l("a segment"),
        ),
    ),
    _of_one(
        "device",
        _l("Device"),
        "device-mobile",
        Part(key="", control=Control.CHOICES, source="devices", words=_l("is one of"), free=True),
    ),
    LeafForm(
        kind="answer",
        group="known",
        label=_l("Questionnaire answer"),
        icon="list-check",
        hint=_l("in the questionnaire they finished last"),
        short="questionnaire",
        ways=(
            Way(
                parts=(
                    Part(
                        key="questionnaire",
                        control=Control.CHOICE,
                        source="questionnaires",
                        words=_l("finished"),
                        placeholder=_l("a questionnaire"),
                    ),
                    Part(
                        key="question",
                        control=Control.CHOICE,
                        source="questions",
                        of="questionnaire",
                        words=_l("and answered"),
                        placeholder=_l("a question"),
                        must=False,
                    ),
                    Part(
                        key="choice",
                        control=Control.CHOICES,
                        source="answers",
                        of="question",
                        words=_l("chose"),
                        offer=_l("with a choice"),
                        placeholder=_l("a choice"),
                        must=False,
                    ),
                )
            ),
        ),
    ),
    LeafForm(
        kind="region",
        group="known",
        label=_l("Region"),
        icon="map-pin",
        ways=(
            Way(
                label=_l("lives in the prefecture or city"),
                parts=(
                    Part(
                        key="prefecture",
                        control=Control.CHOICES,
                        source="field_values",
                        of="=prefecture",
                        free=True,
                        placeholder=_l("such as 台北"),
                    ),
                    Part(
                        key="city",
                        control=Control.CHOICES,
                        source="field_values",
                        of="=city",
                        free=True,
                        words=_l("district"),
                        must=False,
                    ),
                ),
            ),
            Way(
                label=_l("lives in the district"),
                parts=(
                    Part(key="city", control=Control.CHOICES, source="field_values", of="=city", free=True),
                ),
            ),
        ),
    ),
    LeafForm(
        kind="birthday",
        group="known",
        label=_l("Birthday"),
        icon="cake",
        ways=(
            Way(label=_l("comes on a day"), parts=(Part(key="within", control=Control.AROUND),)),
            Way(
                label=_l("lies in the month"),
                parts=(Part(key="month", control=Control.ONE, options_of="months"),),
            ),
        ),
    ),
    LeafForm(
        kind="anniversary",
        group="known",
        label=_l("Anniversary"),
        icon="calendar-event",
        hint=_l("a day they told us comes round"),
        lead=(
            Part(key="field", control=Control.CHOICE, source="fields", placeholder=_l("a field"), free=True),
        ),
        ways=(Way(parts=(Part(key="within", control=Control.AROUND),)),),
    ),
)
