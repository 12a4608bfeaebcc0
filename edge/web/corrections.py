"""Corrections of the mood ("Not quite?"): taken, counted, shown, exported and deleted."""

import time
from collections.abc import Iterable, Mapping

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from edge.past import RIGHT, Correction
from edge.records import MOODS
from edge.web import shapes
from edge.web.api import sent_json
from edge.web.guard import spend
from edge.web.shares import client
from edge.web.site import Site
from edge.web.words import words

MAX_BYTES = 512
MAX_ROWS = 50  # of the page's list


def blueprint(site: Site) -> Blueprint:
    corrections = Blueprint("corrections", __name__)

    @corrections.post("/api/corrections")
    def add() -> tuple[shapes.Json, int]:
        return correct(site, sent_json(MAX_BYTES)), 201

    @corrections.get("/api/corrections")
    def everything() -> shapes.Json:
        found = site.corrections.all()
        return {"counts": count_pairs(found), "corrections": [shapes.correction_json(one) for one in found]}

    @corrections.get("/api/corrections.csv")
    def table() -> Response:
        response = Response(site.corrections.table(), mimetype="text/csv")
        response.headers["Content-Disposition"] = "attachment; filename=moodcast-corrections.csv"
        return response

    @corrections.delete("/api/corrections")
    def forget() -> shapes.Json:
        return {"forgotten": forget_all(site)}

    @corrections.post("/correction")
    def form() -> AnyResponse:
        correct(site, request.form)
        return redirect(url_for("corrections.page"), 303)

    @corrections.post("/corrections/forget")
    def forget_form() -> AnyResponse:
        if request.form.get("sure") != "yes":
            abort(400, "tick that it is to be forgotten for good")
        forget_all(site)
        return redirect(url_for("corrections.page"), 303)

    @corrections.get("/corrections/face.png")
    def face() -> Response:
        """One of the faces that were kept."""
        picture = site.faces.picture(request.args.get("name", ""))
        if picture is None:
            abort(404, "no such face is kept")
        return Response(picture, mimetype="image/png")

    @corrections.post("/corrections/face/forget")
    def forget_face() -> AnyResponse:
        spend(site.writes, client(request.remote_addr))
        if not site.faces.forget(request.form.get("name", "")):
            abort(503, "it cannot be taken away now, the log on the device says why")
        return redirect(url_for("corrections.page", _anchor="faces"), 303)

    @corrections.get("/corrections")
    def page() -> str:
        """What the device got wrong."""
        found = site.corrections.all()
        return render_template(
            "corrections.html",
            name=site.config.device.name,
            titles=words()["moods"],
            counts=count_pairs(found),
            right=[right for right in RIGHT if any(one.right == right for one in found)],
            total=len(found),
            kept=[(name, name.partition("/")[0]) for name in reversed(site.faces.names())],
            keeps=site.faces.wanted,
            rows=[(one.at, one.said, one.right) for one in reversed(found[-MAX_ROWS:])],
        )

    return corrections


def count_pairs(corrections: Iterable[Correction]) -> dict[str, dict[str, int]]:
    """The number of corrections by the shown mood, then by the right one; in the order of MOODS."""
    found: dict[str, dict[str, int]] = {}
    for one in corrections:
        of = found.setdefault(one.said, {})
        of[one.right] = of.get(one.right, 0) + 1
    return {said: found[said] for said in MOODS if said in found}


def correct(site: Site, sent: Mapping[str, object]) -> shapes.Json:
    """Keeps a correction: the shown mood was `said` (the present one unless given), really it was `right`.

    Raises HTTPException: 400 for other words, 503 before the first status and where it cannot be written.
    """
    present = site.status.peek()
    if present is None:
        abort(503, "no status yet: the camera is starting")
    said, right = sent.get("said", present.mood), sent.get("right")
    if not isinstance(said, str) or said not in MOODS or not isinstance(right, str) or right not in RIGHT:
        abort(400, f'send what was right, {{"right": "neutral"}}, one of {", ".join(RIGHT)}')
    spend(site.writes, client(request.remote_addr))
    made = Correction(time.time(), said, present.expression, present.confidence, right)
    if not site.corrections.add(made):
        abort(503, "it cannot be written now, the log on the device says why")
    site.faces.keep(right, made.at)
    return shapes.correction_json(made)


def forget_all(site: Site) -> int:
    """Deletes all corrections and kept faces; returns the number of corrections. Raises 503 where it cannot."""
    spend(site.writes, client(request.remote_addr))
    there = len(site.corrections.all())
    if not (site.corrections.forget() and site.faces.forget()):
        abort(503, "nothing was forgotten: it cannot be written now, the log on the device says why")
    return there
