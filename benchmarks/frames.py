"""The rules of firms as mesa-frames: an agent set that is a Polars data frame, one row a firm.

`python -m benchmarks.frames` answers `benchmarks.peers`, in an environment of its own. A step is a
few operations on whole columns. As in the columns of the model, one number of luck serves the four
states of a firm: it is compared with the product of the chances so far.
"""

import numpy as np
import polars as pl
from mesa_frames import AgentSetPolars, ModelDF
from numpy.typing import NDArray

from benchmarks.given import Given, answer
from benchmarks.plain import ACCEPTS, EXPORTS, SELLS, Offers

#: Number of bits set in each number from 0 to 15.
BITS = np.array([number.bit_count() for number in range(16)], dtype=np.int8)


class FirmFrame(AgentSetPolars):
    """Firms as rows; `cell` is the place of their country and kind, -1 stands for no platform."""

    def __init__(self, model: "Frames", given: Given) -> None:
        super().__init__(model)
        f, kinds = given.firms, given.odds.shape[1]
        country, kind = f.country.astype(np.int64), f.kind.astype(np.int64)
        productivity = f.productivity.astype(np.float64)
        skilled = 0.5 + f.skill / 255
        self.add(pl.DataFrame({
            "unique_id": np.arange(country.size),
            "country": country,
            "cell": country * kinds + kind,
            "size": country * 4 + kind // 4,
            "weight": given.weight[country, kind].astype(np.float64),
            "states": BITS[f.state & 15],
            "marketplace": f.marketplace,
            "rail": f.rail,
            "productivity": productivity,
            "skilled": skilled,
            "productive": 2 * productivity / (1 + productivity) * skilled,
        }))  # fmt: skip

    def step(self) -> None:
        """Gain or lose states, choose platforms, be counted."""
        before = self["states"]
        self.change_states()
        self.choose_platforms(stays=before == self["states"])
        self.report()

    def change_states(self) -> None:
        """Climb the ladder as far as luck and odds allow."""
        m, abilities = self.model, ("skilled", "skilled", "productive", "productive")
        odds = (pl.lit(pl.Series(column)).gather(pl.col("cell")) for column in m.odds.T)
        met = self.agents.select(
            "states",
            pl.Series("luck", m.random.random(len(self))),
            *(
                (o * pl.col(able)).alias(f"odds{k}")
                for k, (o, able) in enumerate(zip(odds, abilities, strict=True))
            ),
        )
        upto, climbed = pl.lit(1.0), pl.lit(0, pl.Int8)
        for k, speed in enumerate(m.speed):
            o = pl.col(f"odds{k}")
            stays, gains = 1 - speed / (1 + o), speed * o / (1 + o)
            upto = upto * pl.when(pl.col("states") > k).then(stays).otherwise(gains)
            climbed = climbed + (pl.col("luck") < upto).cast(pl.Int8)
        self.agents = self.agents.with_columns(met.select(climbed.alias("states"))["states"])

    def choose_platforms(self, stays: pl.Series) -> None:
        """Find platforms where they are needed; who stays as it is now and then reconsiders."""
        m, states = self.model, self["states"]
        luck = pl.Series(m.random.random(len(self)))
        reviews = stays & (states >= ACCEPTS) & (luck < m.churn)
        for name, least, offers in (
            ("marketplace", SELLS, m.markets),
            ("rail", ACCEPTS, m.rails),
        ):
            needs = states >= least
            kept = self[name].zip_with(needs, pl.Series([-1], dtype=self[name].dtype))
            rows = (needs & (reviews | (kept < 0))).arg_true()
            country = self["country"].gather(rows).to_numpy()
            chosen = offers.choose(country, m.random.random(len(rows)))
            self.agents = self.agents.with_columns(kept.scatter(rows, chosen).alias(name))

    def report(self) -> None:
        """Add up what peers, platforms and trade will see."""
        m = self.model
        states, weight = self["states"].to_numpy(), self["weight"].to_numpy()
        place = self["cell"].to_numpy() * 5 + states
        by_states = np.bincount(place, minlength=5 * len(m.have)).reshape(-1, 5)
        m.have = by_states[:, ::-1].cumsum(axis=1)[:, 3::-1]
        m.users = np.zeros(m.platforms)
        for name in ("marketplace", "rail"):
            chosen = self[name].to_numpy() + 1  # none comes first
            m.users += np.bincount(chosen, weight, minlength=m.platforms + 1)[1:]
        sold = states == EXPORTS
        goods = self["productivity"].to_numpy()[sold] * weight[sold]
        m.capacity = np.bincount(self["size"].to_numpy()[sold], goods, minlength=m.capacity.size)


class Frames(ModelDF):
    """All firms under the given conditions.

    Args:
        given: What the firms meet.
        seed: Seed of the random numbers.
    """

    def __init__(self, given: Given, seed: int) -> None:
        super().__init__(seed)
        self.speed, self.churn, self.peers = given.speed.tolist(), given.churn, given.peers
        self.platforms = given.platforms
        self.markets, self.rails = Offers(given.markets), Offers(given.rails)
        self.base = given.odds.reshape(-1, 4)
        members = given.members.reshape(-1, 1)
        self.have = given.share.reshape(-1, 4) * members
        self.members = np.maximum(members, 1)
        self.capacity = np.zeros(given.odds.shape[0] * 4)
        self.agents += FirmFrame(self, given)

    def step(self) -> None:
        """One quarter: odds from last quarter's peers, then the firms act."""
        self.odds = self.base * (1 + self.peers * self.have / self.members)
        self.agents.do("step")

    def ladder(self) -> NDArray[np.int64]:
        """Number of states that each firm has, (firms,)."""
        return self._firms()["states"].to_numpy()

    def choices(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Marketplace and rail of each firm, -1 for none, (firms,) each."""
        firms = self._firms()
        return firms["marketplace"].to_numpy(), firms["rail"].to_numpy()

    def _firms(self) -> FirmFrame:
        return self.get_agents_of_type(FirmFrame)


if __name__ == "__main__":
    answer(Frames)
