"""Luck of firms by words, and what bears on their odds, each against the rule written anew."""

import numpy as np
import pytest

from divide.model import DigitalDivideModel, Scenario
from divide.model.agents.layout import Layout
from divide.model.processes import firms, platforms, tools
from divide.model.processes.luck import deal, pick, whose
from divide.model.streams import bits, key

LUCK = np.random.default_rng(8)


@pytest.mark.parametrize("most", [1, 9, 400])
def test_a_lane_is_a_firm_and_its_byte_of_luck(most: int) -> None:
    """Cells of all sizes, empty ones too: every marked firm is found once, in order."""
    counts = LUCK.integers(0, most + 1, (5, 16)) * (LUCK.random((5, 16)) < 0.8)
    cells, draw = Layout.of(counts, np.array([3, 1, 4, 0, 2])), key(1, "test", 2)
    idents, room = cells.ident(slice(None)).tolist(), (cells.words.size // 8 + 2) * 8
    luck, loose = np.zeros(room, np.uint64), LUCK.integers(0, 2, 8 * room).astype(np.uint8)
    marks, lanes = np.full(room, 255, np.uint8), np.zeros(8 * room, np.uint32)
    deal(draw, cells.words, luck)
    everybody = np.full(room, 0x0101010101010101, np.uint64)
    assert pick(cells.words, everybody, marks, lanes) == len(idents)
    at = lanes[: len(idents)].copy()
    found = [int(cell) << 20 | int(k) for cell, k in (whose(cells.words, lane) for lane in at)]
    assert found == idents
    expected = [int(bits(draw, ident >> 3)) >> 8 * (ident & 7) & 0xFF for ident in idents]
    assert luck.view(np.uint8)[at].tolist() == expected
    some = pick(cells.words, loose.view(np.uint64), marks, lanes)
    np.testing.assert_array_equal(lanes[:some], at[loose[at] == 1])


@pytest.fixture(scope="module")
def m() -> DigitalDivideModel:
    """A model two years on with all that bears on firms, which no test may change."""
    model = DigitalDivideModel(Scenario("balanced", firms=2_000, until=2026))
    for _ in range(8):
        model.step()
    model.state.policy.delivered |= {
        lever: LUCK.random(model.n)
        for lever in ("merchant_acceptance", "pilot_zones", "technology_transfer")
    }
    for column in ("labs", "five_g", "data_centres", "certification"):
        getattr(model.state.countries, column)[:] = LUCK.random(model.n)
    model.state.countries.recognised[:] = LUCK.random(model.n)
    return model


def test_odds_of_firms_are_the_product_of_their_factors(m: DigitalDivideModel) -> None:
    c, p, s = m.state.countries, m.values.firms, m.state
    online, holders = (np.clip(m.national(x), 0.005, 0.995) for x in (c.online, c.accounts))
    uses = (online / (1 - online)) ** p.internet_slope
    pays = (holders / (1 - holders)) ** p.account_slope
    helped = np.exp(p.sign_up * m.in_force("merchant_acceptance"))
    trusted = np.exp(p.trust_effect * (c.trust - 0.5) + p.five_g_effect * c.five_g)
    access = (s.access / s.access_at_start) ** p.market_access_slope
    zones = np.exp(p.entry_relief * m.in_force("pilot_zones"))
    country = np.stack(
        [
            p.connect_odds * uses,
            p.accept_odds * pays * helped,
            p.sell_odds * np.sqrt(uses) * trusted * (1 + c.labs) ** p.labs_effect,
            p.export_odds * access * zones,
        ],
        axis=1,
    )
    expected = country[:, None] * m.kind_odds * (1 + p.peers * s.real_share)
    burden = p.certification_burden * c.certification * (1 - c.recognised)
    size = np.repeat([1.0, 0.6, 0.3, 0.0], 4)
    expected[:, :, 3] *= np.exp(-burden[:, None] * size)
    np.testing.assert_allclose(firms.odds(m), expected, rtol=1e-12)


def test_odds_of_tools_are_the_product_of_their_factors(m: DigitalDivideModel) -> None:
    c, p = m.state.countries, m.values.firms
    free = 1 - c.localisation * (1 - c.data_space)
    expected = p.tools_odds * np.exp(
        p.tools_centres * (1 - np.exp(-c.data_centres)) * free
        + p.tools_five_g * c.five_g
        + p.tools_trust * (c.trust - 0.5)
        + p.tools_transfer * m.in_force("technology_transfer")
    )
    size = np.exp(p.tools_size * (np.arange(16) // 4))
    np.testing.assert_allclose(tools.odds(m), expected[:, None] * size, rtol=1e-12)


def test_platforms_draw_users_by_what_they_offer(m: DigitalDivideModel) -> None:
    """The utility written anew divides the users as the kernel does."""
    s, b, c, p = m.state, m.state.platforms, m.state.countries, m.values.platforms
    reach = s.serves.sum(axis=1)
    own = (
        b.appeal
        + p.network * np.log1p(b.sellers)
        + p.reach_effect * np.log(np.maximum(reach, 1))
        - p.fee_sensitivity * b.fee
        - p.delay_effect * b.settlement_days
    )
    away = s.distance[b.home] + c.localisation * (1 - c.data_space)
    here = np.arange(m.n) == b.home[:, None]
    drawn = own[:, None] + np.where(here, p.home_appeal, -p.distance_effect * away)
    weight = np.exp(drawn) * s.serves
    kinds = np.arange(b.n) >= m.marketplaces.size
    expected = np.zeros_like(s.share)
    for kind in (kinds, ~kinds):
        kept = s.share * (0.4 * (1 - 0.5 * b.openness))[:, None] * s.serves * kind[:, None]
        part = weight * kind[:, None]
        total = np.maximum(part.sum(axis=0), 1e-300)
        expected += kept + (1 - kept.sum(axis=0)) * part / total
    m.state = s.copy()
    try:
        platforms.compete(m, 0.4)
        np.testing.assert_allclose(m.state.share, expected, rtol=1e-11, atol=1e-15)
        np.testing.assert_array_equal(m.state.platforms.reach, reach)
    finally:
        m.state = s
