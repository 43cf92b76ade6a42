"""What processes tell each other arrives whole and in order, however the system cuts it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import IO

from hypothesis import given
from hypothesis import strategies as st

from solvent.journal.child import LENGTH_BYTES, READ_BYTES, Frames, frame_of, framed, received

# Nothing, a few bytes, about as many as are read at once, and a few times as many.
MESSAGES = st.lists(
    st.sampled_from((0, 1, 100, READ_BYTES - LENGTH_BYTES, READ_BYTES, READ_BYTES + 1, 3 * READ_BYTES)).map(
        lambda size: bytes(number % 251 for number in range(size))
    ),
    max_size=6,
)
CUTS = st.sets(st.integers(0, 4 * READ_BYTES) | st.integers(0, 4 * LENGTH_BYTES), max_size=8)


def given_out(frames: Frames) -> list[bytes]:
    return list(iter(frames.next, None))


def pieces(data: bytes, cuts: set[int]) -> Iterator[bytes]:
    ends = sorted({0, len(data), *[cut for cut in cuts if cut < len(data)]})
    for begin, end in pairwise(ends):
        yield data[begin:end]


@given(messages=MESSAGES, cuts=CUTS)
def test_messages_come_out_as_they_were_told_however_they_are_cut(
    messages: list[bytes], cuts: set[int]
) -> None:
    frames, found = Frames(), list[bytes]()
    for piece in pieces(b"".join(map(frame_of, messages)), cuts):
        left = memoryview(piece)
        while left:
            with frames.room() as room:
                count = min(len(room), len(left))
                assert count > 0
                room[:count] = left[:count]
            frames.came(count)
            left = left[count:]
        found += given_out(frames)
    assert found == messages
    assert frames.next() is None


def test_there_is_room_for_all_of_a_frame_that_has_begun() -> None:
    frames = Frames()
    with frames.room() as room:
        room[: LENGTH_BYTES + 1] = (10**6).to_bytes(LENGTH_BYTES, "big") + b"x"
    frames.came(LENGTH_BYTES + 1)
    with frames.room() as room:
        assert len(room) >= 10**6 - 1


@contextmanager
def pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    out, into = os.pipe()
    with os.fdopen(out, "rb", 0) as source, os.fdopen(into, "wb", 0) as to:
        yield source, to


def test_what_is_waited_for_is_received_until_the_other_end_is_gone() -> None:
    with pipe() as (source, to):
        to.write(framed("one", bytearray()) + frame_of(b"two") + frame_of(b"three")[:-1])
        frames = Frames()
        assert received(source, frames) == b"\xa3one"
        assert received(source, frames) == b"two"
        to.close()
        assert received(source, frames) is None
