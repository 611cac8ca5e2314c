"""One module a subject; the list at its foot is the table of who may do what."""

from web.pages import (
    board,
    devices,
    household,
    jobs,
    me,
    moderation,
    notifications,
    people,
    photos,
    privacy,
    pwa,
    sign_in,
    sign_in_oidc,
    system,
    threads,
    today,
)

PAGES = [
    *today.PAGES,
    *board.PAGES,
    *threads.PAGES,
    *photos.PAGES,
    *moderation.PAGES,
    *me.PAGES,
    *devices.PAGES,
    *notifications.PAGES,
    *household.PAGES,
    *people.PAGES,
    *sign_in_oidc.PAGES,
    *sign_in.PAGES,
    *pwa.PAGES,
    *jobs.PAGES,
    *privacy.PAGES,
    *system.PAGES,
]
