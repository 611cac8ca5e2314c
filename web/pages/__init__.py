"""One module a subject; the list at its foot is the table of who may do what."""

from web.pages import (
    board,
    me,
    moderation,
    people,
    pwa,
    sign_in,
    system,
    today,
)

PAGES = [
    *today.PAGES,
    *board.PAGES,
    *moderation.PAGES,
    *me.PAGES,
    *people.PAGES,
    *sign_in.PAGES,
    *pwa.PAGES,
    *system.PAGES,
]
