"""Files on disk, by what they contain; and the one gate every uploaded picture passes."""

import contextlib
import hashlib
import importlib
import io
import os
import secrets
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from estate.language import N_, say
from estate.refusals import Problems

with contextlib.suppress(ImportError):  # optional extra `heic`: its wheel bundles a GPL codec
    importlib.import_module("pillow_heif").register_heif_opener()

LONGEST_SIDE = 1600
MAX_PIXELS = 50_000_000
QUALITY = 78
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF", "MPO")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture decoded, turned upright, shrunk and encoded anew as WebP; no metadata is left."""

    data: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        """SHA-256 of the file, hex: its name on disk."""
        return hashlib.sha256(self.data).hexdigest()


def prepare(data: bytes, field: str = "photos") -> Picture:
    """Decode an upload and encode it anew (at most 1600 px a side).

    Raises Problems on `field` for anything that is not a picture, is truncated, or has more than
    50 million pixels. Only the first frame of an animation is kept.
    """
    not_a_picture = Problems({field: say(N_("This file is not a picture we can read."))})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise not_a_picture from None
    with image:
        if image.width * image.height > MAX_PIXELS:
            raise Problems(
                {field: say(N_("This picture is too large. Take it again in a smaller size."))}
            )
        try:
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
            plain = upright.convert("RGB")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, MemoryError):
            raise not_a_picture from None
    out = io.BytesIO()
    plain.save(out, "WEBP", quality=QUALITY, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return Picture(out.getvalue(), plain.width, plain.height)


class Store:
    """The folder of picture files: `ab/abcdef….webp`, written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: str) -> Path:
        """Where a file lies."""
        return self.folder / digest[:2] / f"{digest}.webp"

    def keep(self, picture: Picture) -> None:
        """Write a picture's file and make sure it is on the disk before anything refers to it."""
        path = self.path(picture.digest)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{secrets.token_hex(8)}.new")
        with fresh.open("wb") as file:
            file.write(picture.data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def drop(self, digest: str) -> None:
        """Remove a file whose last owner let go."""
        self.path(digest).unlink(missing_ok=True)
