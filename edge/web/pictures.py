"""/snapshot.jpg and /stream.mjpg: off by default; drawn and encoded only when requested."""

import time
from collections.abc import Callable, Iterator

from flask import Blueprint, Response, abort, request

from edge.languages import OF_THE_DEVICE, sure_percent, sureness, texts
from edge.mailbox import Closed
from edge.records import Expression, Frame, Image
from edge.status import Status
from edge.web.live import LOOK_SECONDS, stream
from edge.web.shares import client
from edge.web.site import Site

JPEG_QUALITY = 80
STREAM_FPS = 5.0
BOUNDARY = "moodcast-frame"
#: The moods' colours of page.css, as BGR.
COLOURS = {
    "angry": (74, 96, 224),
    "disgust": (72, 173, 138),
    "fear": (207, 130, 156),
    "happy": (34, 171, 239),
    "neutral": (168, 179, 121),
    "sad": (209, 149, 107),
    "surprise": (168, 134, 238),
}
INK = (255, 255, 255)  # for a face without an expression
SHADE = (28, 34, 43)


def blueprint(site: Site) -> Blueprint:
    pictures = Blueprint("pictures", __name__)

    @pictures.get("/snapshot.jpg")
    def snapshot() -> Response:
        if not site.config.web.snapshot:
            abort(404, "snapshots are off: set web.snapshot: true in config.yaml")
        picture = _picture(site)
        if picture is None:
            abort(503, "no picture: the camera is off or starting, or the daemon hangs")
        place = site.answers.enter(client(request.remote_addr))
        response = Response(jpeg(*picture), mimetype="image/jpeg")
        response.call_on_close(place.leave)
        return response

    @pictures.get("/stream.mjpg")
    def moving() -> Response:
        if not site.config.web.stream:
            abort(404, "the stream is off: set web.stream: true in config.yaml")
        return stream(site, f"multipart/x-mixed-replace; boundary={BOUNDARY}", lambda over: _parts(site, over))

    return pictures


def _picture(site: Site) -> tuple[Frame, Status] | None:
    """The present frame and status; None while the camera is off or the daemon hangs, even if a frame is still in
    memory."""
    frame, status = site.frame(), site.status.peek()
    if frame is None or status is None or not status.camera_on or not site.healthy():
        return None
    return frame, status


def _parts(site: Site, over: Callable[[], bool]) -> Iterator[bytes]:
    version: int = 0
    shown: Frame | None = None
    while not over():
        try:
            news = site.status.wait(after=version, timeout=LOOK_SECONDS)
        except Closed:  # the daemon ends
            return
        picture = _picture(site)
        if news is None or picture is None or picture[0] is shown:
            version = news[0] if news else version
            continue
        version, shown = news[0], picture[0]
        data = jpeg(*picture)
        head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
        yield head.encode() + data + b"\r\n"
        time.sleep(1 / STREAM_FPS)


def jpeg(frame: Frame, status: Status) -> bytes:
    """The frame as JPEG, with a box and a label for each face."""
    import cv2

    drawn = frame.bgr().copy()
    for face in status.faces:
        box = face.box.clipped(frame.width, frame.height)
        corners = (box.x, box.y), (box.x + box.w, box.y + box.h)
        cv2.rectangle(drawn, *corners, SHADE, 4)
        colour = COLOURS[face.expression.label] if face.expression else INK
        cv2.rectangle(drawn, *corners, colour, 2)
        if face.expression:
            _write(drawn, label(face.expression), box.x, box.y, colour)
    done, data = cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError("OpenCV could not encode the frame as JPEG")
    return data.tobytes()


def label(expression: Expression) -> str:
    """In English, as the log: OpenCV writes no other letters."""
    degree = sureness(texts(OF_THE_DEVICE), expression.confidence)
    return f"{degree} {expression.label} {sure_percent(expression.confidence)}%"


def _write(drawn: Image, text: str, x: int, y: int, colour: tuple[int, int, int]) -> None:
    """Writes dark text on the mood's colour."""
    import cv2

    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.6, 1)
    x, foot = max(2, min(x, drawn.shape[1] - wide - 8)), max(y - 8, high + 6)
    cv2.rectangle(drawn, (x - 2, foot - high - 6), (x + wide + 8, foot + 8), colour, cv2.FILLED)
    cv2.putText(drawn, text, (x + 3, foot), cv2.FONT_HERSHEY_SIMPLEX, 0.6, SHADE, 1, cv2.LINE_AA)
