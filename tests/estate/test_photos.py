"""The one gate that every uploaded picture passes."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from estate.photos.store import LONGEST_SIDE, SMALL_SIDE, KeptFolder, prepare
from estate.refusals import Problems
from tests.pictures import DRAWING, bomb, encoded, located, moving, picture

SEEDS = [
    *(picture(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF")),
    *(moving(kind) for kind in ("GIF", "WEBP", "PNG", "MPO")),
    located(),
    picture("JPEG", progressive=True),
]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF"])
def test_what_phones_take_becomes_a_webp_of_the_same_size(kind: str) -> None:
    kept = prepare(picture(kind))
    image = opened(kept.data)
    assert (image.format, image.size) == ("WEBP", (64, 48))
    assert (kept.width, kept.height) == (64, 48)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "I;16", "LA"])
def test_any_kind_of_colour_is_kept_as_plain_colour(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    image = Image.new(mode, (20, 10))
    assert opened(prepare(encoded(image, kind)).data).mode == "RGB"


def test_where_a_photo_was_taken_is_gone_and_it_stands_upright() -> None:
    source = located()
    assert opened(source).getexif().get_ifd(0x8825)
    kept = prepare(source)
    image = opened(kept.data)
    assert image.size == (48, 64)
    assert dict(image.getexif()) == {}
    assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)
    assert b"Telefonmager" not in kept.data


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_kept_as_its_first_picture(kind: str) -> None:
    image = opened(prepare(moving(kind)).data)
    assert getattr(image, "n_frames", 1) == 1
    red, green, blue = image.convert("RGB").getpixel((16, 16))  # type: ignore[misc]
    assert red > 200 > 100 > max(green, blue)


def test_a_large_photo_is_shrunk() -> None:
    kept = prepare(picture("JPEG", (4000, 3000)))
    assert (kept.width, kept.height) == (LONGEST_SIDE, 1200)
    assert max(opened(kept.small).size) == SMALL_SIDE


def test_the_same_photo_has_the_same_name() -> None:
    assert prepare(SEEDS[0]).digest == prepare(SEEDS[0]).digest


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 10_000,
        DRAWING,
        b"%PDF-1.7\n",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        picture("JPEG")[:-400],
        picture("PNG")[:300],
        encoded(Image.new("RGB", (8, 8)), "TIFF"),
        encoded(Image.new("RGB", (8, 8)), "BMP"),
        encoded(Image.new("RGB", (8, 8)), "ICO"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(Problems) as refused:
        prepare(data)
    assert set(refused.value.problems) == {"photos"}


def test_a_small_file_of_nine_hundred_million_pixels_is_refused_unread() -> None:
    data = bomb()
    assert len(data) < 200_000
    with pytest.raises(Problems) as refused:
        prepare(data)
    assert "too large" in refused.value.problems["photos"].text


@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(0, 100_000), st.binary(max_size=6)), max_size=8),
    cut=st.integers(0, 4_000),
)
def test_a_damaged_picture_is_kept_or_refused_and_nothing_else(
    seed: bytes, changes: list[tuple[int, bytes]], cut: int
) -> None:
    data = bytearray(seed)
    for place, put in changes:
        at = place % len(data)
        data[at : at + len(put)] = put
    try:
        kept = prepare(bytes(data[: len(data) - cut % len(data)]))
    except Problems:
        return
    assert opened(kept.data).format == "WEBP"


def test_of_photos_not_yet_sent_the_newest_few_are_kept_for_their_own_person(
    tmp_path: Path,
) -> None:
    shots = [prepare(picture(size=(20 + number, 20))) for number in range(5)]
    room = sum(len(shot.data) for shot in shots[3:])
    few, little = KeptFolder(tmp_path / "few", 3, 10**9), KeptFolder(tmp_path / "little", 9, room)
    for place, shot in enumerate(shots):
        for kept in (few, little):
            kept.keep(7, shot)
            os.utime(kept.folder / "7" / f"{shot.digest}.webp", (place, place))
    for kept, left in ((few, 3), (little, 2)):
        found = [kept.find(7, shot.digest) for shot in shots]
        assert found == [*[None] * (5 - left), *shots[5 - left :]]
        assert kept.find(8, shots[4].digest) is None
        assert len(list(kept.folder.glob("*/*"))) == 2 * left
