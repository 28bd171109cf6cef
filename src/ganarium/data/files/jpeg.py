"""How a JPEG is stored, as far as its decoder's memory depends on it (ITU T.81, annex B)."""

from collections.abc import Iterator

FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # markers of frames, without three that are none
PROGRESSIVE = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
SCAN = 0xDA
WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))


def comes_in_rows(content: bytes) -> bool:
    """Whether one scan holds all colours, row by row; else a decoder holds all of the picture at its full size."""
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
    """Markers with what belongs to them, up to where order ends."""
    place = 2
    while place + 1 < len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        place += 1 if marker == 0xFF else 2
        if marker == 0xFF or marker in WITHOUT_LENGTH:
            continue
        length = int.from_bytes(content[place : place + 2])
        yield marker, content[place + 2 : place + length]
        place += max(2, length)
