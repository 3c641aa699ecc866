"""What the cells of known columns say, whatever file they stand in."""

from collections.abc import Callable, Mapping

import orjson

from contacts.bulk_fields import FieldValue
from contacts.models import FieldKind
from facts import events, rows_values
from facts.models import OrderStatus
from facts.rows_values import BadCell

KEY_LIMIT_CHARS = 80
TEXT_LIMIT_CHARS = 1_000
SHORT_LIMIT_CHARS = 60
MOST_TAGS = 50

_STATUS = {
    "paid": OrderStatus.PAID,
    **dict.fromkeys(
        ["complete", "completed", "支払済", "支払い済み", "完了", "購入完了", "已付款", "已完成", "完成"],
        OrderStatus.PAID,
    ),
    **dict.fromkeys(
        ["cancelled", "canceled", "キャンセル", "取消", "已取消", "取消訂單"], OrderStatus.CANCELLED
    ),
    **dict.fromkeys(
        ["refunded", "返金", "返金済", "返金済み", "全額返金", "已退款", "全額退款"], OrderStatus.REFUNDED
    ),
    **dict.fromkeys(
        ["partially_refunded", "partially-refunded", "一部返金", "部分退款"], OrderStatus.PARTIALLY_REFUNDED
    ),
}


def _key(cell: str) -> str:
    return rows_values.key(cell, KEY_LIMIT_CHARS)


def _short(cell: str) -> str:
    return rows_values.key(cell, SHORT_LIMIT_CHARS)


def _event_name(cell: str) -> str:
    return events.check_name(rows_values.clean(cell))


def _status(cell: str) -> OrderStatus:
    status = _STATUS.get(cell) or _STATUS.get(rows_values.clean(cell).lower())
    if status is None:
        raise BadCell(f"is none of {', '.join(OrderStatus)}")
    return status


def is_tag_name(name: str) -> bool:
    """Say whether tags may be called so."""
    return 0 < len(name) <= KEY_LIMIT_CHARS and name.isprintable() and not any(c in " ,|" for c in name)


def _tags(cell: str) -> tuple[str, ...]:
    names = [name.strip() for name in rows_values.clean(cell).replace("；", ";").split(";")]
    names = list(dict.fromkeys(name for name in names if name))
    if len(names) > MOST_TAGS:
        raise BadCell(f"has more than {MOST_TAGS} names")
    for name in names:
        if not is_tag_name(name):
            raise BadCell(f"has a name with a space, a comma, a | or more than {KEY_LIMIT_CHARS} characters")
    return tuple(names)


def _json_object(cell: str) -> Mapping[str, object]:
    try:
        read = orjson.loads(cell)
    except orjson.JSONDecodeError:
        raise BadCell("is not a JSON object") from None
    if not isinstance(read, dict):
        raise BadCell("is not a JSON object")
    return read


def property_of(cell: str) -> object:
    """Return a further column's value as an event holds it: a number, a flag, or a text.

    By the cell alone: an event that comes in two files is told by its properties, whatever stands beside it.
    """
    text = rows_values.clean(cell)
    if (number := rows_values.plain_number(text)) is not None:
        return number
    return text.lower() == "true" if text.lower() in {"true", "false"} else cell.strip()


def _number_field(cell: str) -> FieldValue:
    return FieldValue(rows_values.month(cell), FieldKind.NUMBER)


def _gender_field(cell: str) -> FieldValue | None:
    word = rows_values.gender(cell)
    return None if word is None else FieldValue(word, FieldKind.TEXT)


def _text_field(cell: str) -> FieldValue:
    return FieldValue(rows_values.words(cell, TEXT_LIMIT_CHARS), FieldKind.TEXT)


FIELDS: Mapping[str, Callable[[str], FieldValue | None]] = {
    "birth_month": _number_field,
    "gender": _gender_field,
    "prefecture": _text_field,
    "city": _text_field,
}
MOMENTS = ("ordered_at", "occurred_at", "expires_at", "birthday", "consent_at")
READERS: Mapping[str, Callable[[str], object]] = {
    **FIELDS,
    "line_user_id": rows_values.line_user_id,
    "customer_id": _key,
    "order_id": _key,
    "event_id": _key,
    "total_amount": rows_values.amount_cents,
    "refunded_amount": rows_values.amount_cents,
    "status": _status,
    "channel": _short,
    "store_id": _short,
    "coupon_code": _short,
    "event_type": _event_name,
    "properties": _json_object,
    "tag": _tags,
    "tags": _tags,
    "marketing_consent": rows_values.yes_or_no,
}
"""What is read the same in every file."""
