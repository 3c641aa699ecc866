"""Which columns files have, under which headers, and where they stand in one file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contacts.folding import fold
from core.errors import InvalidInput
from facts import event_types
from facts.models import ImportKind
from facts.rows_values import clean

FIELD_NAME_LIMIT_CHARS = 60


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is known: what it is called, and what else people call it."""

    name: str
    aliases: str
    """Separated by `|`; width, case, spaces and variants of characters do not count."""
    what: str


_LINE = Column(
    "line_user_id",
    "line_id|line user|LINEユーザーID|LINE ID|LINE使用者ID|LINE用戶ID|LINE UID",
    "U and 32 of 0-9 a-f, as LINE's webhooks tell it",
)
_CUSTOMER = Column(
    "customer_id",
    "customer|member_id|member no|顧客ID|顧客番号|会員番号|会員ID|"
    "お客様番号|客戶編號|客戶ID|顧客編號|會員編號|會員ID|會員卡號",
    "the shop's own number, up to 80 characters",
)

COLUMNS: Mapping[ImportKind, Sequence[Column]] = {
    ImportKind.CONTACTS: (
        _CUSTOMER,
        _LINE,
        Column(
            "registered_at",
            "registered|created_at|登録日|登録日時|会員登録日|入会日|註冊日期|註冊時間|"
            "註冊日|入會日期|加入日期|建立日期",
            "a day, with or without a time",
        ),
        Column(
            "birth_month",
            "誕生月|生まれ月|生日月份|出生月份|生日月",
            "1 to 12, `4月`, or a date of birth",
        ),
        Column(
            "birthday",
            "birth_date|date_of_birth|born|生年月日|誕生日|生日|出生日期|出生年月日",
            "a day",
        ),
        Column("gender", "sex|性別", "`female`, `male`, `other`, or 女・男・女性・男性・小姐・先生"),
        Column("prefecture", "state|province|縣市|城市|居住縣市|居住城市|都道府県", "a text"),
        Column("city", "區|行政區|鄉鎮市區|居住區|居住行政區|市区町村|市", "a text"),
        Column(
            "marketing_consent",
            "consent|opt_in|newsletter|メルマガ|配信許可|配信同意|マーケティング同意|"
            "お知らせ希望|行銷同意|同意行銷|接收行銷訊息|是否同意行銷|訂閱",
            "yes or no, or ○・同意・是・あり and ×・不同意・否・なし",
        ),
        Column(
            "consent_at",
            "consent_date|同意日|同意日時|同意日期|同意時間|配信同意日時",
            "when they said so",
        ),
        Column("tags", "tag|labels|タグ|標籤|標記", "names, separated by `;`"),
    ),
    ImportKind.ORDERS: (
        Column(
            "order_id",
            "order|order_no|order number|注文番号|注文ID|受注番号|伝票番号|訂單編號|訂單號碼|訂單ID|單號",
            "the shop's own number, up to 80 characters; the key",
        ),
        _CUSTOMER,
        _LINE,
        Column(
            "ordered_at",
            "order_date|purchased_at|date|注文日|注文日時|購入日|購入日時|受注日|"
            "訂單日期|訂購日期|訂單時間|下單時間|消費日期|交易日期",
            "a day, with or without a time",
        ),
        Column(
            "total_amount",
            "total|amount|金額|合計|合計金額|注文金額|購入金額|総額|総合計|訂單金額|"
            "總金額|總計|消費金額|交易金額",
            "`12300`, `¥12,300`, `NT$1,200.50`",
        ),
        Column(
            "status",
            "order_status|ステータス|状態|注文状況|注文ステータス|狀態|訂單狀態",
            "`paid` (of a new order that does not say), `cancelled`, `refunded`, `partially_refunded`",
        ),
        Column(
            "refunded_amount",
            "refund|refunded|返金額|返金|退款金額|退款|已退金額",
            "as much at most as the total",
        ),
        Column("channel", "sales_channel|チャネル|販売経路|販路|通路|銷售通路|管道", "a text"),
        Column(
            "store_id",
            "store|shop|店舗ID|店舗|店舗コード|店番|門市|門市編號|門市代號|分店|店別",
            "a text",
        ),
        Column(
            "coupon_code",
            "coupon|クーポン|クーポンコード|優惠碼|優惠券|折扣碼|優惠代碼",
            "a text",
        ),
    ),
    ImportKind.EVENTS: (
        _LINE,
        _CUSTOMER,
        Column(
            "event_type",
            "event|event_name|イベント|イベント名|イベント種別|行動|事件|事件名稱|行為|事件類型",
            "small letters a to z, digits and `_`",
        ),
        Column(
            "occurred_at",
            "at|time|timestamp|date|発生日時|日時|発生日|發生時間|時間|日期|發生日期",
            "a day, with or without a time",
        ),
        Column("properties", "props|プロパティ|属性|屬性", "a JSON object"),
        Column(
            "event_id",
            "id|key|イベントID|事件編號|事件ID",
            "what makes it happen once; without it, all that is told of it",
        ),
    ),
    ImportKind.TAGS: (
        _LINE,
        _CUSTOMER,
        Column("tag", "tags|label|タグ|標籤|標記", "one name, or several separated by `;`"),
        Column(
            "expires_at",
            "expires|until|有効期限|期限|到期日|有效期限|到期時間",
            "when it ends",
        ),
    ),
}
"""By the kind of file. docs/imports.md tells the same, and a test holds it to this."""

NEEDED: Mapping[ImportKind, Sequence[tuple[str, ...]]] = {
    ImportKind.CONTACTS: [("customer_id", "line_user_id")],
    ImportKind.ORDERS: [("order_id",), ("customer_id", "line_user_id"), ("ordered_at",), ("total_amount",)],
    ImportKind.EVENTS: [("line_user_id", "customer_id"), ("event_type",), ("occurred_at",)],
    ImportKind.TAGS: [("line_user_id", "customer_id"), ("tag",)],
}
"""Of each line one column at least."""
MAY_HAVE_MORE = frozenset({ImportKind.CONTACTS, ImportKind.EVENTS})
"""Further columns become fields of contacts, and properties of events."""
OURS = ["row", "reason"]
"""With what our files of refused rows begin, which may come back put right; those refused again begin so twice."""


@dataclass(frozen=True)
class Layout:
    """Where the columns of one file stand."""

    kind: ImportKind
    header: tuple[str, ...]
    places: Mapping[str, int]
    further: Mapping[str, int]
    """Columns that are nobody's: name of the field or the property to its place."""


def read_header(kind: ImportKind, cells: Sequence[str]) -> Layout:
    """Find the columns of a file.

    :raises InvalidInput: one is there twice, one that is needed is missing, or one cannot be a name.
    """
    known = {
        _folded(word): column.name
        for column in COLUMNS[kind]
        for word in (column.name, *column.aliases.split("|"))
    }
    places: dict[str, int] = {}
    further: dict[str, int] = {}
    ours = 0
    while [cell.strip().lower() for cell in cells[ours : ours + 2]] == OURS:
        ours += 2
    for place, cell in enumerate(cells[ours:], ours):
        name = known.get(_folded(cell))
        if name is not None:
            _put(places, name, place, cells)
        elif cell.strip() and kind in MAY_HAVE_MORE:
            _put(further, _own_name(kind, cell), place, cells)
    missing = [" / ".join(names) for names in NEEDED[kind] if not any(name in places for name in names)]
    if missing:
        raise InvalidInput(
            {"file": f"has no column {', '.join(missing)}: its columns are {', '.join(cells)[:500]}"}
        )
    return Layout(kind, tuple(cells), places, further)


def _put(places: dict[str, int], name: str, place: int, cells: Sequence[str]) -> None:
    if name in places:
        raise InvalidInput(
            {"file": f"has {name} twice: the columns {cells[places[name]]!r} and {cells[place]!r} both are"}
        )
    places[name] = place


def _own_name(kind: ImportKind, cell: str) -> str:
    """Return the name of a field or a property: small letters where that is possible."""
    text = clean(cell)
    plain = re.sub(r"[\s\-]+", "_", text).lower()
    if re.fullmatch(event_types.NAME, plain):
        return plain
    if kind is ImportKind.EVENTS:
        raise InvalidInput(
            {
                "file": f"has the column {text[:80]!r}: a property is named in small letters a to z, digits and _"
            }
        )
    if len(text) > FIELD_NAME_LIMIT_CHARS or not text.isprintable():
        raise InvalidInput(
            {
                "file": f"has the column {text[:80]!r}: a field's name has {FIELD_NAME_LIMIT_CHARS} characters at most"
            }
        )
    return text


def _folded(text: str) -> str:
    return fold(text.strip())
