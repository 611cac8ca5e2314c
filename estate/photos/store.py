"""Files on disk, by what they contain; and the one gate every uploaded picture passes."""

import contextlib
import importlib
import io
import struct
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps
from typing_extensions import override

from estate.files.store import Shelf, digest_of, write_whole
from estate.language import N_, say
from estate.refusals import Problems

with contextlib.suppress(ImportError):  # optional extra `heic`: its wheel bundles a GPL codec
    importlib.import_module("pillow_heif").register_heif_opener()
Image.init()

# Our own limit is lower and refuses; and what Pillow thinks of a broken picture is nobody's news.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

LONGEST_SIDE = 1600
SMALL_SIDE = 480
MAX_PIXELS = 50_000_000
QUALITY = 78
SMALL = ".small"
NAME_LENGTH = 40
UNREADABLE = N_("Opgang cannot read {name} as a picture. Take it out or choose another.")
TOO_LARGE = N_("{name} is too large. Take the picture again in a smaller size.")
KNOWN = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF")
FORMATS: list[str] = [name for name in KNOWN if name in Image.OPEN]
BROKEN = (
    *(OSError, ValueError, SyntaxError, RuntimeError, OverflowError, EOFError, MemoryError),
    *(KeyError, IndexError, TypeError, struct.error, zlib.error, Image.DecompressionBombError),
)
"""What Pillow's decoders raise over a broken picture, by reading them and by trying."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture decoded, turned upright, shrunk and encoded anew as WebP; no metadata is left.

    `small` is the same at most 480 px a side, for lists.
    """

    data: bytes
    small: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        """SHA-256 of the file, hex: its name on disk."""
        return digest_of(self.data)


def shown_name(name: str) -> str:
    """A file's name as it is shown again: no control characters, its ending kept when long."""
    plain = "".join(letter for letter in name if letter.isprintable())
    return plain if len(plain) <= NAME_LENGTH else f"…{plain[1 - NAME_LENGTH :]}"


def prepare(data: bytes, name: str = "") -> Picture:
    """Decode an upload and encode it anew (at most 1600 px a side).

    Raises Problems on `photos`, naming the file, for anything that is not a picture, is truncated,
    or has more than 50 million pixels. Only the first frame of an animation is kept.
    """
    not_a_picture = Problems({"photos": say(UNREADABLE, name=shown_name(name))})
    too_large = Problems({"photos": say(TOO_LARGE, name=shown_name(name))})
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise too_large from None
    except BROKEN:
        raise not_a_picture from None
    with image:
        if image.width * image.height > MAX_PIXELS:
            raise too_large
        try:
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
            plain = upright.convert("RGB")
        except BROKEN:
            raise not_a_picture from None
    width, height = plain.size
    data = _encode(plain)
    plain.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS)
    return Picture(data, _encode(plain), width, height)


def _encode(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return out.getvalue()


class Store(Shelf):
    """The folder of picture files: `ab/abcdef….webp` and `….small.webp`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ".webp")

    def small_path(self, digest: str) -> Path:
        """Where its small rendition lies."""
        return self.path(digest).with_name(f"{digest}{SMALL}{self.ending}")

    @override
    def paths(self, digest: str) -> Sequence[Path]:
        return (self.small_path(digest), self.path(digest))

    def keep(self, picture: Picture) -> None:
        """Write a picture's files, and see them onto the disk before a row refers to them."""
        digest = picture.digest
        contents = {self.small_path(digest): picture.small, self.path(digest): picture.data}
        self.place(contents)


class KeptFolder:
    """Pictures of forms that were not sent yet: a folder a person, outside the store.

    At most so many, of so many bytes together, are kept for one person; the oldest go first.
    """

    def __init__(self, folder: Path, most: int, most_bytes: int) -> None:
        self.folder = folder
        self._most, self._most_bytes = most, most_bytes

    def keep(self, person: int, picture: Picture) -> None:
        """Keep a picture for this person until it is older than the others or swept away."""
        small = self._small_path(person, picture.digest)
        small.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(small, picture.small)
        write_whole(self._path(person, picture.digest), picture.data)
        self._make_room(person)

    def find(self, person: int, digest: str) -> Picture | None:
        """A picture kept for this person, and for nobody else."""
        path = self._path(person, digest)
        try:
            data, small = path.read_bytes(), self._small_path(person, digest).read_bytes()
            with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
                return Picture(data, small, *image.size)
        except (FileNotFoundError, OSError):
            return None

    def _make_room(self, person: int) -> None:
        kept = [path for path in self._of(person).glob("*.webp") if not path.stem.endswith(SMALL)]
        room = self._most_bytes
        for place, path in enumerate(sorted(kept, key=_age, reverse=True), 1):
            room -= _size(path)
            if place > self._most or (room < 0 and place > 1):
                path.unlink(missing_ok=True)
                self._small_path(person, path.stem).unlink(missing_ok=True)

    def _of(self, person: int) -> Path:
        return self.folder / str(person)

    def _path(self, person: int, digest: str) -> Path:
        return self._of(person) / f"{digest}.webp"

    def _small_path(self, person: int, digest: str) -> Path:
        return self._of(person) / f"{digest}{SMALL}.webp"


def _age(path: Path) -> float:
    """When a file was written; one that is gone meanwhile is the oldest of all."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
