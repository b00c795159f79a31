"""Rules: cooperation climbs a ladder, laws move, and regulatory distance follows.

A country's rules have a strength in four domains and a leaning between the standards of three
blocs. Distance between two countries mixes the difference in strength with the difference in
leaning, so coming closer to one bloc can mean moving away from another (compare the index of
Nordås 2016, the share of measures on which two countries differ). Mutual recognition lowers the
distance between those who have it; a memorandum alone lowers nothing.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from divide.model.agents.columns import AXES
from divide.model.run import Run
from divide.model.streams import key, uniforms

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
        gap[:i] = 0.0
        lean[:i] = 0.0
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


def step(m: Run) -> None:
    """Cooperation advances, laws strengthen and lean, localisation tightens or relaxes."""
    c, p, dt = m.state.countries, m.values.rules, m.dt
    effort = m.in_force("cooperation")
    ladder = (
        p.ladder
        * m.bri
        * np.exp(
            p.ladder_capacity * (c.egovernment - 0.5)
            - p.ladder_distance * (m.state.distance[:, m.hub] - m.state.distance[:, m.hub].mean())
        )
    )
    chance = 1 - np.exp(-(ladder + p.ladder_effort * effort) * dt)
    u = uniforms(key(m.plan.seed, "rules.ladder", m.state.step), m.ids)
    advance = (u < chance) & (c.stage < RECOGNITION)
    advance[m.hub] = False
    c.stage += advance

    c.rules += (1 - c.rules) * (1 - np.exp(-p.drift * dt))
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

    wanted = np.clip(m.localisation_norm + m.in_force("data_localisation"), 0, 1)
    c.localisation += (wanted - c.localisation) * (1 - np.exp(-p.localisation_speed * dt))
    c.data_space = m.programme("data_space", "data_space")
    c.single_window = m.programme("single_window", "smart_customs")
    c.traceability = m.programme("traceability", "traceability")
