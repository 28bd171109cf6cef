"""Parse the structure of a JPEG that determines its decoder's memory (ITU T.81, annex B)."""

from collections.abc import Iterator

FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # frame markers; three codes mean something else
PROGRESSIVE = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
SCAN = 0xDA
WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))


def comes_in_rows(content: bytes) -> bool:
    """Return whether one scan holds all colours, row by row; otherwise a decoder holds the picture at full size."""
    components = 0
    for marker, segment in _segments(content):
        if marker in PROGRESSIVE:
            return False
        if marker in FRAMES:
            components = segment[5] if len(segment) > 5 else 0
        if marker == SCAN:
            return bool(components) and segment[:1] == bytes([components])
    return False


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield markers and their segments, up to the first invalid byte."""
    place = 2
    while place + 1 < len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        place += 1 if marker == 0xFF else 2
        if marker == 0xFF or marker in WITHOUT_LENGTH:
            continue
        length = int.from_bytes(content[place : place + 2])
        yield marker, content[place + 2 : place + length]
        place += max(2, length)
