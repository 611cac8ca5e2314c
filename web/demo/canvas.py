"""A small easel: soft shapes on a 400 × 300 sheet, drawn large and shrunk to smooth edges."""

from collections.abc import Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 400, 300
SCALE = 4
SHRUNK = (1000, 750)

Colour = tuple[int, int, int]
Point = tuple[float, float]

ROOMS: Sequence[tuple[Colour, Colour, Colour]] = (
    ((236, 226, 208), (222, 206, 182), (188, 152, 116)),
    ((222, 230, 224), (200, 214, 206), (176, 146, 118)),
    ((238, 220, 208), (226, 200, 184), (170, 130, 104)),
    ((226, 228, 234), (204, 210, 220), (184, 158, 130)),
    ((240, 232, 214), (228, 214, 186), (160, 128, 100)),
)
"""Wall above, wall below, floor."""

ACCENTS: Sequence[Colour] = (
    (164, 62, 46),
    (38, 100, 82),
    (214, 156, 58),
    (78, 118, 152),
    (120, 84, 116),
    (190, 110, 84),
)


class Canvas:
    """A sheet with a wall and a floor, lit from the upper left."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.accent, self.second = chance.sample(ACCENTS, 2)
        high, low, floor = chance.choice(ROOMS)
        size = (WIDTH * SCALE, HEIGHT * SCALE)
        self.image = Image.composite(
            Image.new("RGB", size, low), Image.new("RGB", size, high), _gradient(size)
        )
        self._draw = ImageDraw.Draw(self.image)
        self.box((-10, 222, 410, 310), floor)
        self.box((-10, 222, 410, 226), shade(floor, 1.12))
        for y in (246, 274):
            self.line([(-5, y), (405, y)], shade(floor, 0.94), 1)

    def box(self, corners: Sequence[float], colour: Colour, radius: float = 0) -> None:
        """A rectangle (left, top, right, bottom) with rounded corners."""
        scaled = [value * SCALE for value in corners]
        self._draw.rounded_rectangle(scaled, radius * SCALE, colour)

    def disc(self, corners: Sequence[float], colour: Colour) -> None:
        """An ellipse inside a rectangle."""
        self._draw.ellipse([value * SCALE for value in corners], colour)

    def ring(self, corners: Sequence[float], colour: Colour, width: float) -> None:
        """An ellipse's outline."""
        scaled = [value * SCALE for value in corners]
        self._draw.ellipse(scaled, outline=colour, width=round(width * SCALE))

    def arc(
        self, corners: Sequence[float], angles: tuple[float, float], colour: Colour, width: float
    ) -> None:
        """A piece of an ellipse's outline, angles in degrees clockwise from three o'clock."""
        scaled = [value * SCALE for value in corners]
        self._draw.arc(scaled, *angles, colour, round(width * SCALE))

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        """A polygon."""
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], colour)

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """A line with round ends and joints."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(scaled, colour, round(width * SCALE), joint="curve")
        half = width * SCALE / 2
        for x, y in (scaled[0], scaled[-1]):
            self._draw.ellipse((x - half, y - half, x + half, y + half), colour)

    def shadow(self, corners: Sequence[float], strength: int = 70) -> None:
        """A soft shadow on what is already drawn; to be laid before the thing itself."""
        small = Image.new("L", (WIDTH, HEIGHT), 0)
        ImageDraw.Draw(small).ellipse(list(corners), strength)
        soft = small.filter(ImageFilter.GaussianBlur(6)).resize(self.image.size)
        dark = Image.new("RGB", self.image.size, (52, 38, 30))
        self.image.paste(dark, (0, 0), soft)

    def finished(self) -> Image.Image:
        """The picture, shrunk, with the light falling off towards the corners."""
        picture = self.image.resize(SHRUNK, Image.Resampling.LANCZOS)
        light = Image.radial_gradient("L").resize(SHRUNK).point([255 - v // 7 for v in range(256)])
        return ImageChops.multiply(picture, Image.merge("RGB", (light, light, light)))


def shade(colour: Colour, factor: float) -> Colour:
    """A colour lighter (above 1) or darker."""
    red, green, blue = (min(255, max(0, round(value * factor))) for value in colour)
    return red, green, blue


def _gradient(size: tuple[int, int]) -> Image.Image:
    return Image.linear_gradient("L").resize(size)
