"""Both pages are minified; with the maps that the delivery uploaded their stacks are as they were written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import browser
import checks_errors
import ports
from checks import Check, Pending, World
from pitwatch_client import Client, Row
from places import SERVICES
from waiting import wait_for
from web_requests import ask

Frame = dict[str, Any]


def maps_are_not_served(world: World) -> str:
    """What is public names no map and has none beside it."""
    asked = 0
    for page, folder in (("web", "dist/browser"), ("admin", "dist")):
        scripts = sorted((SERVICES / page / folder).rglob("*.js"))
        assert scripts, f"{page} has no scripts"
        for script in scripts:
            assert "sourceMappingURL" not in script.read_text(), f"{script} names its map"
            path = script.relative_to(SERVICES / page / folder).as_posix()
            url = f"http://{ports.HOST}:{ports.GATEWAY}/{'admin/' if page == 'admin' else ''}{path}"
            answer = ask(f"{url}.map")
            assert b'"mappings"' not in answer.body, f"{url}.map is public"
            asked += 1
    return f"{asked} scripts, and no map of them can be fetched"


def maps_are_there(world: World) -> str:
    """The newest upload of each page is the build that is served: its debug ids are known."""
    client = world.pitwatch
    known = 0
    for page in ("web", "admin"):
        for script in sorted((SERVICES / page / "sourcemaps").rglob("*.js")):
            debug_id = script.read_text().rpartition("//# debugId=")[2].strip()
            path = f"/projects/{client.organization}/{page}/files/artifact-lookup/"
            assert client.get(path, debug_id=debug_id), f"nothing is known of debug id {debug_id} of {page}'s {script.name}"
            known += 1
    return f"the debug ids of {known} scripts lead to their uploads"


def angular(world: World) -> str:
    client = world.pitwatch.from_now()
    checks_errors.break_the_reels(world)
    return readable(world, newest(client, "web"), "web", "src/app/pages/slot/")


def react(world: World) -> str:
    client = world.pitwatch.from_now()
    browser.drive("blank", casino=world.state.casino)
    return readable(world, newest(client, "admin"), "admin", "src/")


def newest(client: Client, project: str) -> Row:
    """The newest error event of a page."""
    rows = wait_for(f"an error of {project}", lambda: client.events("errors", ["id", "timestamp"], "", project), 60)
    return client.get(f"/projects/{client.organization}/{project}/events/{rows[0]['id']}/")


def readable(world: World, event: Row, page: str, place: str) -> str:
    """The innermost frame of our own code is a line of our own source."""
    frames = [frame for frame in frames_of(event) if frame.get("inApp")]
    own = [frame for frame in frames if source_of(page, frame)]
    if not own and not explains_maps(world, event, page):
        raise Pending(f"{page}'s maps are uploaded; this Pitwatch does not use them yet ({event['title']!r})")
    assert own, f"no frame of {event['title']!r} is in a source of {page}: {[named(frame) for frame in frames]}"
    frame = own[-1]
    source = source_of(page, frame)
    assert source is not None
    line = source.read_text().splitlines()[frame["lineNo"] - 1]
    shown = dict(frame["context"]).get(frame["lineNo"])
    assert shown == line, f"{named(frame)} shows {shown!r}, and the source has {line!r}"
    assert place in frame["filename"], f"{named(frame)} is not in {place}"
    assert frame["function"], f"{named(frame)} has no function"
    return f"{event['title']!r} in {named(frame)}: {line.strip()!r}"


def frames_of(event: Row) -> list[Frame]:
    values = [value for entry in event["entries"] if entry["type"] == "exception" for value in entry["data"]["values"]]
    return [frame for value in values for frame in (value.get("stacktrace") or {}).get("frames", [])]


def source_of(page: str, frame: Frame) -> Path | None:
    """The file of the repository that a frame names."""
    name = str(frame.get("filename") or "")
    path = SERVICES / page / name[name.find("src/") :]
    return path if "src/" in name and path.suffix in (".ts", ".tsx") and path.is_file() else None


def explains_maps(world: World, event: Row, project: str) -> bool:
    """Whether Pitwatch can say why a frame is not readable: then it can also make them readable."""
    path = f"/projects/{world.pitwatch.organization}/{project}/events/{event['eventID']}/source-map-debug/"
    return world.pitwatch.request(path, frame_idx=0, exception_idx=0).status != 404


def named(frame: Frame) -> str:
    return f"{frame.get('filename')}:{frame.get('lineNo')} {frame.get('function')}"


CHECKS = [
    Check("maps are not public", maps_are_not_served),
    Check("maps are uploaded", maps_are_there),
    Check("Angular: file, function, line and source", angular),
    Check("React: file, function, line and source", react),
]
