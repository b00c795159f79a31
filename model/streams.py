"""Keyed random numbers: a draw is a pure function of seed, stream, step and agent.

No generator state exists, so neither the order in which agents act nor the number of workers
can change a draw, and two policies run with the same seed meet the same luck (common random
numbers). The mixing function is the finaliser of SplitMix64 (Steele, Lea and Flood 2014,
doi 10.1145/2660193.2660195), applied once to the agent and once more to agent and key together,
so that the sequences of two streams cannot run into each other.
"""

import hashlib
from functools import cache, lru_cache

import numpy as np
from numba import uint64
from numpy.typing import NDArray

from divide.model.compiled import njit

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


@njit(cache=True, inline="always")
def _mix(x: np.uint64) -> np.uint64:
    x = (x ^ (x >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> uint64(27))) * uint64(0x94D049BB133111EB)
    return x ^ (x >> uint64(31))


@cache
def _stream_seed(seed: int, stream: str) -> int:
    """64 bits from a cryptographic hash: distinct names and seeds cannot be made to collide."""
    digest = hashlib.blake2b(f"{seed}/{stream}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


#: Steps whose keys are made at once.
_AT_ONCE = 64


def key(seed: int, stream: str, step: int) -> np.uint64:
    """Key of one stream at one step.

    Args:
        seed: The run's seed, any integer.
        stream: Name of the process that draws; each name is a stream of its own.
        step: Step of the model, 0 for initialisation.
    """
    if step < 1:
        return _key(seed, stream, step)
    return _keys(seed, stream, step // _AT_ONCE)[step % _AT_ONCE]


@lru_cache(maxsize=256)
def _keys(seed: int, stream: str, many: int) -> tuple[np.uint64, ...]:
    """Keys of the steps from `many` times `_AT_ONCE` on: a run asks for one after another."""
    start, steps = _stream_seed(seed, stream), np.arange(1, _AT_ONCE + 1, dtype=np.uint64)
    first = (start + many * _AT_ONCE * _GOLDEN) & _MASK
    x = np.uint64(first) + steps * np.uint64(_GOLDEN)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return tuple(x ^ (x >> np.uint64(31)))


def _key(seed: int, stream: str, step: int) -> np.uint64:
    start = _stream_seed(seed, stream)
    x = (start + (step + 1) * _GOLDEN) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return np.uint64(x ^ (x >> 31))


@njit(cache=True, inline="always")
def bits(stream_key: np.uint64, index: int) -> np.uint64:
    """64 random bits for agent `index` (>= 0) under `stream_key`."""
    return _mix(stream_key ^ _mix((uint64(index) + uint64(1)) * uint64(_GOLDEN)))


@njit(cache=True, inline="always")
def uniform(stream_key: np.uint64, index: int) -> float:
    """Uniform number in [0, 1), 53 bits, for agent `index` under `stream_key`."""
    return (bits(stream_key, index) >> uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True)
def uniforms(stream_key: np.uint64, ids: NDArray[np.integer]) -> NDArray[np.float64]:
    """Uniform numbers in [0, 1), one for each agent in `ids`; shape of `ids`."""
    out = np.empty(ids.size)
    for k in range(ids.size):
        out[k] = uniform(stream_key, ids[k])
    return out
