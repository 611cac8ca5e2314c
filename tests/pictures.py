"""Pictures for tests, good and bad."""

import io
import struct
import zlib

from PIL import Image


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **more: object) -> bytes:
    """A small picture with something on it, the same in every run."""
    radial, linear = (
        Image.radial_gradient("L").resize(size),
        Image.linear_gradient("L").resize(size),
    )
    return encoded(Image.merge("RGB", (radial, linear, radial)), kind, **more)


def encoded(image: Image.Image, kind: str, **more: object) -> bytes:
    """A picture's file."""
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def located() -> bytes:
    """A photo that says where and by what it was taken, and that it lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Telefonmager"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (55.0, 40.0, 34.0), "E", (12.0, 34.0, 6.0)
    return picture("JPEG", exif=exif)


def moving(kind: str = "GIF") -> bytes:
    """An animation: red, then green, then blue."""
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)


def bomb(side: int = 30_000) -> bytes:
    """A valid black PNG of side × side pixels in a few kilobytes."""
    row = bytes(1 + (side + 7) // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = (_chunk(b"IHDR", head), _chunk(b"IDAT", data), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
"""What a browser would run, under whatever name it comes."""
