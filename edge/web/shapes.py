"""Records as the JSON of the HTTP contract (docs/api.md). Pure."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import chain, islice
from random import Random
from typing import Any

from edge.languages import Texts, told
from edge.past import Correction, HistoryEntry, Quarter
from edge.records import LABELS, Face, Playlist, scores_json
from edge.status import Status
from edge.web.facts import FACTS, Fact, another
from edge.web.ports import Photo

Json = dict[str, Any]


def iso(epoch: float) -> str:
    """Wall-clock seconds as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds")


def _iso_or_none(epoch: float | None) -> str | None:
    return None if epoch is None else iso(epoch)


def status_json(status: Status, calibration: str, of: Texts) -> Json:
    """The present moment, with the names of the MQTT state; `why` in the language `of`."""
    return {
        "mood": status.mood,
        "since": iso(status.since),
        "strength": round(status.strength, 4),
        "shares": scores_json(status.shares),
        "expression": {
            "label": status.expression,
            "confidence": round(status.confidence, 4),
            "since": iso(status.expression_since),
        },
        "presence": status.presence,
        "faces": len(status.faces),
        "playlist": status.playlist and status.playlist.to_json(),
        "music": {
            "mood": status.music.mood,
            "cheering": status.music.cheering,
            "held_until": _iso_or_none(status.music.held_until),
            "quiet_until": _iso_or_none(status.music.quiet_until),
        },
        "scores": scores_json(status.scores),
        "why": [told(of, reason) for reason in status.why],
        "camera": "ON" if status.camera_on else "OFF",
        "camera_state": status.camera.word,
        "camera_until": _iso_or_none(status.camera_until),
        "camera_why": status.camera_why,
        "problem": problem(status),
        "calibration": calibration,
        "model": status.model,
        "health": asdict(status.health) if status.health else None,
    }


def problem(status: Status) -> str:
    """The problem of the camera or its switch; else empty."""
    return status.camera.problem or (status.health.problem if status.health else "")


def view_json(status: Status) -> Json:
    """Where the faces are, in pixels of the frame."""
    width, height = status.frame_size
    return {"frame": {"width": width, "height": height}, "view": [_in_view(face) for face in status.faces]}


def _in_view(face: Face) -> Json:
    expression = face.expression
    return {
        "box": face.box.to_json(),
        "label": expression.label if expression else None,
        "confidence": round(expression.confidence, 4) if expression else None,
    }


def photo_json(photo: Photo, playlists: Mapping[str, tuple[Playlist, ...]], rng: Random) -> Json:
    """`faces` as `photo --json` prints them, largest first; the mood and a playlist of the largest; `whole`: the mood
    of all of them; a fact that fits `whole`."""
    largest_first = sorted(photo.faces, key=lambda face: face.box.area, reverse=True)
    faces = [face.to_json() for face in largest_first if face.expression]
    mood = faces[0]["label"] if faces else None
    fitting = playlists.get(str(mood), ())
    return {
        "faces": faces,
        "image": {"width": photo.width, "height": photo.height},
        "mood": mood,
        "playlist": rng.choice(fitting).to_json() if fitting else None,
        "whole": (whole := _whole(faces, playlists, rng)),
        "fact": fact_json(*another(FACTS, None, rng, whole["mood"] if whole else "")),
    }


def _whole(faces: Sequence[Json], playlists: Mapping[str, tuple[Playlist, ...]], rng: Random) -> Json | None:
    """The mood of all faces, with equal weights; None without a face."""
    if not faces:
        return None
    mean = {label: sum(face["scores"][label] for face in faces) / len(faces) for label in LABELS}
    mood = max(mean, key=mean.__getitem__)
    fitting = playlists.get(mood, ())
    return {
        "mood": mood,
        "confidence": round(mean[mood], 4),
        "playlist": rng.choice(fitting).to_json() if fitting else None,
    }


def fact_json(number: int, fact: Fact) -> Json:
    """`link` is the last paper's."""
    papers = [{"source": paper, "link": link} for paper, link in fact.papers]
    return {"id": number, "text": fact.text, "source": fact.source, "link": papers[-1]["link"], "papers": papers}


def entry_json(entry: HistoryEntry) -> Json:
    return {
        "at": iso(entry.at),
        "mood": entry.mood,
        "previous": entry.previous,
        "strength": round(entry.strength, 4),
        "faces": entry.face_count,
        "playlist": entry.playlist and entry.playlist.to_json(),
    }


def correction_json(one: Correction) -> Json:
    expression = {"label": one.expression, "confidence": round(one.confidence, 4)}
    return {"at": iso(one.at), "said": one.said, "right": one.right, "expression": expression}


CSV_COLUMNS = ("at", "mood", "previous", "strength", "faces", "playlist", "url")


def history_json(
    hours: float, entries: Iterable[HistoryEntry], quarters: Iterable[Quarter], part: int
) -> Iterator[str]:
    """`{"hours", "changes", "quarters"}`, the changes in pieces of `part` entries."""
    yield f'{{"hours":{json.dumps(hours)},"changes":['
    comma = ""
    for some in _pieces(entries, part):
        yield comma + ",".join(json.dumps(entry_json(e), ensure_ascii=False, separators=(",", ":")) for e in some)
        comma = ","
    yield '],"quarters":'
    yield json.dumps([quarter_json(quarter) for quarter in quarters], separators=(",", ":"))
    yield "}\n"


def quarter_json(quarter: Quarter) -> Json:
    """For how many seconds somebody was seen, and each expression's share of that."""
    return {"at": iso(quarter.at), "seconds": round(sum(quarter.seconds)), "shares": scores_json(quarter.shares)}


def history_csv(entries: Iterable[HistoryEntry], part: int) -> Iterator[str]:
    """A table with column names, in pieces of `part` entries."""
    for rows in chain([[CSV_COLUMNS]], map(csv_rows, _pieces(entries, part))):
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        yield text.getvalue()


def _pieces(entries: Iterable[HistoryEntry], part: int) -> Iterator[list[HistoryEntry]]:
    left = iter(entries)
    while some := list(islice(left, part)):
        yield some


def csv_rows(entries: Iterable[HistoryEntry]) -> Iterable[tuple[str, ...]]:
    for entry in entries:
        name, url = (entry.playlist.name, entry.playlist.url) if entry.playlist else ("", "")
        yield iso(entry.at), entry.mood, entry.previous, f"{entry.strength:.4f}", str(entry.face_count), name, url
