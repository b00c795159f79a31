"""Luck of firms, dealt so that most need not be looked at.

The first eight bits of a firm's uniform number come from a hash that eight neighbours share, one
byte each; these eight are a word. A process marks with that byte alone the few firms that it leaves
open, and only these draw 64 bits of their own. Both are functions of key and ident.

Words are listed once (`Layout.words`) and dealt for all cells in one loop, which the compiler
vectorises. A firm's place among the bytes of a block of words is its lane.
"""

import numpy as np
from numba import uint8, uint32, uint64
from numpy.typing import NDArray

from divide.model.agents.layout import Walk
from divide.model.compiled import njit
from divide.model.streams import bits

#: Marks of 64 firms that are listed without a look whether there are so many.
_OFTEN = 6
#: One over 2^24: a uniform number that single precision holds exactly.
ULP = np.float32(1 / 16777216)

# Product with the first gathers the lowest bits of eight bytes in the highest byte. Product of the
# second with a power of two holds in its highest six bits a number that only this power has
# (de Bruijn sequence); `_PLACE` is the exponent by that number.
_GATHER, _BRUIJN = 0x0102040810204080, 0x03F79D71B4CB0A89
_PLACE = np.zeros(64, np.uint32)
for _k in range(64):
    _PLACE[(_BRUIJN << _k) % 2**64 >> 58] = _k


@njit(cache=True, nogil=True, inline="always")
def take(
    walk: Walk, block: int, state: NDArray[np.uint8], into: NDArray[np.uint8]
) -> NDArray[np.uint32]:
    """Copy the states of the firms of a block, and return its words."""
    first, end = walk.blocks[block], walk.blocks[block + 1]
    begin = int(walk.firm[first[1]])
    stop = state.size
    if end[1] < walk.firm.size:
        stop = int(walk.firm[end[1]])
    for f in range(stop - begin):
        into[f] = state[begin + f]
    return walk.words[first[0] : end[0]]


@njit(cache=True, nogil=True)
def deal(draw: np.uint64, words: NDArray[np.uint32], luck: NDArray[np.uint64]) -> None:
    """The first eight bits of everybody's luck.

    Args:
        draw: Key of the random numbers of this step.
        words: Some of `Layout.words`, (words,).
        luck: Room for eight bytes each.
    """
    for w in range(words.size):
        luck[w] = bits(draw, uint64(words[w] & uint32(0x1FFFFFFF)))


@njit(cache=True, nogil=True, inline="always")
def whose(words: NDArray[np.uint32], lane: np.uint32) -> tuple[np.uint32, np.uint32]:
    """Cell of the firm on a lane, and its number there."""
    word = words[lane >> uint32(3)]
    cell = (word >> uint32(17)) & uint32(0xFFF)
    return cell, ((word & uint32(0x1FFFF)) << uint32(3)) | (lane & uint32(7))


@njit(cache=True, nogil=True, inline="always")
def number(byte: np.uint8, own: np.uint64) -> np.float32:
    """Uniform number of a firm, 24 bits, from its byte and the lowest 16 bits of its own."""
    whole = (np.int32(byte) << np.int32(16)) | np.int32(own & uint64(0xFFFF))
    return np.float32(whole) * ULP


@njit(cache=True, nogil=True)
def pick(
    words: NDArray[np.uint32],
    loose: NDArray[np.uint64],
    marks: NDArray[np.uint8],
    lanes: NDArray[np.uint32],
) -> int:
    """List the lanes of the firms that are marked.

    Args:
        words: Some of `Layout.words`, (words,).
        loose: Byte 1 where a firm is marked, else 0; lanes without a firm do not count.
        marks: Room for a byte each, at a multiple of eight and up to the next one.
        lanes: Room for what is found, in rising order, and for one more.

    Returns:
        How many they are.
    """
    for w in range(words.size):
        firms = uint8((loose[w] * uint64(_GATHER)) >> uint64(56))
        marks[w] = firms & uint8(uint32(0xFF) >> (uint32(7) - (words[w] >> uint32(29))))
    whole = (words.size + 7) // 8
    for w in range(words.size, 8 * whole):
        marks[w] = 0
    left = marks[: 8 * whole].view(np.uint64)
    n = uint64(0)
    for w in range(whole):
        some, first = left[w], uint32(64 * w)
        for _ in range(_OFTEN):  # what is written beyond the last the next one writes anew
            lowest = some & (~some + uint64(1))
            lanes[n] = first + _PLACE[(lowest * uint64(_BRUIJN)) >> uint64(58)]
            n += uint64(some != uint64(0))
            some ^= lowest
        while some != uint64(0):  # seldom: a processor guesses wrongly where a loop ends
            lowest = some & (~some + uint64(1))
            lanes[n] = first + _PLACE[(lowest * uint64(_BRUIJN)) >> uint64(58)]
            n += uint64(1)
            some ^= lowest
    return int(n)
