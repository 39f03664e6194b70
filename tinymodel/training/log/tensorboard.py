"""Scalars in TensorBoard's event files, written without TensorFlow: the same under every backend.

An event file is a sequence of records (length, checksum of the length, event, checksum of the event); an event is a protocol
buffer of a few fields.

Source: `record_writer.h` (TFRecord framing, masked CRC-32C) and `event.proto`, `summary.proto` of TensorFlow.
"""

from __future__ import annotations

import errno
import os
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_POLYNOMIAL = 0x82F63B78
"""CRC-32C (Castagnoli), reflected."""
_MASK_DELTA = 0xA282EAD8
_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5
"""Wire types of protocol buffers."""
_SESSION_START = 1


class EventFile:
    """One event file; a resumed training opens another, which tells TensorBoard to forget what came after its step."""

    def __init__(self, folder: Path, step: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob("events.out.tfevents.*")))
        self.file = folder / f"events.out.tfevents.{int(time.time()):010d}.{number:04d}"
        self._write(_field(3, _BYTES, b"brain.Event:2"), 0)
        self._write(_field(7, _BYTES, _field(1, _VARINT, _SESSION_START)), step)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Adds one point to the curve of each name."""
        summary = b"".join(
            _field(1, _BYTES, _field(1, _BYTES, name.encode()) + _field(2, _FLOAT, value)) for name, value in values.items()
        )
        self._write(_field(5, _BYTES, summary), step)

    def _write(self, payload: bytes, step: int) -> None:
        event = _field(1, _DOUBLE, time.time()) + _field(2, _VARINT, step) + payload
        length = struct.pack("<Q", len(event))
        record = length + _masked_crc(length) + event + _masked_crc(event)
        with open(self.file, "ab", buffering=0) as stream:
            before = stream.tell()
            try:
                if stream.write(record) != len(record):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.file))
            except OSError:
                with suppress(OSError):
                    stream.truncate(before)  # Behind half a record nothing could be read.
                raise


def _field(number: int, wire_type: int, value: float | bytes) -> bytes:
    key = _varint(number << 3 | wire_type)
    if isinstance(value, bytes):
        return key + _varint(len(value)) + value
    if wire_type == _VARINT:
        return key + _varint(int(value))
    return key + struct.pack("<d" if wire_type == _DOUBLE else "<f", value)


def _varint(value: int) -> bytes:
    groups = []
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])


def _masked_crc(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF)


def crc32c(data: bytes) -> int:
    """CRC-32C of some bytes.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
