"""LINE's signature: the one writing that counts, and all those that do not."""

import ast
import base64
import hashlib
import hmac
import inspect
import json

import pytest

from line.signature import is_signed, sign

OURS, NEXT, FOREIGN = "8c570fa6dd201bb328f1c1eac23a96d8", "0123456789abcdef" * 2, "f" * 32
BODY = '{"destination": "U1", "events": [{"text": "好"}]}'.encode()
DIGEST = hmac.digest(OURS.encode(), BODY, hashlib.sha256)
GOOD = base64.b64encode(DIGEST).decode()


def test_lines_own_example_is_signed_the_same() -> None:
    body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
    assert sign(OURS, body) == "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="


@pytest.mark.parametrize("secrets", [[OURS], [OURS, NEXT], [NEXT, OURS]])
def test_any_of_our_secrets_will_do(secrets: list[str]) -> None:
    assert is_signed(secrets, BODY, sign(OURS, BODY))


WRONG = {
    "missing": "",
    "nothing but padding": "=",
    "of another channel": sign(FOREIGN, BODY),
    "of the next body": sign(OURS, BODY + b" "),
    "of the empty body": sign(OURS, b""),
    "of the JSON written anew": sign(OURS, json.dumps(json.loads(BODY)).encode()),
    "of the JSON written short": sign(OURS, json.dumps(json.loads(BODY), separators=(",", ":")).encode()),
    "in hexadecimal": DIGEST.hex(),
    "as text of its bytes": DIGEST.decode("latin-1"),
    "without padding": GOOD.rstrip("="),
    "with more padding": GOOD + "=",
    "with another last letter of the same bytes": GOOD[:-2] + chr(ord(GOOD[-2]) + 1) + "=",
    "for addresses": GOOD.replace("+", "-").replace("/", "_") + ("" if set(GOOD) & set("+/") else "-"),
    "in lower case": GOOD.lower(),
    "in upper case": GOOD.upper(),
    "with a space before it": " " + GOOD,
    "with a line end": GOOD + "\r\n",
    "with a scheme": f"sha256={GOOD}",
    "twice": f"{GOOD}, {GOOD}",
    "beside a wrong one": f"{sign(FOREIGN, BODY)},{GOOD}",
    "of SHA-1": base64.b64encode(hmac.digest(OURS.encode(), BODY, hashlib.sha1)).decode(),
    "not of this alphabet": "簽章",
    "half of a pair": "\ud83d",
    "with a zero byte": GOOD + "\0",
    "a million letters": "A" * 1_000_000,
}


@pytest.mark.parametrize("given", WRONG.values(), ids=WRONG)
def test_nothing_else_will(given: str) -> None:
    assert not is_signed([OURS, NEXT], BODY, given)


def test_without_a_secret_nothing_is_signed() -> None:
    assert not is_signed([], BODY, sign("", BODY))


def test_how_much_of_it_was_right_is_not_told_by_the_time_it_takes() -> None:
    """Time cannot be asserted here; that nothing compares but what takes equally long, and always, can."""
    nodes = list(ast.walk(ast.parse(inspect.getsource(is_signed))))
    assert not [node for node in nodes if isinstance(node, ast.Compare | ast.GeneratorExp | ast.If)]
    assert "compare_digest" in {node.attr for node in nodes if isinstance(node, ast.Attribute)}
