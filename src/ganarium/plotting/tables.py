"""Tables as images, for programs that show images but no HTML."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ganarium.core.escape import printable
from ganarium.plotting.figures import import_matplotlib
from ganarium.plotting.images import png

SIZE, LINE, GAP, MARGIN = 15, 24, 24, 12  # font size, height of a row, gap between columns and margin, in pixels
LONGEST = 80  # characters of a cell
INK, RULE = "black", "#b0b0b0"


def table_png(head: Sequence[str], rows: Sequence[Sequence[str]], above: Sequence[str] = ()) -> bytes:
    """Return a PNG file with lines of text above a table, whose header is underlined."""
    import_matplotlib()
    from matplotlib import get_data_path  # for a font that has mathematical signs

    font = ImageFont.truetype(str(Path(get_data_path()) / "fonts/ttf/DejaVuSans.ttf"), SIZE)
    titles = [_shortened(text) for text in above]
    lines = [[_shortened(cell) for cell in row] for row in (head, *rows)]
    widths = [max(int(font.getlength(row[i])) for row in lines) + GAP for i in range(len(head))]
    width = max(sum(widths), *(int(font.getlength(text)) for text in titles), 0) + 2 * MARGIN
    image = Image.new("RGB", (width, (len(titles) + len(lines)) * LINE + 2 * MARGIN), "white")
    draw = ImageDraw.Draw(image)
    for number, text in enumerate(titles):
        draw.text((MARGIN, MARGIN + number * LINE), text, font=font, fill=INK)
    top, lefts = MARGIN + len(titles) * LINE, list(accumulate(widths, initial=MARGIN))
    for number, row in enumerate(lines):
        for left, text in zip(lefts, row, strict=False):
            draw.text((left, top + number * LINE), text, font=font, fill=INK)
    draw.line([(MARGIN, top + LINE - 3), (width - MARGIN, top + LINE - 3)], fill=RULE)
    return png(image)


def _shortened(cell: str) -> str:
    text = printable(cell)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
