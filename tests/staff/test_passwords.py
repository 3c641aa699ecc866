"""Passwords: what is kept, what is refused, and how many are worked on at once."""

import threading
import time

import pytest
from argon2 import PasswordHasher, extract_parameters

from core.errors import InvalidInput
from staff.passwords import AT_ONCE, Passwords

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def test_what_is_kept_is_argon2id_with_the_parameters_of_the_rfc() -> None:
    passwords = Passwords()
    kept = passwords.hashed("correct horse battery")
    found = extract_parameters(kept)
    assert kept.startswith("$argon2id$")
    assert (found.memory_cost, found.time_cost, found.parallelism) == (65536, 3, 4)
    assert passwords.fits(kept, "correct horse battery")
    assert not passwords.fits(kept, "correct horse batterY")
    assert not passwords.is_outdated(kept)
    assert passwords.is_outdated(CHEAP.hash("x"))


def test_comparing_with_nothing_costs_the_same_and_never_fits() -> None:
    passwords = Passwords()
    assert extract_parameters(passwords._nobodys) == extract_parameters(passwords.hashed("whatever it is"))
    assert not passwords.fits(None, "")
    assert not passwords.fits(None, "whatever it is")
    assert not passwords.fits("no hash at all", "whatever it is")


@pytest.mark.parametrize("password", ["", "123456789", "x" * 201])
def test_too_short_and_absurdly_long_ones_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput):
        Passwords(CHEAP).hashed(password)


def test_a_prefix_of_a_password_is_not_the_password() -> None:
    passwords = Passwords(CHEAP)
    kept = passwords.hashed("x" * 200)
    assert not passwords.fits(kept, "x" * 201)


def test_few_are_worked_on_at_once() -> None:
    class Slow(PasswordHasher):
        now = most = 0

        def verify(self, *_: object) -> bool:  # type: ignore[override]
            Slow.now += 1
            Slow.most = max(Slow.most, Slow.now)
            time.sleep(0.02)
            Slow.now -= 1
            return True

    passwords = Passwords(Slow())
    threads = [threading.Thread(target=passwords.fits, args=["kept", "typed"]) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Slow.most == AT_ONCE
