"""A noticeboard's long history, put up in one go."""

import itertools
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engagement.board.models import Post
from engagement.board.rules import Audience, PostKind
from estate import clock
from estate.search.rules import index_words
from tests.builders import Estate

THINGS = (
    *("cykel", "støvsuger", "boremaskine", "stige", "sofa", "lampe", "kaffe", "nøgler", "kat"),
    *("barnevogn", "gryde", "telt", "vinterdæk", "symaskine", "hylde", "plante", "bog", "hammer"),
)
AT_ONCE = 5000


def written(number: int) -> tuple[str, str]:
    """A believable title and text, a different one for each number."""
    first = THINGS[number % len(THINGS)]
    second = THINGS[number // len(THINGS) % len(THINGS)]
    title = f"Hvem har en {first} til låns?"
    return (
        title,
        f"Vi mangler en {first} i weekenden og har selv en {second}. Ring til nr. {number}.",
    )


def audiences(estate: Estate) -> list[dict[str, Any]]:
    """What amina reads: her stairwell, her building, her section."""
    stairwell, building, section = estate.stairwell, estate.building, estate.section
    everywhere = {"section_id": section, "building_id": None, "stairwell_id": None}
    return [
        {
            **everywhere,
            "audience": Audience.STAIRWELL,
            "topic": f"stairwell:{stairwell}",
            "building_id": building,
            "stairwell_id": stairwell,
        },
        {
            **everywhere,
            "audience": Audience.BUILDING,
            "topic": f"building:{building}",
            "building_id": building,
        },
        {**everywhere, "audience": Audience.SECTION, "topic": f"section:{section}"},
    ]


def hang_posts(session: Session, estate: Estate, count: int) -> None:
    """Put up so many posts over the last 25 days: all of them hang, whatever the count."""
    now = clock.now()
    kinds = itertools.cycle(PostKind)
    names = itertools.cycle(("amina", "yasmin", "jonas", "bent"))
    places = itertools.cycle(audiences(estate))
    rows = []
    for number in range(count):
        title, text = written(number)
        name = next(names)
        at = now - timedelta(days=25) * (number + 1) / (count + 1)
        rows.append(
            {
                **next(places),
                "author_id": estate.people[name],
                "author_name": name.capitalize(),
                "author_place": "Lærkevej 8",
                "kind": next(kinds),
                "title": title,
                "text": text,
                "language": "da",
                "posted_at": at,
                "bumped_at": at,
                "expires_at": at + timedelta(days=30),
                "search_words": index_words([title, text], "da"),
            }
        )
    for start in range(0, count, AT_ONCE):
        session.execute(sa.insert(Post), rows[start : start + AT_ONCE])
