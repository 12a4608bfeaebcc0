"""A page with a password, and the owner who knows it."""

from flask.testing import FlaskClient

from edge.config import WebConfig
from tests.web.room import Room, frame, status

SECRET = "guten tag mond"
#: What the password opens.
SEEN = ("/day", "/api/history", "/api/history.csv", "/api/calibration", "/metrics", "/snapshot.jpg", "/stream.mjpg")


def room(opened: str = "mood", kept: str = SECRET) -> Room:
    made = Room(web=WebConfig(password=kept, open=opened, snapshot=True, stream=True))
    made.status.put(status())
    made.picture = frame()
    return made


def code(client: FlaskClient, path: str, method: str = "GET", **sent: object) -> int:
    with client.open(path, method=method, **sent) as answer:  # type: ignore[arg-type]
        return answer.status_code


def known(made: Room, given: str = SECRET) -> FlaskClient:
    client = made.client()
    assert code(client, "/login", "POST", data={"password": given}) == 303
    return client


def bearer(made: Room) -> dict[str, str]:
    answer = made.client().post("/api/login", json={"password": SECRET})
    return {"Authorization": f"Bearer {answer.get_json()['token']}"}
