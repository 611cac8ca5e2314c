"""Photos that were never taken: a drill, a sofa, a red cat, drawn the same way from every seed."""

import io
from collections.abc import Callable, Iterator, Mapping
from random import Random

from estate.photos.store import Picture, prepare
from web.demo.canvas import Canvas, Colour, shade

WOOD: Colour = (196, 150, 102)
DARK: Colour = (58, 52, 50)
STEEL: Colour = (168, 174, 178)
CREAM: Colour = (246, 240, 228)
GREEN: Colour = (74, 122, 82)
CARD: Colour = (200, 162, 118)
VARIANTS = 2


def drill(c: Canvas) -> None:
    """A cordless drill on the table."""
    c.shadow((92, 216, 330, 250))
    c.line([(292, 118), (352, 118)], STEEL, 5)
    c.box((258, 100, 298, 136), DARK, 6)
    c.box((120, 84, 266, 150), c.accent, 22)
    c.box((132, 92, 240, 106), shade(c.accent, 1.2), 7)
    c.shape([(146, 146), (206, 146), (196, 218), (136, 218)], shade(c.accent, 0.88))
    c.box((112, 206, 216, 238), DARK, 8)
    c.box((198, 152, 210, 174), DARK, 5)
    for x in (150, 164, 178):
        c.line([(x, 120), (x, 138)], shade(c.accent, 0.75), 3)


def ladder(c: Canvas) -> None:
    """A stepladder against the wall."""
    c.shadow((100, 240, 310, 268))
    c.line([(232, 54), (296, 252)], shade(STEEL, 0.82), 8)
    for n in range(5):
        y = 84 + n * 36
        left, right = 184 - n * 13, 220 - n * 4
        c.line([(left, y), (right, y)], shade(STEEL, 1.15), 9)
    c.line([(190, 52), (112, 256)], STEEL, 9)
    c.line([(224, 52), (192, 256)], STEEL, 9)
    c.box((178, 42, 244, 62), c.accent, 6)


def boxes(c: Canvas) -> None:
    """Moving boxes, one on top of another."""
    c.shadow((70, 236, 340, 268))
    for left, top, width, height in ((80, 150, 124, 102), (208, 164, 116, 88), (128, 62, 112, 88)):
        c.box((left, top, left + width, top + height), CARD, 3)
        c.box((left, top, left + width, top + 13), shade(CARD, 1.1), 3)
        middle = left + width / 2
        c.box((middle - 9, top, middle + 9, top + height * 0.45), shade(CARD, 1.22))
        c.box((left + 12, top + height - 26, left + 44, top + height - 12), c.accent, 2)


def sewing(c: Canvas) -> None:
    """A sewing machine."""
    c.shadow((76, 230, 330, 260))
    c.box((80, 214, 322, 244), shade(CREAM, 0.9), 8)
    c.box((252, 96, 306, 220), CREAM, 10)
    c.box((94, 92, 306, 140), CREAM, 18)
    c.box((94, 130, 138, 186), CREAM, 8)
    c.line([(116, 184), (116, 214)], STEEL, 4)
    c.box((100, 210, 134, 218), STEEL, 2)
    c.disc((290, 100, 330, 140), c.accent)
    c.disc((302, 112, 318, 128), shade(c.accent, 1.25))
    c.box((196, 70, 214, 94), c.second, 4)
    c.line([(205, 72), (150, 88), (116, 140)], c.second, 1.5)
    c.shape([(80, 226), (80, 206), (150, 206), (172, 226)], c.second)


def bike(c: Canvas) -> None:
    """A bicycle against the wall."""
    c.shadow((60, 246, 350, 268))
    for x in (122, 286):
        c.ring((x - 54, 144, x + 54, 252), DARK, 6)
        c.ring((x - 47, 151, x + 47, 245), shade(STEEL, 1.1), 1.5)
        c.disc((x - 6, 192, x + 6, 204), DARK)
    frame = c.accent
    c.line([(122, 198), (166, 128), (256, 128), (200, 202), (122, 198)], frame, 8)
    c.line([(166, 128), (200, 202)], frame, 8)
    c.line([(286, 198), (252, 112)], frame, 8)
    c.line([(252, 112), (246, 96), (278, 90)], DARK, 7)
    c.line([(162, 120), (158, 108)], STEEL, 6)
    c.box((134, 100, 186, 112), DARK, 6)
    c.ring((184, 186, 216, 218), STEEL, 4)
    c.shape([(270, 92), (322, 92), (314, 130), (276, 130)], WOOD)
    for y in (102, 114):
        c.line([(274, y), (318, y)], shade(WOOD, 0.8), 2)


def cat(c: Canvas) -> None:
    """A red and white cat, a little shy."""
    red, white = (206, 124, 64), (250, 244, 236)
    c.shadow((110, 238, 300, 266))
    c.arc((228, 150, 322, 262), (270, 110), red, 20)
    c.disc((132, 140, 278, 262), red)
    c.disc((166, 170, 244, 262), white)
    c.shape([(150, 108), (152, 44), (196, 82)], red)
    c.shape([(262, 108), (258, 44), (214, 82)], red)
    c.shape([(160, 84), (161, 60), (180, 78)], (232, 168, 150))
    c.shape([(250, 84), (249, 60), (232, 78)], (232, 168, 150))
    c.disc((142, 62, 270, 172), red)
    c.disc((176, 116, 236, 170), white)
    for x in (180, 232):
        c.disc((x - 11, 100, x + 11, 126), (206, 196, 92))
        c.disc((x - 4, 102, x + 4, 125), DARK)
    c.shape([(199, 132), (213, 132), (206, 141)], (214, 120, 112))
    for side in (-1, 1):
        for y in (138, 146):
            c.line([(206 + side * 22, y), (206 + side * 74, y - 6)], white, 1.2)
    for x in (172, 222):
        c.disc((x - 20, 238, x + 26, 264), white)
    for y in (72, 82):
        c.line([(206, y - 10), (206, y)], shade(red, 0.8), 5)


def tools(c: Canvas) -> None:
    """An open toolbox."""
    c.shadow((64, 234, 340, 264))
    c.line([(120, 172), (150, 84)], WOOD, 13)
    c.box((126, 62, 196, 92), STEEL, 5)
    c.line([(214, 174), (232, 74)], STEEL, 9)
    c.ring((214, 44, 256, 86), STEEL, 10)
    c.line([(276, 174), (286, 104)], STEEL, 5)
    c.box((272, 60, 304, 112), c.second, 9)
    c.box((84, 160, 320, 250), c.accent, 9)
    c.box((84, 160, 320, 176), shade(c.accent, 1.2), 6)
    c.box((176, 196, 228, 216), shade(c.accent, 0.72), 5)
    for x in (106, 284):
        c.box((x, 186, x + 14, 204), STEEL, 3)


def plant(c: Canvas) -> None:
    """A houseplant that grew out of its window."""
    c.shadow((128, 240, 282, 266))
    for angle, (x, y) in enumerate(((112, 96), (152, 52), (206, 38), (262, 56), (298, 102))):
        c.line([(205, 190), ((205 + x) / 2, (150 + y) / 2), (x, y + 20)], shade(GREEN, 0.8), 4)
        leaf = shade(GREEN, 0.92 + 0.09 * (angle % 3))
        c.disc((x - 36, y - 24, x + 36, y + 42), leaf)
        c.line([(x, y - 14), (x, y + 36)], shade(leaf, 1.2), 2)
    for x, y in ((158, 128), (250, 132), (204, 104)):
        c.disc((x - 30, y - 22, x + 30, y + 34), shade(GREEN, 1.12))
        c.line([(x, y - 14), (x, y + 28)], shade(GREEN, 1.35), 2)
    c.shape([(150, 178), (260, 178), (246, 256), (164, 256)], c.accent)
    c.box((142, 168, 268, 192), shade(c.accent, 1.15), 6)


def sledge(c: Canvas) -> None:
    """A wooden sledge."""
    c.shadow((60, 240, 340, 266))
    c.line([(82, 180), (66, 208), (84, 240), (322, 240)], shade(WOOD, 0.8), 9)
    for x in (140, 220, 296):
        c.line([(x, 192), (x, 238)], shade(WOOD, 0.86), 9)
    for n in range(4):
        c.box((98, 150 + n * 12, 328, 159 + n * 12), shade(WOOD, 1.02 + 0.05 * n), 4)
    c.line([(92, 170), (58, 150), (46, 92)], c.accent, 5)


def grill(c: Canvas) -> None:
    """A kettle grill."""
    c.shadow((110, 244, 300, 270))
    for x, end in ((172, 132), (205, 205), (238, 278)):
        c.line([(x, 180), (end, 256)], STEEL, 7)
    c.disc((120, 82, 290, 204), DARK)
    c.disc((120, 62, 290, 180), c.accent)
    c.box((116, 122, 294, 132), shade(DARK, 1.4), 4)
    c.disc((118, 112, 292, 142), shade(DARK, 1.2))
    c.disc((134, 116, 276, 138), shade(DARK, 0.8))
    for x in range(150, 270, 16):
        c.line([(x, 120), (x, 134)], STEEL, 1.5)
    for x in (166, 206, 240):
        c.line([(x - 14, 122), (x + 14, 128)], (176, 92, 62), 9)


def tree(c: Canvas) -> None:
    """A Christmas tree."""
    c.shadow((120, 250, 292, 274))
    c.box((194, 216, 218, 262), shade(WOOD, 0.72), 3)
    for n, width in enumerate((94, 76, 56)):
        top = 150 - n * 46
        c.shape(
            [(206, top - 30), (206 - width, top + 78), (206 + width, top + 78)],
            shade(GREEN, 0.86 + 0.1 * n),
        )
    for x, y in ((180, 200), (232, 188), (194, 148), (224, 122), (252, 216), (156, 216), (206, 88)):
        c.disc((x - 7, y - 7, x + 7, y + 7), c.chance.choice((c.accent, c.second, (226, 178, 76))))
    c.shape([(206, 8), (212, 26), (230, 26), (216, 37), (222, 56), (206, 45)], (232, 186, 84))
    c.shape([(206, 8), (200, 26), (182, 26), (196, 37), (190, 56), (206, 45)], (222, 174, 70))


def sofa(c: Canvas) -> None:
    """A three-seat sofa."""
    c.shadow((40, 238, 366, 270))
    for x in (78, 322):
        c.box((x - 7, 236, x + 7, 262), shade(WOOD, 0.7), 3)
    cloth = c.accent
    c.box((62, 104, 338, 212), shade(cloth, 0.92), 20)
    for n in range(3):
        left = 84 + n * 78
        c.box((left, 112, left + 76, 190), cloth, 14)
        c.box((left, 178, left + 76, 216), shade(cloth, 1.14), 10)
    c.box((58, 206, 342, 244), shade(cloth, 0.84), 9)
    for left in (40, 312):
        c.box((left, 140, left + 48, 244), shade(cloth, 1.04), 18)
    c.shape([(100, 128), (150, 122), (156, 172), (106, 178)], c.second)


def wardrobe(c: Canvas) -> None:
    """A white wardrobe."""
    c.shadow((104, 246, 312, 270))
    c.box((112, 30, 300, 256), CREAM, 5)
    c.box((112, 30, 300, 42), shade(CREAM, 0.92), 5)
    for left in (120, 209):
        c.box((left, 50, left + 83, 208), shade(CREAM, 0.965), 3)
        c.box((left + 8, 58, left + 75, 200), shade(CREAM, 1.02), 3)
    c.box((120, 214, 292, 248), shade(CREAM, 0.965), 3)
    for x in (196, 214):
        c.disc((x - 4, 126, x + 4, 134), c.accent)
    c.disc((202, 227, 210, 235), c.accent)


def lamp(c: Canvas) -> None:
    """A pendant over a table."""
    c.line([(204, -4), (204, 76)], DARK, 3)
    glow = (255, 236, 178)
    c.shape([(144, 150), (264, 150), (330, 236), (78, 236)], (248, 236, 206))
    c.disc((176, 132, 232, 176), glow)
    c.shape([(184, 74), (224, 74), (282, 152), (126, 152)], c.accent)
    c.disc((126, 140, 282, 164), shade(c.accent, 0.8))
    c.disc((140, 144, 268, 160), glow)
    c.box((190, 62, 218, 80), shade(c.accent, 1.2), 5)
    c.shadow((50, 234, 350, 262), 50)
    c.disc((46, 222, 362, 264), WOOD)
    c.disc((46, 218, 362, 258), shade(WOOD, 1.14))
    c.disc((176, 222, 236, 242), CREAM)
    c.disc((186, 225, 226, 239), shade(CREAM, 0.93))


def books(c: Canvas) -> None:
    """Books in a row and in a heap."""
    c.shadow((60, 236, 344, 264))
    colours = (c.accent, c.second, CREAM, (78, 118, 152), (214, 156, 58), (38, 100, 82))
    left = 76.0
    for n in range(7):
        width, height = c.chance.randrange(18, 32), c.chance.randrange(104, 156)
        colour = colours[n % len(colours)]
        c.box((left, 250 - height, left + width, 250), colour, 3)
        c.box((left + 3, 262 - height, left + width - 3, 268 - height), shade(colour, 0.75))
        left += width + 1
    for n in range(3):
        colour = colours[(n + 2) % len(colours)]
        c.box((left + 8 - n * 3, 230 - n * 22, left + 104 - n * 8, 250 - n * 22), colour, 4)
        c.box((left + 18, 236 - n * 22, left + 90 - n * 8, 239 - n * 22), shade(colour, 0.78))


def chair(c: Canvas) -> None:
    """A wooden chair."""
    c.shadow((130, 246, 296, 268))
    for x in (150, 262):
        c.line([(x, 52), (x, 166)], WOOD, 10)
    for y in (66, 92, 118):
        c.box((150, y, 262, y + 12), shade(WOOD, 1.1), 5)
    c.line([(158, 176), (146, 256)], shade(WOOD, 0.86), 10)
    c.line([(254, 176), (266, 256)], shade(WOOD, 0.86), 10)
    c.line([(174, 180), (172, 236)], shade(WOOD, 0.74), 8)
    c.line([(238, 180), (240, 236)], shade(WOOD, 0.74), 8)
    c.box((136, 158, 276, 184), c.accent, 10)
    c.box((142, 158, 270, 168), shade(c.accent, 1.2), 5)


def apples(c: Canvas) -> None:
    """A basket of apples."""
    c.shadow((76, 234, 334, 264))
    for x, y in (
        (134, 130),
        (180, 116),
        (228, 112),
        (272, 130),
        (156, 150),
        (206, 144),
        (252, 152),
    ):
        colour = c.chance.choice(((188, 62, 50), (206, 96, 56), (170, 176, 72)))
        c.disc((x - 28, y - 26, x + 28, y + 28), colour)
        c.disc((x - 18, y - 18, x - 4, y - 6), shade(colour, 1.28))
        c.line([(x, y - 24), (x + 5, y - 36)], shade(WOOD, 0.6), 3)
    c.shape([(88, 158), (322, 158), (298, 248), (112, 248)], WOOD)
    for n in range(4):
        y = 172 + n * 20
        c.line([(96 + n * 6, y), (314 - n * 6, y)], shade(WOOD, 0.84), 4)
    c.box((80, 148, 330, 168), shade(WOOD, 1.12), 9)


def pram(c: Canvas) -> None:
    """A pram."""
    c.shadow((66, 244, 338, 268))
    c.line([(112, 146), (56, 96), (44, 104)], DARK, 6)
    c.line([(140, 200), (262, 246)], STEEL, 6)
    c.line([(262, 200), (140, 246)], STEEL, 6)
    for x in (136, 268):
        c.ring((x - 34, 190, x + 34, 258), DARK, 7)
        c.disc((x - 7, 217, x + 7, 231), STEEL)
    c.box((104, 140, 306, 206), c.accent, 30)
    c.box((104, 136, 306, 152), shade(c.accent, 1.18), 6)
    c.shape([(206, 144), (206, 54), (262, 66), (300, 102), (308, 144)], shade(c.accent, 0.84))
    for x, y in ((252, 60), (290, 92)):
        c.line([(208, 142), (x, y)], shade(c.accent, 0.66), 3)
    c.box((118, 126, 196, 142), CREAM, 8)


def table(c: Canvas) -> None:
    """A long table laid for many."""
    for x in (70, 128, 190, 252, 316):
        c.box((x - 16, 120, x + 16, 172), shade(WOOD, 0.76), 6)
    c.shape([(40, 158), (360, 158), (396, 262), (4, 262)], CREAM)
    c.shape([(4, 262), (396, 262), (396, 286), (4, 286)], shade(CREAM, 0.9))
    c.shape([(176, 158), (224, 158), (238, 262), (162, 262)], c.accent)
    for x, y in ((78, 184), (136, 180), (264, 180), (322, 184), (60, 232), (122, 230), (282, 230)):
        c.disc((x - 24, y - 9, x + 24, y + 11), shade(CREAM, 0.88))
        c.disc((x - 16, y - 6, x + 16, y + 7), (255, 252, 246))
    for x, y in ((186, 176), (212, 208)):
        c.disc((x - 24, y - 4, x + 24, y + 20), c.second)
        c.disc((x - 19, y - 4, x + 19, y + 10), (206, 140, 70))
    c.box((330, 206, 350, 240), (122, 156, 150), 5)
    for n in range(7):
        x = 26 + n * 58
        c.shape([(x - 16, 30), (x + 16, 30), (x, 58)], (c.accent, c.second)[n % 2])
    c.line([(0, 26), (130, 32), (270, 32), (400, 26)], shade(WOOD, 0.7), 2)


def keys(c: Canvas) -> None:
    """A bunch of keys with a green elephant."""
    c.shadow((90, 226, 320, 262))
    c.ring((176, 60, 236, 120), STEEL, 6)
    for end, colour in (((112, 218), STEEL), ((168, 240), (198, 168, 92)), ((224, 236), STEEL)):
        c.line([(198, 116), end], colour, 9)
        c.disc((182, 100, 216, 134), colour)
        c.disc((193, 111, 205, 123), shade(colour, 0.6))
        x, y = end
        c.line([(x + 4, y - 22), (x + 18, y - 20)], colour, 6)
        c.line([(x + 1, y - 8), (x + 16, y - 6)], colour, 6)
    elephant = (92, 148, 96)
    c.line([(226, 112), (262, 146)], DARK, 3)
    c.disc((250, 140, 336, 204), elephant)
    c.box((262, 180, 280, 222), elephant, 7)
    c.box((304, 180, 322, 222), elephant, 7)
    c.disc((228, 138, 282, 190), shade(elephant, 1.08))
    c.line([(236, 168), (228, 196), (238, 208)], shade(elephant, 1.08), 10)
    c.disc((258, 142, 290, 184), shade(elephant, 0.86))
    c.disc((240, 154, 247, 161), DARK)


def teddy(c: Canvas) -> None:
    """A teddy bear with one eye."""
    fur = (176, 124, 78)
    c.shadow((116, 240, 294, 268))
    for x in (150, 262):
        c.disc((x - 30, 214, x + 30, 262), shade(fur, 0.92))
        c.disc((x - 16, 226, x + 16, 252), shade(fur, 1.24))
    c.disc((142, 136, 270, 254), fur)
    c.disc((168, 160, 244, 244), shade(fur, 1.2))
    for x in (138, 274):
        c.disc((x - 24, 148, x + 24, 220), shade(fur, 0.92))
    for x in (154, 258):
        c.disc((x - 26, 36, x + 26, 88), fur)
        c.disc((x - 14, 48, x + 14, 76), shade(fur, 1.24))
    c.disc((138, 44, 274, 158), fur)
    c.disc((176, 98, 236, 148), shade(fur, 1.26))
    c.disc((170, 84, 184, 98), DARK)
    c.line([(226, 86), (242, 98)], DARK, 3)
    c.line([(242, 86), (226, 98)], DARK, 3)
    c.disc((196, 102, 216, 116), DARK)
    c.arc((192, 108, 220, 134), (20, 160), DARK, 3)
    c.shape([(206, 160), (172, 146), (172, 178)], c.accent)
    c.shape([(206, 160), (240, 146), (240, 178)], c.accent)


DRAWINGS: Mapping[str, Callable[[Canvas], None]] = {
    drawing.__name__: drawing
    for drawing in (
        drill,
        ladder,
        boxes,
        sewing,
        bike,
        cat,
        tools,
        plant,
        sledge,
        grill,
        tree,
        sofa,
        wardrobe,
        lamp,
        books,
        chair,
        apples,
        pram,
        table,
        keys,
        teddy,
    )
}


def draw_all(seed: int) -> Iterator[tuple[str, Picture]]:
    """Every drawing in its variants, encoded like an uploaded photo."""
    for name, drawing in DRAWINGS.items():
        for variant in range(VARIANTS):
            yield name, draw(drawing, f"{seed}-{name}-{variant}")


def draw(drawing: Callable[[Canvas], None], seed: str) -> Picture:
    """One drawing, passed through the same gate as an uploaded photo."""
    canvas = Canvas(Random(seed))
    drawing(canvas)
    out = io.BytesIO()
    canvas.finished().save(out, "PNG", compress_level=1)
    return prepare(out.getvalue())
