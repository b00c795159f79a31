"""Where the firms of each country and kind are stored: one after another, cell by cell.

A firm's country, kind and ident follow from its place, so none of them is stored.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

#: A kind is a size class and a sector, sixteen in all.
KINDS = 16
#: An ident holds its country (8 bits), kind (4 bits) and number in that cell (20 bits).
MAX_COUNTRIES, MAX_PER_CELL = 1 << 8, 1 << 20

type Rows = int | slice | NDArray[np.intp]

#: Firms that kernels test at a time: a number that the compiler knows, so that it vectorises.
WIDE = 32
#: Firms that kernels move at a time; what they work out for them then stays in the cache.
BLOCK = 16384
#: Most firms of a layout that is kept: runs of one world are laid out alike.
MOST_KEPT = 200_000


class Walk(NamedTuple):
    """The order in which kernels come by the firms, so that no loop has to find it out.

    Words of luck, eight firms each, are dealt to all firms; a firm's place among the bytes of the
    words is its lane. Pieces of up to `WIDE` firms of a cell are tested. Blocks of whole cells are
    moved.

    Attributes:
        words: Lowest 17 bits count the words of a cell, the next 12 are the cell, and the highest
            three say how many firms have part of it, less one, (words,).
        cell: Cell of each piece, (pieces,).
        firm: Place of its first firm, (pieces,).
        lane: Lane of its first firm, (pieces,).
        blocks: First word and first piece of each block and, last, their numbers, (blocks + 1, 2).
        room: Lanes that are enough for any block and what runs over its end.
    """

    words: NDArray[np.uint32]
    cell: NDArray[np.uint16]
    firm: NDArray[np.uint32]
    lane: NDArray[np.uint32]
    blocks: NDArray[np.int64]
    room: int


@dataclass(frozen=True, eq=False)
class Layout:
    """The cells of a population in the order in which they are stored.

    Attributes:
        home: Country row * 16 + kind of each cell, (cells,).
        start: Place of a cell's first firm, and last the number of firms, (cells + 1,).
        place: Place of each row in that order, (firms,); None where rows are places.
    """

    home: NDArray[np.uint16]
    start: NDArray[np.uint32]
    place: NDArray[np.uint32] | None = None

    @classmethod
    def of(cls, counts: NDArray[np.integer], order: NDArray[np.integer]) -> "Layout":
        """The layout of a table of firms.

        Args:
            counts: Firms by country and kind, (countries, 16).
            order: Country rows in the order of storage, (countries,).

        Raises:
            ValueError: If the table has another shape or holds too many countries or firms.
        """
        if counts.ndim != 2 or counts.shape[1] != KINDS or counts.dtype.kind not in "iu":
            raise ValueError(f"counts are whole numbers of shape (countries, {KINDS})")
        if len(counts) > MAX_COUNTRIES:
            raise ValueError(f"at most {MAX_COUNTRIES} countries have firms, got {len(counts)}")
        if counts.size and (counts.min() < 0 or counts.max() > MAX_PER_CELL):
            raise ValueError(
                f"a country and kind holds 0 to {MAX_PER_CELL} firms, "
                f"got {counts.min()} to {counts.max()}"
            )
        if sorted(np.asarray(order).tolist()) != list(range(len(counts))):
            raise ValueError(f"an order names each of the {len(counts)} countries once")
        table, rows = counts.astype(np.int64).tobytes(), np.asarray(order, np.int64).tobytes()
        known = _laid_out if counts.sum() <= MOST_KEPT else _laid_out.__wrapped__
        return known(table, rows)

    def __len__(self) -> int:
        return int(self.start[-1])

    def __reduce__(self) -> tuple[Any, ...]:
        """What is worked out of these does not travel."""
        return type(self), (self.home, self.start, self.place)

    def __deepcopy__(self, memo: Any) -> Self:
        """Itself: nobody changes it."""
        return self

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Firms of each country and kind, (countries, 16)."""
        found = np.empty(len(self.home), np.int64)
        found[self.home] = np.diff(self.start)
        return found.reshape(-1, KINDS)

    @cached_property
    def words(self) -> NDArray[np.uint32]:
        """Eight firms of a cell share a word of luck; each cell begins with a word of its own.

        See `Walk`, (words,).
        """
        firms = np.diff(self.start).astype(np.int64)
        cell, place = _numbered((firms + 7) // 8)
        sharing = np.minimum(firms[cell] - 8 * place, 8) - 1
        return (place | cell << 17 | sharing << 29).astype(np.uint32)

    @cached_property
    def walk(self) -> Walk:
        """The order in which kernels come by the firms."""
        firms = np.diff(self.start).astype(np.int64)
        words, pieces = (firms + 7) // 8, (firms + WIDE - 1) // WIDE
        ends = np.cumsum([words, pieces], axis=1)
        begins = ends - [words, pieces]
        cell, place = _numbered(pieces)
        # As many whole cells as fit; of one that does not fit a block is made of it alone.
        most, cuts = max(BLOCK // 8, int(words.max(initial=0))), [0]
        while cuts[-1] < len(firms):
            upto = ends[0, cuts[-1]] - words[cuts[-1]] + most
            cuts.append(int(np.searchsorted(ends[0], upto, side="right")))
        blocks = np.vstack([begins[:, cuts[:-1]].T, ends[:, -1:].T])
        return Walk(
            self.words,
            cell.astype(np.uint16),
            (self.start[cell] + WIDE * place).astype(np.uint32),
            (8 * begins[0, cell] + WIDE * place).astype(np.uint32),
            blocks,
            (8 * most + WIDE + 63) // 64 * 64,
        )

    def _found(self, rows: Rows) -> tuple[Any, Any]:
        """Cell and place of some rows."""
        if self.place is not None:
            places = self.place[rows]
        elif isinstance(rows, slice) and rows == slice(None):
            cells = np.repeat(np.arange(len(self.home)), np.diff(self.start))
            return cells, np.arange(len(self), dtype=np.uint32)
        elif isinstance(rows, slice):
            places = np.arange(*rows.indices(len(self)), dtype=np.uint32)
        else:
            places = np.asarray(rows, dtype=np.uint32)
        # Of cells that begin at the same place only the last has firms.
        return np.searchsorted(self.start, places, side="right") - 1, places

    def country(self, rows: Rows) -> Any:
        """Row of the home country."""
        return (self.home[self._found(rows)[0]] // KINDS).astype(np.int16)

    def kind(self, rows: Rows) -> Any:
        """Size class * 4 + sector."""
        return (self.home[self._found(rows)[0]] % KINDS).astype(np.uint8)

    def ident(self, rows: Rows) -> Any:
        """Key of the random numbers: a function of country, kind and number in that cell."""
        cell, places = self._found(rows)
        return ((cell << 20) | (places - self.start[cell])).astype(np.uint32)

    def permuted(self, order: NDArray[np.intp]) -> "Layout":
        """The layout of the same firms in another order of rows."""
        places = self._found(order)[1]
        return Layout(self.home, self.start, np.ascontiguousarray(places, dtype=np.uint32))


@lru_cache(maxsize=8)
def _laid_out(counts: bytes, order: bytes) -> Layout:
    """The layout of a table of firms in an order, both as 64-bit numbers."""
    rows, table = np.frombuffer(order, np.int64), np.frombuffer(counts, np.int64)
    home = (rows[:, None] * KINDS + np.arange(KINDS)).ravel().astype(np.uint16)
    start = np.concatenate([[0], np.cumsum(table[home])]).astype(np.uint32)
    return Layout(home, start)


def _numbered(parts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cell of each part, and its number in that cell, where a cell has so many parts."""
    cell = np.repeat(np.arange(len(parts)), parts)
    return cell, np.arange(len(cell)) - np.repeat(np.cumsum(parts) - parts, parts)
