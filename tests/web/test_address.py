"""Where the page says that it is. Whether the port can be had is tried in tests/web/server."""

from dataclasses import replace

import pytest

from edge.config import WebConfig
from edge.web.address import picture_address, reachable


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.1.1", "localhost", "::1"])
def test_a_page_for_this_device_only_has_no_address_for_others(host: str) -> None:
    assert reachable(WebConfig(host=host)) == ""


def test_a_page_that_others_can_open_has_an_address() -> None:
    assert reachable(WebConfig(host="10.0.0.2", port=80)) == "http://10.0.0.2:80/"
    assert reachable(WebConfig(host="fd00::2")) == "http://[fd00::2]:8080/"
    assert reachable(WebConfig(host="10.0.0.2", enabled=False)) == ""


def test_the_picture_has_an_address_where_others_may_see_it_without_a_password() -> None:
    shown = WebConfig(host="10.0.0.2", snapshot=True)
    assert picture_address(shown) == "http://10.0.0.2:8080/snapshot.jpg"
    assert picture_address(replace(shown, password="secret", open="everything")) == picture_address(shown)
    for other in (replace(shown, snapshot=False), replace(shown, password="secret"), replace(shown, host="localhost")):
        assert picture_address(other) == ""
