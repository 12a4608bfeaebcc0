"""What each subcommand does. Each returns the exit status, or raises an EdgeError that is one line and status 2."""

import argparse
import getpass
import json
import logging
import os
import re
import signal
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import cv2

from edge import config as configuration
from edge.camera.folder import Folder
from edge.camera.opening import open_source
from edge.camera.source import Source
from edge.cli import bench as benchmark
from edge.cli.judge import judge, read_segments
from edge.cli.recording import Tally, play
from edge.config import Config
from edge.errors import CameraError, EdgeError, PictureError
from edge.languages import OF_THE_DEVICE, sure_percent, texts, told
from edge.outputs.machine import Machine
from edge.password import LONGEST_BYTES, make, too_short
from edge.photos import PhotoDesk
from edge.picture.decode import read_bytes
from edge.pipeline import build_pipeline
from edge.records import ExpressionChange, Face, MoodChange
from edge.vision.classifier import Classifier
from edge.vision.model import load_model

#: `replay --why` explains the mood at every change, and this often between.
WHY_SECONDS = 10.0
#: The demo has no end; `bench` plays this much of it.
DEMO_BENCH_FRAMES = 600


def load_config(args: argparse.Namespace) -> Config:
    """Loads the configuration the command was given; sets its log level and number of threads."""
    config = configuration.load(args.config, os.environ)
    logging.getLogger().setLevel(config.log_level.upper())
    cv2.setNumThreads(config.pace.threads)
    return config


def run(args: argparse.Namespace) -> int:
    from edge import app  # here, for it imports the MQTT client, which few commands need

    app.run(load_config(args), "demo" if args.demo else args.source)
    return 0


def check(args: argparse.Namespace) -> int:
    from edge.cli.checks import check as run_checks
    from edge.cli.pi import notes

    config = load_config(args)
    findings = run_checks(config, args.source, os.environ, offline=args.offline)
    for finding in findings:
        print(f"{'ok     ' if finding.ok else 'PROBLEM'} {finding.subject}: {finding.text}")
    for line in configuration.outdated(config):
        print(f"note    config: {line}")
    for note in notes(time.time()):
        print(f"note    machine: {note}")
    if args.snapshot is not None:
        from edge.cli.viewfinder import take_snapshot

        areas = take_snapshot(config, args.source, args.snapshot)
        print(f"{args.snapshot}: one picture of the camera, with a grid; the areas of its {len(areas)} faces, for")
        print(f"  faces: {{ignore: [{', '.join(areas)}]}}")
    return 0 if all(finding.ok for finding in findings) else 2


def home(args: argparse.Namespace) -> int:
    from edge.cli.home import Home

    config = load_config(args)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    Home(config, stop).run()
    return 0


def report(args: argparse.Namespace) -> int:
    from edge.cli.report import report as reported

    config = load_config(args)
    try:
        token = args.token.read_text(encoding="utf-8").strip() if args.token else ""
    except (OSError, UnicodeDecodeError) as error:
        raise EdgeError(f"--token {args.token}: cannot be read: {getattr(error, 'strerror', error)}") from error
    if not re.fullmatch(r"[!-~]{0,500}", token):
        raise EdgeError(f"--token {args.token}: holds no token, which is one word")
    for line in reported(config, args.minutes, token, os.environ):
        print(line, flush=True)
    return 0


def forget(args: argparse.Namespace) -> int:
    from edge.outputs.broker_error import BrokerError
    from edge.outputs.traces import forget as forget_device

    config = load_config(args)
    if not config.mqtt.enabled:
        print("mqtt.enabled is false: nothing to forget")
        return 0
    device = replace(config.device, id=args.id or config.device.id)
    try:
        cleared = forget_device(config.mqtt, device)
    except BrokerError as error:
        raise EdgeError(f"nothing was forgotten: {error}") from error
    print(f"the broker keeps nothing of {device.id} any more ({len(cleared)} topics cleared)")
    return 0


def password(args: argparse.Namespace) -> int:
    """Prints only the hash to stdout, so that it can go into a file; texts for people go to stderr."""
    if sys.stdin.isatty():
        given = getpass.getpass("The page's password: ")
        if given != getpass.getpass("The same again: "):
            raise EdgeError("the two are not the same: nothing was made")
    else:
        given = sys.stdin.readline(LONGEST_BYTES).rstrip("\r\n")
    if wrong := too_short(given):
        raise EdgeError(f"the password {wrong}: nothing was made")
    print(make(given))
    if sys.stdout.isatty():
        print(
            "Put this line into a file that only Moodcast may read, and name it in web.password_file.", file=sys.stderr
        )
    return 0


def photo(args: argparse.Namespace) -> int:
    config = load_config(args)
    failed = False
    with closing(PhotoDesk(config.model.path)) as read:
        for path in args.images:
            try:
                faces = read(read_bytes(path)).faces
            except PictureError as error:
                failed = True
                line = json.dumps({"file": str(path), "error": str(error)}) if args.json else f"{path}: {error}"
            else:
                found = {"file": str(path), "faces": [face.to_json() for face in faces]}
                line = json.dumps(found) if args.json else faces_line(path, faces)
            print(line, flush=True)
    return 1 if failed else 0


def faces_line(path: Path, faces: tuple[Face, ...]) -> str:
    """The faces of one photo for people."""
    each = [
        f"{seen.label} {sure_percent(seen.confidence)}% at {face.box.x},{face.box.y} ({face.box.w}×{face.box.h})"
        for face in faces
        if (seen := face.expression) is not None
    ]
    return f"{path}: {', '.join(each) or 'no face'}"


def open_recording(config: Config, media: str, fps: float | None = None) -> Source:
    """Opens recorded media, to be played once. Raises CameraError for a live camera."""
    source = open_source(replace(config.camera, loop=False), media, fps, option="")
    if source.live:
        source.close()
        raise CameraError(f"{media}: a live camera; this command needs a video or a folder of images")
    return source


def replay(args: argparse.Namespace) -> int:
    config = load_config(args)
    if args.media == "demo":
        raise CameraError("demo: it has no end; give a video or a folder of images, or start `run --demo`")
    segments = read_segments(args.truth, args.media) if args.truth else None
    pipeline = build_pipeline(config, load_model(config.model.path, config.model.threads), Random(0))
    tally, expressions, changes = Tally(), list[ExpressionChange](), list[MoodChange]()
    explained_at = float("-inf")
    with closing(open_recording(config, args.media, args.fps)) as source:
        # For a folder --fps is the rate of its images; the pace decides which of them are looked at.
        fps = None if isinstance(source, Folder) else args.fps
        for reading in play(iter(source.read, None), pipeline, tally, fps):
            new = [change for change in (reading.expression_change, reading.change) if change is not None]
            for change in new:
                print(json.dumps(change_json(change)) if args.json else change_line(change), flush=True)
            expressions += [change for change in new if isinstance(change, ExpressionChange)]
            changes += [change for change in new if isinstance(change, MoodChange)]
            if args.why and (new or reading.t >= explained_at + WHY_SECONDS):
                explained_at = reading.t
                for line in (told(texts(OF_THE_DEVICE), reason) for reason in reading.why):
                    print(json.dumps({"t": round(reading.t, 3), "why": line}) if args.json else f"{'':12}{line}")
    verdict = judge(expressions, changes, segments, tally.seconds) if segments is not None else None
    if args.json:
        summary = {"summary": summary_json(tally) | ({"truth": verdict.to_dict()} if verdict else {})}
        print(json.dumps(summary))
    else:
        for line in [summary_line(tally), *(verdict.lines() if verdict else [])]:
            print(line)
    return 0


def change_json(change: ExpressionChange | MoodChange) -> dict[str, Any]:
    """A change as `replay --json` prints it."""
    if isinstance(change, ExpressionChange):
        return {
            "t": round(change.at, 3),
            "expression": change.expression,
            "previous": change.previous,
            "confidence": round(change.confidence, 4),
            "faces": change.face_count,
        }
    return {
        "t": round(change.at, 3),
        "mood": change.mood,
        "previous": change.previous,
        "strength": round(change.strength, 4),
        "faces": change.face_count,
        "playlist": change.playlist and change.playlist.to_json(),
    }


def change_line(change: ExpressionChange | MoodChange) -> str:
    """The same for people; MOOD marks a change of mood."""
    if isinstance(change, ExpressionChange):
        how = f"  {sure_percent(change.confidence)}%, faces: {change.face_count}" if change.face_count else ""
        return f"{change.at:8.2f} s  {change.previous} → {change.expression}{how}"
    playlist = f"  ♪ {change.playlist.name}" if change.playlist else ""
    return f"{change.at:8.2f} s  MOOD {change.previous} → {change.mood}{playlist}"


def summary_json(tally: Tally) -> dict[str, Any]:
    """The summary of `replay --json`; `frames_with_face` counts all frames, analysed or not."""
    return {
        "frames": tally.frames,
        "seconds": round(tally.seconds, 3),
        "expression_changes": tally.expression_changes,
        "mood_changes": tally.changes,
        "mood_changes_per_hour": round(tally.changes_per_hour, 2),
        "presence_share": round(tally.presence_share, 4),
        "cpu_ms_per_frame": round(tally.cpu_ms_per_frame, 3),
        "frames_with_face": tally.frames_with_face,
    }


def summary_line(tally: Tally) -> str:
    return (
        f"{tally.seconds:.1f} s, {tally.frames} frames ({tally.analysed} analysed), "
        f"{tally.frames_with_face} with a face, {tally.expression_changes} changes of expression, "
        f"{tally.changes} of mood, {tally.cpu_ms_per_frame:.2f} ms CPU a frame"
    )


def bench(args: argparse.Namespace) -> int:
    config = load_config(args)
    model = load_model(config.model.path, config.model.threads)
    pipeline = build_pipeline(config, model, Random(0))
    # The plain loop has an interpreter of its own: neither side profits from the other's warm-up.
    classifier = Classifier(load_model(config.model.path, config.model.threads))
    with closing(open_recording(config, args.media or "demo")) as source:
        frames = islice(iter(source.read, None), None if args.media else DEMO_BENCH_FRAMES)
        result = benchmark.bench(frames, pipeline, classifier, Machine().read().rss_mib or 0.0)
    print(json.dumps(result) if args.json else benchmark.table(result))
    return 0
