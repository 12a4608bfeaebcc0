"""What one visitor may have: places, requests, tries; and that what is remembered of them is bounded."""

import time

import pytest
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from edge.config import WebConfig
from edge.web import guard, shares, site
from edge.web.shares import Places, Rates, client
from tests.web.room import Room, entry, status


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.168.1.5", "192.168.1.6", False),
        ("192.168.1.5", "::ffff:192.168.1.5", True),
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        (None, "", True),
    ],
)
def test_addresses_of_one_visitor_are_one(one: str | None, other: str, same: bool) -> None:
    assert (client(one) == client(other)) is same


def test_places_are_taken_and_given_back_once() -> None:
    places = Places(2, 2, "things")
    first, second = places.enter("a"), places.enter("b")
    with pytest.raises(ServiceUnavailable, match="2 things already"):
        places.enter("c")
    first.leave()
    first.leave()
    assert places.present == 1
    places.enter("c")
    second.leave()
    assert places.present == 1


def test_one_visitor_has_its_share_of_places() -> None:
    places = Places(3, 2, "things")
    places.enter("a"), places.enter("a")
    with pytest.raises(TooManyRequests, match="2 things from your address"):
        places.enter("a")
    places.enter("b")


def test_of_who_has_most_one_gives_way_to_who_has_less() -> None:
    places = Places(3, 3, "viewers", yielding=True)
    hers = [places.enter("a") for _ in range(3)]
    his = places.enter("b")
    assert [place.ended for place in hers] == [False, False, True]
    hers[2].leave()
    assert places.present == 3
    with pytest.raises(ServiceUnavailable):
        places.enter("b")
    with pytest.raises(ServiceUnavailable):
        places.enter("a")
    places.enter("c")
    assert not his.ended


def test_a_budget_is_spent_and_comes_back() -> None:
    now = 100.0
    rates = Rates(3, 10.0, lambda: now)
    for _ in range(3):
        assert rates.wait("a") == 0
        rates.spend("a")
    assert rates.wait("a") == 10
    assert rates.wait("b") == 0
    now += 10
    assert rates.wait("a") == 0
    rates.spend("a")
    assert rates.wait("a") == 10
    rates.forgive("a")
    assert rates.wait("a") == 0


def test_of_ever_more_addresses_only_the_last_are_remembered() -> None:
    rates = Rates(1, 1000.0)
    for number in range(3 * shares.REMEMBERED):
        rates.spend(str(number))
    assert len(rates._whole_at) == shares.REMEMBERED
    assert rates.wait("0") == 0
    assert rates.wait(str(3 * shares.REMEMBERED - 1)) > 0


@pytest.mark.parametrize(("path", "most"), [("/api/fact", guard.REQUESTS), ("/", guard.DEAR_REQUESTS)])
def test_who_asks_too_often_is_told_so_in_a_line_and_others_are_not_concerned(path: str, most: int) -> None:
    room = Room()
    room.status.put(status())
    browser = room.client()
    codes = [browser.get(path).status_code for _ in range(2 * most)]
    assert codes[:most] == [200] * most
    assert codes[-1] == 429
    answer = browser.get(path)
    assert answer.headers["Retry-After"] == "1"
    assert "too many requests" in answer.get_data(as_text=True)
    assert browser.get(path, environ_base={"REMOTE_ADDR": "192.168.1.9"}).status_code == 200
    assert browser.get("/healthz").status_code == 200
    assert browser.post("/api/camera", json={"on": False}).status_code == 202


def test_long_answers_are_given_to_few_at_a_time() -> None:
    room = Room(web=WebConfig(max_viewers=1))
    assert room.history
    room.history.entries = [entry(time.time() - 60, "happy", "sad")]
    browser = room.client()
    held = [browser.get("/api/history", buffered=False) for _ in range(site.ANSWERS_EACH)]
    assert browser.get("/api/history.csv").status_code == 429
    other = {"REMOTE_ADDR": "192.168.1.9"}
    held.append(browser.get("/api/history", buffered=False, environ_base=other))
    assert browser.get("/api/history", environ_base={"REMOTE_ADDR": "192.168.1.10"}).status_code == 503
    assert browser.get("/").status_code == 200
    for answer in held:
        answer.close()
    assert browser.get("/api/history").status_code == 200
