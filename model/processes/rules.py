"""Rules: cooperation climbs a ladder, laws move, and regulatory distance follows.

A country's rules have a strength in four domains and a leaning between the standards of three
blocs. Distance between two countries mixes the difference in strength with the difference in
leaning, so coming closer to one bloc can mean moving away from another (compare the index of
Nordås 2016, the share of measures on which two countries differ). Mutual recognition lowers the
distance between those who have it; a memorandum alone lowers nothing.
"""

from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.agents.columns import AXES
from divide.model.compiled import njit
from divide.model.declare.values import Rules
from divide.model.run import Run
from divide.model.streams import key, uniform

Array = NDArray[np.float64]

#: Stage of cooperation with the hub from which each recognises the other's rules.
RECOGNITION = 3


@njit(cache=True, nogil=True, error_model="numpy")
def regulatory_distance(
    strength: Array, leaning: Array, recognised: Array, weight: float, discount: float
) -> Array:
    """Regulatory distance between countries, (n, n), 0-1.

    D = (1 - w) mean_m |R_im - R_jm| + w sum_b |L_ib - L_jb| / 2, less `discount` where both sides
    recognise each other.

    Args:
        strength: R, (n, 4).
        leaning: L, (n, blocs), rows sum to 1.
        recognised: Degree of mutual recognition with the hub, (n,).
        weight: w.
        discount: Share of the distance that recognition removes.
    """
    n, domains = strength.shape
    by_domain, by_bloc = strength.T.copy(), leaning.T.copy()
    distance = np.zeros((n, n))
    gap, lean = np.empty(n), np.empty(n)
    for i in range(n):  # with the partners before it, a short loop a task: compilers vectorise that
        for j in range(i):
            gap[j] = lean[j] = 0.0
        for row in by_domain:
            for j in range(i):
                gap[j] += abs(row[i] - row[j])
        for row in by_bloc:
            for j in range(i):
                lean[j] += abs(row[i] - row[j])
        for j in range(i):
            both = min(recognised[i], recognised[j])
            mixed = (1 - weight) * gap[j] / domains + weight * lean[j] / 2
            distance[i, j] = mixed * (1 - discount * both)
        for j in range(i):
            distance[j, i] = distance[i, j]
    return distance


def update_distance(m: Run) -> None:
    """Distances of this year, from the laws and agreements in force."""
    c, p = m.state.countries, m.values.rules
    recognised = (c.stage >= RECOGNITION).astype(float)
    recognised[m.hub] = 1.0
    m.state.distance = regulatory_distance(
        c.rules, c.standard, recognised, p.leaning_weight, p.recognition_discount
    )
    m.state.fragmentation = m.state.distance.sum() / (m.n * (m.n - 1))
    members = (m.bloc[:, None] == np.arange(len(AXES["jurisdiction"]))).astype(float)
    c.to_blocs = m.state.distance @ members / np.maximum(members.sum(axis=0), 1)


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
    stage: Array,
    draw: np.uint64,
    ids: NDArray[np.int64],
    member: Array,
    services: Array,
    distance: Array,
    effort: Array,
    hub: int,
    p: Ladder,
) -> None:
    """Countries below mutual recognition advance a stage by chance; `stage`, (n,), changes.

    Args:
        stage: Stage of cooperation with the hub.
        draw: Key of the random numbers.
        ids: Key of each country's random numbers, (n,).
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
    for i in range(stage.size):
        if i == hub or stage[i] >= RECOGNITION:
            continue
        ease = p.capacity * (services[i] - 0.5) - p.distance * (distance[i] - mean)
        rate = p.rate * member[i] * np.exp(ease) + p.effort * effort[i]
        stage[i] += uniform(draw, ids[i]) < 1 - np.exp(-rate)


def step(m: Run) -> None:
    """Cooperation advances, laws strengthen and lean, localisation tightens or relaxes."""
    c, p, dt = m.state.countries, m.values.rules, m.dt
    climb(
        c.stage, key(m.plan.seed, "rules.ladder", m.state.step), m.ids, m.bri, c.egovernment,
        m.state.distance[:, m.hub].copy(), m.in_force("cooperation"), m.hub, ladder(p, dt),
    )  # fmt: skip
    c.rules += (1 - c.rules) * (1 - exp(-p.drift * dt))
    align = m.in_force("regulatory_alignment")
    if align.any():
        toward = m.plan.policy.levers["regulatory_alignment"].toward
        ideal = np.zeros(len(AXES["jurisdiction"]))
        ideal[AXES["jurisdiction"].index(toward)] = 1.0
        moved = (1 - np.exp(-p.alignment_speed * align * dt))[:, None]
        bloc = m.bloc == AXES["jurisdiction"].index(toward)
        model_law = c.rules[bloc].mean(axis=0) if bloc.any() else c.rules[m.hub]
        c.rules = c.rules + moved * (model_law - c.rules)
        c.standard = c.standard + moved * (ideal - c.standard)

    wanted = np.minimum(np.maximum(m.localisation_norm + m.in_force("data_localisation"), 0), 1)
    c.localisation += (wanted - c.localisation) * (1 - exp(-p.localisation_speed * dt))
    c.data_space = m.programme("data_space", "data_space")
    c.single_window = m.programme("single_window", "smart_customs")
    c.traceability = m.programme("traceability", "traceability")
