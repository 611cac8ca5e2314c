"""How the noticeboard slows down as its history grows."""

from tests.bench.house import house_with
from tests.bench.rows import Row, median

TAKES = 5
FEW, MANY = 1_000, 100_000


def measure() -> list[Row]:
    """The middle latency of `/board` with 100,000 posts behind it beside that with 1,000.

    Both houses stand at once and are asked in turns, so that a busy moment meets both.
    """
    few, many = [], []
    with house_with(FEW) as small, house_with(MANY) as large:
        for house in (small, large):
            house.load("/board", seconds=1, connections=1)
        for _ in range(TAKES):
            few.append(small.load("/board", seconds=2, connections=1).p50)
            many.append(large.load("/board", seconds=2, connections=1).p50)
    note = f"p50 at one connection, {MANY} posts beside {FEW}"
    return [Row("growth", "ms", median(many), median(few), 1.2, at_most=True, note=note)]
