"""Rules: cooperation climbs a ladder, laws move, and regulatory distance follows.

A country's rules have a strength in four domains and a leaning between the standards of three
blocs. Distance between two countries mixes the difference in strength with the difference in
leaning, so coming closer to one bloc can mean moving away from another (compare the index of
Nordås 2016, the share of measures on which two countries differ). Mutual recognition lowers the
distance between those who have it; a memorandum alone lowers nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model import vector
from divide.model.agents.columns import AXES
from divide.model.agents.country import CountryColumns
from divide.model.compiled import njit
from divide.model.declare.values import Rules
from divide.model.pairs import mirror
from divide.model.run import Run

Array = NDArray[np.float64]

BLOCS = len(AXES["jurisdiction"])
#: Stages of cooperation with the hub above none; at the last each recognises the other's rules.
RECOGNITION = len(AXES["stage"]) - 1


@njit(cache=True, nogil=True, error_model="numpy")
def regulatory_distance(
    strength: Array,
    leaning: Array,
    recognised: Array,
    bloc: NDArray[np.int64],
    hub: int,
    weight: float,
    discount: float,
) -> tuple[Array, Array, float]:
    """Regulatory distance between countries, 0-1.

    D = (1 - w) mean_m |R_im - R_jm| + w sum_b |L_ib - L_jb| / 2, less `discount` where both sides
    recognise each other.

    Args:
        strength: R, (n, 4).
        leaning: L, (n, 4), rows sum to 1.
        recognised: Chance that a country and the hub recognise each other's rules, (n,).
        bloc: Bloc of each country, (n,).
        hub: Row of the hub.
        weight: w.
        discount: Share of the distance that recognition removes.

    Returns:
        The distances, (n, n), their means to each bloc, (n, blocs), and over all pairs.
    """
    n = recognised.size
    distance = np.empty((n, n))
    law = np.empty((9, n))  # in rows, and in one array: compilers vectorise the loop below
    for i in range(n):
        for k in range(4):
            law[k, i], law[4 + k, i] = strength[i, k], leaning[i, k]
        law[8, i] = 1.0 if i == hub else recognised[i]
    for i in range(n):  # with the partners before it
        row = distance[i]
        r0, r1, r2, r3 = law[0, i], law[1, i], law[2, i], law[3, i]
        l0, l1, l2, l3, own = law[4, i], law[5, i], law[6, i], law[7, i], law[8, i]
        for j in range(i):
            gap = abs(r0 - law[0, j]) + abs(r1 - law[1, j])
            gap = gap + abs(r2 - law[2, j]) + abs(r3 - law[3, j])
            lean = abs(l0 - law[4, j]) + abs(l1 - law[5, j])
            lean = lean + abs(l2 - law[6, j]) + abs(l3 - law[7, j])
            mixed = (1 - weight) * gap / 4 + weight * lean / 2
            row[j] = mixed * (1 - discount * (own * law[8, j]))
        mirror(distance, i)
    members, total, to = np.zeros(BLOCS), 0.0, np.zeros((BLOCS, n))
    for i in range(n):
        home = bloc[i]
        members[home] += 1
        for j in range(n):
            to[home, j] += distance[i, j]
    to_blocs = np.empty((n, BLOCS))
    for i in range(n):
        for b in range(BLOCS):
            total += to[b, i]
            to_blocs[i, b] = to[b, i] / max(members[b], 1.0)
    return distance, to_blocs, total / (n * (n - 1))


def update_distance(m: Run) -> None:
    """Distances of this year, from the laws and agreements in force."""
    c, s, p = m.state.countries, m.state, m.values.rules
    s.distance, c.to_blocs, s.fragmentation = regulatory_distance(
        c.rules, c.standard, c.recognised, m.bloc, m.hub, p.leaning_weight, p.recognition_discount
    )


class Ladder(NamedTuple):
    """How fast cooperation with the hub advances, as rates times the length of a step.

    Attributes:
        rate: Of a member of the Belt and Road Initiative at mean capacity and distance.
        capacity: Rise of its logarithm with online public services, from the middle of the scale.
        distance: Fall of its logarithm with regulatory distance to the hub, from the mean.
        effort: Of full effort of policy.
    """

    rate: float
    capacity: float
    distance: float
    effort: float


def ladder(p: Rules, dt: float) -> Ladder:
    """What `climb` takes."""
    return Ladder(p.ladder * dt, p.ladder_capacity, p.ladder_distance, p.ladder_effort * dt)


@njit(cache=True, nogil=True)
def climb(
    stages: Array,
    stage: Array,
    recognised: Array,
    member: Array,
    services: Array,
    distance: Array,
    effort: Array,
    hub: int,
    p: Ladder,
) -> None:
    """Chances of stages after a step in which each country may advance by one.

    When a government signs is luck, and luck about single countries would hide what a policy does:
    so the chances are followed, and what hangs on a stage takes its share of them.

    Args:
        stages: Chance of each stage of cooperation with the hub, (n, stages); changed.
        stage: Expected stage, (n,); changed.
        recognised: Chance of the last stage, (n,); changed.
        member: 1 for members of the Belt and Road Initiative, else 0, (n,).
        services: Public services online, 0-1, (n,).
        distance: Regulatory distance to the hub, (n,).
        effort: Effort of policy, (n,).
        hub: Row of the hub, which does not advance.
        p: Rates.
    """
    mean = 0.0
    for i in range(distance.size):
        mean += distance[i]
    mean /= distance.size
    ease = np.empty(stage.size)
    for i in range(stage.size):
        ease[i] = p.capacity * (services[i] - 0.5) - p.distance * (distance[i] - mean)
    vector.exp(ease)
    stays = ease
    for i in range(stage.size):
        stays[i] = -(p.rate * member[i] * ease[i] + p.effort * effort[i])
    vector.exp(stays)
    for i in range(stage.size):
        if i == hub:
            continue
        expected = 0.0
        for k in range(stages.shape[1] - 1, 0, -1):
            rise = (1 - stays[i]) * stages[i, k - 1]
            stages[i, k - 1] -= rise
            stages[i, k] += rise
            expected += k * stages[i, k]
        stage[i], recognised[i] = expected, stages[i, stages.shape[1] - 1]


def agree(c: CountryColumns, stage: Array) -> None:
    """Countries stand at known stages, (n,), or above."""
    below = np.arange(RECOGNITION + 1) < stage[:, None]
    raised = np.where(below, c.stages, 0.0).sum(axis=1)
    c.stages[below] = 0.0
    c.stages[np.arange(c.n), stage.astype(int)] += raised
    c.stage[:], c.recognised[:] = c.stages @ np.arange(RECOGNITION + 1.0), c.stages[:, -1]


class Laws(NamedTuple):
    """Parameters of `legislate`, speeds a year."""

    drift: float
    alignment_speed: float
    localisation_speed: float


@njit(cache=True, nogil=True)
def legislate(
    strength: Array,
    leaning: Array,
    localisation: Array,
    usual: Array,
    stricter: Array,
    align: Array,
    bloc: NDArray[np.int64],
    toward: int,
    hub: int,
    dt: float,
    p: Laws,
) -> None:
    """Laws strengthen, align with those of a bloc, and keep data at home; the first three change.

    Args:
        strength: Strength of rules by domain, 0-1, (n, 4).
        leaning: Leaning between the standards of blocs, (n, blocs).
        localisation: Strictness of data localisation, 0-1, (n,).
        usual: Strictness without a policy, (n,).
        stricter: What policy adds to it, (n,).
        align: Effort of alignment, (n,).
        bloc: Bloc of each country, (n,).
        toward: The bloc whose rules are aimed at: their mean strength, the hub's if it is empty.
        hub: Row of the hub.
        dt: Length of the step, years.
        p: Parameters.
    """
    n, domains = strength.shape
    stronger, nearer = 1 - np.exp(-p.drift * dt), 1 - np.exp(-p.localisation_speed * dt)
    for i in range(n):
        for d in range(domains):
            strength[i, d] += (1 - strength[i, d]) * stronger
        wanted = min(max(usual[i] + stricter[i], 0.0), 1.0)
        localisation[i] += (wanted - localisation[i]) * nearer
    model_law, members = np.zeros(domains), 0
    for i in range(n):
        if bloc[i] == toward:
            members += 1
            for d in range(domains):
                model_law[d] += strength[i, d]
    for d in range(domains):
        model_law[d] = model_law[d] / members if members > 0 else strength[hub, d]
    for i in range(n):
        if align[i] == 0.0:
            continue
        moved = 1 - np.exp(-p.alignment_speed * align[i] * dt)
        for d in range(domains):
            strength[i, d] += moved * (model_law[d] - strength[i, d])
        for b in range(leaning.shape[1]):
            ideal = 1.0 if b == toward else 0.0
            leaning[i, b] += moved * (ideal - leaning[i, b])


def step(m: Run) -> None:
    """Cooperation advances, laws strengthen and lean, localisation tightens or relaxes."""
    c, s, p = m.state.countries, m.state, m.values.rules
    climb(
        c.stages, c.stage, c.recognised, m.bri, c.egovernment, s.distance[m.hub],
        m.in_force("cooperation"), m.hub, ladder(p, m.dt),
    )  # fmt: skip
    legislate(
        c.rules, c.standard, c.localisation, m.localisation_norm, m.in_force("data_localisation"),
        m.in_force("regulatory_alignment"), m.bloc, m.aim, m.hub, m.dt, p.pick(Laws),
    )  # fmt: skip
    c.data_space = m.programme("data_space", "data_space")
    c.single_window = m.programme("single_window", "smart_customs")
    c.traceability = m.programme("traceability", "traceability")
