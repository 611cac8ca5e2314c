"""The photos of a thing as a page shows them: small, each leading to the whole."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engagement.board import actions as board
from estate.photos.queries import photos_of
from web.visits import Visit

Shown = Mapping[str, Any]
"""One photo: address, thumb, width, height and text, as `photo_grid` shows it."""

SMALL = "480"
"""What `?w=` asks for to get the small one: its width in pixels."""


def photos_at(visit: Visit, post: int, address: Callable[[int], str]) -> Sequence[Shown]:
    """A post's photos as `photo_grid` shows them; `address` says where each is."""
    return shown_photos(visit, board.OWNER, post, address)


def shown_photos(
    visit: Visit, owner_kind: str, owner: int, address: Callable[[int], str]
) -> Sequence[Shown]:
    """The photos of any owner in the same way; whoever asks may see the owner."""
    return [
        {
            "address": address(one.n),
            "thumb": f"{address(one.n)}?w={SMALL}",
            "width": one.width,
            "height": one.height,
            "text": "",
        }
        for one in photos_of(visit.session, owner_kind, owner)
    ]
