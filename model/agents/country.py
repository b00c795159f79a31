"""Countries: the agents whose people go online, learn, pay and trade."""

from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

from divide.model.agents.columns import Columns, column, declared
from divide.model.world import World


class CountryAttributes:
    """What a country has."""

    __slots__ = ()

    # People and income
    population = column("persons", "Inhabitants")
    urban = column("share", "Share of the population living in urban areas")
    income = column("2021 intl $/person/year", "GDP per head, constant purchasing power")
    growth = column("1/year", "Trend growth of income per head, before what connectivity adds")
    population_growth = column("1/year", "Trend growth of the population")
    spread = column("sd of ln income", "Spread of income within the country, from its Gini")
    # Networks
    electricity = column("share", "Population with electricity")
    narrowband = column("share", "Population covered by any mobile network, 2G or better")
    mobile = column("share", "Population covered by mobile broadband")
    frontier = column("share", "Population whom operators would cover with broadband on their own")
    subsidised = column("share", "Population covered by public money beyond that frontier")
    upkeep = column("share", "Share of the upkeep of subsidised networks that is paid")
    satellite = column("share", "Share of those beyond mobile broadband connected by satellite")
    fixed = column("share", "Population in reach of fixed or fibre broadband")
    five_g = column("share", "Population covered by 5G")
    remoteness = column("exponent", "How fast the unit cost of coverage rises with remoteness")
    backbone = column("share", "Completeness of the national fibre backbone")
    routes = column("count", "Independent international cables and terrestrial routes")
    data_centres = column("watt/person", "Data-centre and cloud capacity")
    arrears = column("share", "Share of network upkeep left unpaid")
    # Price and value
    basket = column("2021 intl $/month", "Price of an entry-level data basket")
    handset_help = column("share", "Share of a handset's price paid by policy")
    subsidy = column("share", "Share of the basket paid by policy; below zero a tax")
    effect = column("ln odds", "Country effect on the share that could be online")
    sex_gap = column("ln odds", "Women less men on the share that could be online")
    # People online, by income quintile, place and sex
    lift = column("factor", "Lift of reach where more were online at the start than it allows")
    potential = column("share", "People who could be online", axis="cell")
    online = column("share", "People who use the internet", axis="cell")
    skills = column("share", "People with basic digital skills", axis="cell")
    accounts = column("share of adults", "Holders of an account or mobile wallet", axis="cell")
    schooling_years = column("years", "Mean years of schooling of adults of 25 and older")
    schooling = column("index 0-1", "Schooling of the cohorts entering adulthood")
    officials = column("persons/million", "Officials and teachers trained, still serving")
    labs = column("labs/million", "Joint laboratories and university partnerships in operation")
    # Payments
    acceptance = column("share of firms", "Firms that accept digital payment")
    interoperability = column("index 0-1", "Degree to which domestic rails interoperate")
    wallet_support = column("index 0-1", "Strength of the mobile-wallet programme")
    bridge = column("index 0-1", "Membership of the multi-CBDC payment corridor")
    payment_relief = column("share of value", "Relief on digital payments; below zero a levy")
    usual_relief = column("share of value", "Relief that people have got used to")
    settled = column("share", "Cross-border payments by where they settle", axis="jurisdiction")
    closed = column("share", "Cross-border payments whose rails a shock has closed")
    payments_lost = column("US$/year", "Exports and imports lost because payments failed")
    # Trust and security
    trust = column("index 0-1", "Trust of buyers in online trade and payment")
    security = column("index 0-1", "Cyber-security capacity")
    certification = column("share", "Products sold under security certification")
    alliance = column("index 0-1", "Participation in the cyber-security alliance")
    incidents = column("events/quarter", "Security incidents in the last step")
    # Rules and borders
    rules = column("index 0-1", "Strength of the rules in four domains", axis="domain")
    standard = column("share", "Leaning of the rules to each bloc's standard", axis="jurisdiction")
    localisation = column("index 0-1", "Strictness of data-localisation rules")
    stages = column("share", "Chance of each stage of cooperation with the hub", axis="stage")
    stage = column("0-3", "Expected stage: none, memorandum, mechanism, mutual recognition")
    recognised = column("share", "Chance that the hub and it recognise each other's rules")
    customs_days = column("days", "Days a parcel spends at the border")
    logistics = column("index 0-1", "Quality of trade logistics")
    single_window = column("index 0-1", "Smart customs with a single declaration")
    traceability = column("index 0-1", "Traceability of goods on shared ledgers")
    data_space = column("index 0-1", "Participation in the cross-border data space")
    promotion = column("index 0-1", "Firms reached by pilot zones and matchmaking events")
    # Services
    egovernment = column("index 0-1", "Online public services")
    smart_city = column("share", "Urban population served by smart-city systems")
    navigation = column("share", "Fleets using augmented satellite navigation")
    # Trade
    exports = column("US$/year", "Cross-border e-commerce exports")
    imports = column("US$/year", "Cross-border e-commerce imports")
    home_sales = column("US$/year", "Online sales of home sellers")
    online_share = column("share of value", "Online share of consumption")
    payment_cost = column("share of value", "Trade-weighted cost of cross-border payment")
    payment_days = column("days", "Trade-weighted time of cross-border settlement")
    # Finance and dependence
    marketplaces = column("count", "Marketplaces that serve the country")
    marketplace_hhi = column("HHI 0-1", "Concentration of its marketplaces")
    hub_platforms = column("share", "Users of platforms at home in the hub's jurisdiction")
    to_blocs = column("index 0-1", "Mean regulatory distance to each bloc", axis="jurisdiction")
    debt = column("US$", "Debt from digital infrastructure loans")
    gained = column("ln", "Income per head gained through connectivity and e-commerce")
    vendors = column("share", "Network capital by the vendor's jurisdiction", axis="jurisdiction")


class CountryColumns(Columns, CountryAttributes):
    """The attributes of all countries, an array each, (n,) or (n, axis)."""

    __slots__ = tuple(declared(CountryAttributes))


class Country(CountryAttributes, mesa.Agent):
    """One country; its attributes are row `row` of the model's country columns.

    Args:
        model: The model to register with.
        columns: The attributes of all countries.
        row: Its row.
        world: What is known of the countries.
        cell_shares: Share of a country's people in each cell, (n, cells).
    """

    def __init__(
        self,
        model: mesa.Model,
        columns: CountryColumns,
        row: int,
        world: World,
        cell_shares: NDArray[np.float64],
    ) -> None:
        super().__init__(model)
        self.columns = columns
        self.row = row
        self.world = world
        self.cell_shares = cell_shares

    def __repr__(self) -> str:
        return f"Country({self.iso3})"

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> float:
            """A column that an extension has added."""
            extra = {} if name[0] == "_" else self.model.state.extra
            if name not in extra:
                raise AttributeError(f"Country declares no column {name!r}")
            return extra[name][self.row]

    @property
    def iso3(self) -> str:
        """Its ISO 3166-1 alpha-3 code."""
        return self.world.iso3[self.row]

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.world.fact("name")[self.row])

    @property
    def region(self) -> str:
        """Its region, as the World Bank has it."""
        return str(self.world.fact("region")[self.row])

    @property
    def income_group(self) -> str:
        """Its income group, as the World Bank has it."""
        return str(self.world.fact("income_group")[self.row])

    @property
    def bri_member(self) -> bool:
        """Whether it is a member of the Belt and Road Initiative at the start."""
        return bool(self.world.fact("bri_member")[self.row])

    @property
    def internet_users(self) -> float:
        """Share of the whole population online."""
        return float(self.cell_shares[self.row] @ self.online)
