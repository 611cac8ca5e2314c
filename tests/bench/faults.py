"""The staff's inbox as cases pile up, and reports with three photos beside bare Pillow."""

import dataclasses
import io
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import httpx2
from PIL import Image, ImageOps
from sqlalchemy import insert, select

from engagement.cases.models import Case
from engagement.cases.rules import Kind, Origin, State
from engagement.categories.rules import Urgency
from estate import clock
from estate.access import actions as access
from estate.access.models import Beginning
from estate.database import Database
from estate.people.models import RoleHolding
from estate.permissions import Role
from estate.photos.store import LONGEST_SIDE, QUALITY, SMALL_SIDE
from estate.places.models import Building, Home, Stairwell
from tests.bench.house import Measured, house_with
from tests.bench.rows import Row, median
from tests.pictures import picture
from web.visits import SESSION_COOKIE

TAKES = 5
REPORTS = 6
PHOTOS = 3
PHONE = (3000, 4000)
"""Twelve megapixels, as a phone takes them."""

OPEN, CLOSED, FEW = 20_000, 200_000, 200
A_STEP = 2_000


def measure() -> list[Row]:
    """First the inbox, then the reports; both in turns with what they are compared with."""
    return [*_inbox(), _photos()]


def _inbox() -> list[Row]:
    few, many = [], []
    with house_with(0) as small, house_with(0) as large:
        fewer, more = _filled(small, FEW, 0), _filled(large, OPEN, CLOSED)
        for house in (fewer, more):
            house.load("/desk/faults", seconds=1, connections=1)
        for _ in range(TAKES):
            few.append(fewer.load("/desk/faults", seconds=2, connections=1).p50)
            many.append(more.load("/desk/faults", seconds=2, connections=1).p50)
    note = f"p50 at one connection, {OPEN} open and {CLOSED} closed cases beside {FEW} open"
    return [Row("faults inbox", "ms", min(many), min(few), 1.5, at_most=True, note=note)]


def _filled(house: Measured, opened: int, closed: int) -> Measured:
    """The house with so many faults, as the office sees it."""
    database = Database(house.database_url)
    with database.write() as session:
        person = session.scalars(
            select(RoleHolding.person_id).where(RoleHolding.role == Role.OFFICE)
        ).first()
        token = access.begin_session(session, person or 0, Beginning.PASSKEY, "wrk")
        home = session.execute(
            select(Building.section_id, Home.stairwell_id, Home.id)
            .join(Stairwell, Home.stairwell_id == Stairwell.id)
            .join(Building, Stairwell.building_id == Building.id)
            .order_by(Home.id)
        ).first()
        for first in range(0, opened + closed, A_STEP):
            numbers = range(first, min(first + A_STEP, opened + closed))
            session.execute(insert(Case), [_row(n, n < opened, home) for n in numbers])
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    database.close()
    return dataclasses.replace(house, cookie=f"{SESSION_COOKIE}={token}")


def _row(n: int, is_open: bool, home: Sequence[int] | None) -> dict[str, object]:
    section, stairwell, number = home or (0, 0, 0)
    now = clock.now()
    came = now - timedelta(minutes=n)
    return {
        "kind": Kind.FAULT,
        "state": State.NEW if is_open else State.CLOSED,
        "category": "tap_drip",
        "urgency": list(Urgency)[n % len(Urgency)],
        "section_id": section,
        "home_id": number,
        "stairwell_id": stairwell,
        "origin": Origin.APP,
        "text": "Den drypper hele natten. " * 8,
        "language": "da",
        "answers": {},
        "made_at": came,
        "received_at": came,
        "last_at": came,
        "due_at": came + timedelta(days=3),
        "closed_at": None if is_open else now,
    }


def _photos() -> Row:
    """Photos a second of reports that come one after another, and of Pillow in one thread."""
    taken = [picture("JPEG", (PHONE[0] + n, PHONE[1]), quality=85) for n in range(PHOTOS)]
    files = [("photos", (f"{n}.jpg", photo, "image/jpeg")) for n, photo in enumerate(taken)]
    ours, bare = [], []
    with house_with(0) as house:
        database = Database(house.database_url)
        with database.read() as session:
            home = session.scalars(select(Home.id).order_by(Home.id)).first()
        database.close()
        fields = {"category": "tap_drip", "place": f"home:{home}", "q-tap_drip-which": "kitchen"}
        headers = {"Cookie": house.cookie, "Origin": house.url}
        with httpx2.Client(base_url=house.url, headers=headers, timeout=60) as client:

            def report() -> None:
                sent = client.post("/faults/new", data=fields, files=files)
                if sent.status_code != 303:
                    raise RuntimeError(f"A report was answered {sent.status_code}.")

            def by_hand() -> None:
                for photo in taken:
                    _by_hand(photo)

            for _ in range(TAKES):
                ours.append(_rate(report))
                bare.append(_rate(by_hand))
    note = f"reports with {PHOTOS} photos of 12 megapixels, one at a time"
    return Row(
        "faults photos", "photos/s", median(ours), median(bare), 0.8, at_most=False, note=note
    )


def _rate(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for _ in range(REPORTS):
        work()
    return REPORTS * PHOTOS / (time.perf_counter() - begun)


def _by_hand(data: bytes) -> None:
    """What a report's photo needs: upright, smaller, without notes, in two sizes, as WebP."""
    with Image.open(io.BytesIO(data)) as image:
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        plain = upright.convert("RGB")
    for side in (LONGEST_SIDE, SMALL_SIDE):
        plain.thumbnail((side, side), Image.Resampling.LANCZOS)
        plain.save(io.BytesIO(), "WEBP", quality=QUALITY, method=4)
