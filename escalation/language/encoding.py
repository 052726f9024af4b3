"""Bytes to characters: UTF-8, with or without a byte order mark, and no characters that an editor hides.

Those that turn the direction of writing are among them: after one, what is shown is not what is read, in an editor,
a terminal or a report. Hebrew and Arabic do without.
"""

import codecs
import re

from escalation.language.faults import Fault
from escalation.model.process import Origin

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]|\r(?!\n)"
)
_MOST = 20
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def decode(data: str | bytes, file: str, layer: str = "scenario") -> tuple[str | None, list[Fault]]:
    """The text without its byte order mark; None when the bytes are no UTF-8 or hold lone carriage returns.

    A control character is a fault and becomes U+FFFD, so that the rest can still be read.
    """
    if isinstance(data, bytes):
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:4]:
            place = Origin(file, 1, 1, layer)
            return None, [Fault.at(place, "this file is not in UTF-8, but in UTF-16 or UTF-32", "save it as UTF-8")]
        try:
            return _screen(data.decode().removeprefix("\ufeff"), file, layer)
        except UnicodeDecodeError as error:
            return None, [_undecodable(data, error, file, layer)]
    return _screen(data.removeprefix("\ufeff"), file, layer)


def _undecodable(data: bytes, error: UnicodeDecodeError, file: str, layer: str) -> Fault:
    before = data[: error.start].decode().removeprefix("\ufeff")
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    message = f"the byte 0x{data[error.start]:02X} (number {error.start}, from 0) is not UTF-8"
    return Fault(file, line, column, message, "save the file as UTF-8", 1, layer)


def _screen(text: str, file: str, layer: str) -> tuple[str | None, list[Fault]]:
    """The text with forbidden characters replaced, and a fault for each of the first few."""
    faults: list[Fault] = []
    line, counted = 1, 0
    for number, match in enumerate(_FORBIDDEN.finditer(text)):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        column = counted - (text.rfind("\n", 0, counted) + 1) + 1
        character = match.group()
        if character == "\r":
            message, cure = "a lone carriage return ends this line", "save the file with LF or CRLF line ends"
            return None, [*faults, Fault(file, line, column, message, cure, 1, layer)]
        if number < _MOST:
            message = f"the invisible or control character U+{ord(character):04X} cannot stand in a scenario"
            faults.append(Fault(file, line, column, message, "delete it", 1, layer))
    return (_FORBIDDEN.sub(_REPLACEMENT, text) if faults else text), faults
