"""The line of a TOML text on which a key stands; rests on tomllib, which tells no lines of what it could read."""

import re
import tomllib

MOST_LINES = 1000  # the search reads the text once per line


def present(data, place: tuple) -> tuple:
    """The longest beginning of `place`, keys and indices, that is there in `data`."""
    found: tuple = ()
    for step in place:
        there = isinstance(data, dict) and step in data
        there = there or (isinstance(data, list) and isinstance(step, int) and step < len(data))
        if not there:
            break
        data, found = data[step], (*found, step)
    return found


def line_of(text: str, place: tuple) -> int | None:
    """The number, from 1, of the line on which the value at `place` begins; None for the whole text.

    The first lines of a text that are TOML by themselves and hold the place end with its value; this value begins
    after the last lines that were TOML without it. A place that is not there has the line of what should hold it.
    """
    lines = text.splitlines()
    place = present(tomllib.loads(text), place)
    if not place or len(lines) > MOST_LINES:
        return None
    before = 0
    for n in range(1, len(lines) + 1):
        try:
            data = tomllib.loads("\n".join(lines[:n]) + "\n")
        except tomllib.TOMLDecodeError:
            continue
        if present(data, place) == place:
            return _refined(lines[before:n], place) + before
        before = n
    return None


def _refined(lines: list[str], place: tuple) -> int:
    """Among the lines of one value, that of the last key of the place."""
    key = next((str(step) for step in reversed(place) if isinstance(step, str)), "")
    pattern = re.compile(rf"(?<![\w-]){re.escape(key)}[\"']?\s*=")
    return next((n for n, line in enumerate(lines, 1) if pattern.search(line)), 1)
