"""A signed-in resident's noticeboard, beside the same bytes from a bare response."""

from tests.bench.house import house_with
from tests.bench.rows import Row, median

TAKES = 3
POSTS = 10_000


def measure() -> list[Row]:
    """Requests a second at 16 connections, in turns with the reference; and the p99."""
    ours, bare = [], []
    with house_with(POSTS) as house:
        page = house.fetch("/board")
        (house.folder / "bare.html").write_bytes(page)
        if house.fetch("/bare/page") != page:
            raise RuntimeError("The reference serves other bytes.")
        house.load("/board", seconds=2)
        for _ in range(TAKES):
            bare.append(house.load("/bare/page"))
            ours.append(house.load("/board"))
    note = f"{POSTS} posts, {len(page)} bytes, one process, SQLite, 16 connections"
    rate, reference = median([take.rate for take in ours]), median([take.rate for take in bare])
    p99 = median([take.p99 for take in ours])
    return [
        Row("page", "requests/s", rate, reference, 0.12, at_most=False, note=note),
        Row("page p99", "ms", p99, None, 30, at_most=True, note=note),
    ]
