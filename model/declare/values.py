"""The parameter values of a run, typed: made from the YAML files by `python -m docs.pages`."""

from divide.model.declare.parameters import AllValues, Section


class Adoption(Section):
    """Parameters of adoption."""

    innovation: float
    """1/year; 0.003 to 0.2; log-normal, median 0.03, 90 % 0.008 to 0.11"""
    imitation: float
    """1/year; 0.1 to 1.5; log-normal, median 0.55, 90 % 0.2 to 1.5"""
    own_cell: float
    """share; 0.2 to 0.8"""
    neighbours: float
    """share; 0 to 0.2"""
    income: float
    """ln odds per ln income; 0.05 to 1.5; log-normal, median 0.6, 90 % 0.22 to 1.5"""
    price: float
    """ln odds per ln price; 0.02 to 1.5; log-normal, median 0.25, 90 % 0.08 to 0.6"""
    handset_share: float
    """share of the effect of income beyond the basket; 0 to 1; beta, mean 0.5, 90 % 0.1 to 0.9"""
    schooling: float
    """ln odds per year of schooling; 0.005 to 0.5; log-normal, median 0.09, 90 % 0.03 to 0.28"""
    skills: float
    """ln odds per unit share with skills; 0.1 to 6; log-normal, median 1.2, 90 % 0.2 to 5"""
    services: float
    """ln odds per unit of index; 0.01 to 2; log-normal, median 0.2, 90 % 0.04 to 1"""
    merchants: float
    """ln odds per unit share of firms; 0 to 0.6"""
    marketplaces: float
    """ln odds per ln marketplaces; 0 to 0.2"""
    urban: float
    """ln odds of town less country; 0.3 to 1.5"""
    sex_gap_fading: float
    """1/year; 0 to 0.15"""
    trend: float
    """ln odds/year; -0.1 to 0.4; normal, mean 0.1, sd 0.1"""
    trend_decline: float
    """1/year; 0 to 0.3; log-normal, median 0.03, 90 % 0.005 to 0.2"""
    fading: float
    """1/year; 0.01 to 0.8; log-normal, median 0.15, 90 % 0.05 to 0.47"""
    momentum_weight: float
    """share; 0 to 1"""
    momentum_years: float
    """years; 2 to 6"""
    saturation: float
    """share of those within reach; 0.9 to 1"""
    leaving: float
    """1/year; 0.05 to 2.5; log-normal, median 0.3, 90 % 0.1 to 1"""
    off_grid: float
    """share of those without electricity; 0.2 to 0.9"""
    narrowband: float
    """share of those covered by 2G alone; 0.7 to 1"""
    services_growth: float
    """1/year; 0 to 0.1"""
    smart_city_relevance: float
    """index per urban share served; 0 to 0.5"""
    smart_city_cost: float
    """US$/urban person; 30 to 400"""
    route_pace: float
    """elasticity; 0 to 4"""
    pandemic: float
    """factor in 2020 and 2021; 1 to 1.6"""
    effect_sd: float
    """ln odds in a year; 0.02 to 0.7"""
    trend_sd: float
    """ln odds in a year; 0.02 to 0.2"""
    rise_error: float
    """sd of ln; 0.05 to 2"""
    observation_error: float
    """ln odds; 0.01 to 0.5"""


class Affordability(Section):
    """Parameters of affordability."""

    price_decline: float
    """ln/year; 0 to 0.12"""
    exit: float
    """ln users per ln price; 0 to 1.5; log-normal, median 0.45, 90 % 0.1 to 1"""
    route_elasticity: float
    """elasticity; 0.05 to 1; log-normal, median 0.3, 90 % 0.12 to 0.8"""
    backbone_effect: float
    """ln per full backbone; 0 to 0.8"""
    data_centre_effect: float
    """ln per ln(1 + watt/person); 0 to 0.1"""
    official_share: float
    """share of income; 0.02 to 0.02"""


class Corridors(Section):
    """Parameters of corridors."""

    correspondent_fee: float
    """share of value; 0.03 to 0.06"""
    correspondent_days: float
    """days; 3 to 7"""
    correspondent_fixed: float
    """US$ a payment; 0 to 15; log-normal, median 3.5, 90 % 1.5 to 8"""
    checkout_fixed: float
    """US$ a payment; 0 to 1"""
    basket: float
    """US$; 20 to 300; log-normal, median 75, 90 % 50 to 110"""
    card_fee: float
    """share of value; 0.02 to 0.05"""
    card_carry: float
    """share; 0 to 1"""
    card_days: float
    """days; 1 to 4"""
    wallet_fee: float
    """share of value; 0.015 to 0.06"""
    wallet_days: float
    """days; 0 to 3"""
    instant_fee: float
    """share of value; 0.005 to 0.04"""
    instant_days: float
    """days; 0 to 1"""
    bridge_fee: float
    """share of value; 0.005 to 0.045"""
    bridge_days: float
    """days; 0 to 1"""
    capital_cost: float
    """1/year; 0.08 to 0.4"""
    bridge_retail: float
    """share of membership; 0 to 0.1"""
    link_rate: float
    """1/year since April 2021; 0 to 0.3; log-normal, median 0.03, 90 % 0.01 to 0.1"""
    fee_decline: float
    """1/year; -0.02 to 0.08; normal, mean 0.024, sd 0.012"""
    dear_income: float
    """ln per ln income; -0.2 to 0.35; normal, mean 0.065, sd 0.067"""
    dear_population: float
    """ln per ln population; -0.11 to 0.04; normal, mean -0.034, sd 0.018"""
    dear_africa: float
    """ln; 0.1 to 1.2; normal, mean 0.649, sd 0.126"""
    dear_east_asia: float
    """ln; 0.1 to 1; normal, mean 0.532, sd 0.098"""
    dear_spread: float
    """sd of ln cost; 0.3 to 0.6; normal, mean 0.45, sd 0.032"""
    compliance: float
    """share of value; 0 to 0.02"""
    compliance_distance: float
    """per unit of regulatory distance; 0 to 4"""
    localisation_compliance: float
    """share; 0 to 2; log-normal, median 0.2, 90 % 0.05 to 0.6"""
    choice_scale: float
    """share of value; 0.003 to 0.01"""
    foreign_wallets: float
    """share usable abroad; 0 to 1"""


class Firms(Section):
    """Parameters of firms."""

    connect_speed: float
    """1/year; 0.1 to 1.5"""
    accept_speed: float
    """1/year; 0.1 to 1.5"""
    sell_speed: float
    """1/year; 0.05 to 1.5"""
    export_speed: float
    """1/year; 0.05 to 1.5"""
    connect_odds: float
    """odds; 0.3 to 4"""
    accept_odds: float
    """odds; 0.1 to 2"""
    sell_odds: float
    """odds; 0.05 to 1"""
    export_odds: float
    """odds; 0.02 to 0.5"""
    sign_up: float
    """ln odds when all are offered; 0 to 2"""
    size_slope: float
    """ln odds/size class; 0.3 to 1.5"""
    internet_slope: float
    """ln odds/ln odds; 0.3 to 1.2"""
    account_slope: float
    """ln odds/ln odds; 0 to 1.5; log-normal, median 0.5, 90 % 0.2 to 1.25"""
    five_g_effect: float
    """ln odds; 0 to 1"""
    labs_effect: float
    """ln odds per ln(1 + labs/million); 0 to 1.5"""
    trust_effect: float
    """ln odds; 0 to 3"""
    market_access_slope: float
    """elasticity; 0 to 1.5"""
    entry_relief: float
    """ln odds at full promotion; 0 to 1.5; log-normal, median 0.3, 90 % 0.08 to 0.9"""
    certification_burden: float
    """ln odds at full certification for micro firms; 0 to 1.5"""
    peers: float
    """odds per share; 0 to 3"""
    churn: float
    """1/year; 0.02 to 0.4"""
    productivity_tail: float
    """Pareto exponent; 1.5 to 5"""
    productivity_cap: float
    """multiple of the mean; 10 to 1000"""
    skill_spread: float
    """share; 0.05 to 0.4"""
    density: float
    """firms/person; 0.02 to 0.1"""
    events_reach: float
    """firms/event; 200 to 10000; log-normal, median 2000, 90 % 700 to 6000"""
    events_fading: float
    """1/year; 0.05 to 2.5; log-normal, median 0.5, 90 % 0.1 to 1.5"""
    agri_odds: float
    """relative odds; 0.5 to 1.5"""
    manufacture_odds: float
    """relative odds; 1 to 4"""
    machinery_odds: float
    """relative odds; 0.7 to 3"""
    services_odds: float
    """relative odds; 1 to 5"""
    tools_odds: float
    """odds of a micro firm; 0.01 to 1; log-normal, median 0.1, 90 % 0.03 to 0.3"""
    tools_speed: float
    """1/year; 0.05 to 1.5"""
    tools_size: float
    """ln odds/size class; 0 to 1.5"""
    tools_skill: float
    """exponent of (.5 + skill); 0 to 4"""
    tools_centres: float
    """ln odds at full data-centre reach; 0 to 2"""
    tools_five_g: float
    """ln odds; 0 to 1"""
    tools_trust: float
    """ln odds; 0 to 3"""
    tools_transfer: float
    """ln odds when all firms are reached; -0.5 to 2; normal, mean 0.5, sd 0.4"""


class Growth(Section):
    """Parameters of growth."""

    long_run: float
    """1/year; 0.005 to 0.03"""
    fading: float
    """1/year; 0.03 to 0.3"""
    trend_weight: float
    """share; 0 to 1"""
    from_internet: float
    """ln income per unit share; 0 to 1; 25 % at 0, else log-normal, median 0.1, 90 % 0.02 to 0.5"""
    from_trade: float
    """US$ income/US$ exports; 0 to 1"""
    from_accounts: float
    """ln income per unit share; 0 to 0.05"""
    from_cloud: float
    """ln income when all work in firms with digital tools; 0 to 0.08"""
    lag: float
    """years; 2 to 2"""


class Infrastructure(Section):
    """Parameters of infrastructure."""

    unit_cost_mobile: float
    """US$/person in 2018; 15 to 400; log-normal, median 77, 90 % 25 to 240"""
    broadband_premium: float
    """ln cost of mobile broadband over narrowband in 2012; 0.3 to 2"""
    premium_fading: float
    """1/year; 0.08 to 0.25"""
    annuity: float
    """share of capital cost/year; 0.08 to 0.2"""
    revenue: float
    """multiple of yearly cost; 4.5 to 10; log-normal, median 6.5, 90 % 5 to 9"""
    revenue_income: float
    """elasticity; 0.4 to 0.8"""
    revenue_use: float
    """elasticity; 0 to 1; 25 % at 0, else log-normal, median 0.15, 90 % 0.03 to 0.7"""
    build_speed: float
    """1/year; 0.25 to 0.8; log-normal, median 0.45, 90 % 0.3 to 0.7"""
    delivery: float
    """share of rural money; 0.05 to 1; beta, mean 0.6, 90 % 0.3 to 0.9"""
    satellite_kit: float
    """US$/terminal; 178 to 634"""
    satellite_plan: float
    """US$/month; 30 to 110"""
    satellite_sharing: float
    """persons/terminal; 5 to 100; log-normal, median 20, 90 % 7 to 60"""
    unit_cost_five_g: float
    """US$/person; 30 to 500"""
    remoteness: float
    """exponent; 0.2 to 0.8"""
    remoteness_rural: float
    """exponent per rural share; 0 to 0.6"""
    remoteness_density: float
    """exponent per sd of ln(area/person); 0 to 0.1"""
    cost_decline: float
    """1/year; 0 to 0.08; normal, mean 0.03, sd 0.015"""
    five_g_growth: float
    """1/year at mean income; 0.03 to 0.3"""
    fixed_growth: float
    """1/year at mean income; 0 to 0.1"""
    fixed_by_reach: float
    """elasticity; 0 to 1"""
    interoperability_drag: float
    """share of revenue; 0 to 0.2"""
    electrification: float
    """1/year at 5000 intl $; 0 to 0.08"""
    electrification_income: float
    """elasticity; 0 to 1"""
    electricity_cost: float
    """US$/person; 40 to 800; log-normal, median 190, 90 % 70 to 500"""
    handset_price: float
    """US$; 30 to 200; log-normal, median 80, 90 % 40 to 160"""
    handset_years: float
    """years; 2 to 8"""
    backbone_cost: float
    """US$/person; 1 to 15; log-normal, median 4.5, 90 % 2.3 to 9"""
    route_cost: float
    """US$/route; 1e+07 to 5e+08; log-normal, median 6e+07, 90 % 1.2e+07 to 3e+08"""
    data_centre_cost: float
    """US$/watt; 8 to 12"""
    decay: float
    """1/year; 0.02 to 0.2"""
    operation: float
    """share of capital cost/year; 0.07 to 0.15"""
    revenue_share: float
    """share of GDP; 0.005 to 0.05"""
    interest: float
    """1/year; 0.01 to 0.08"""
    tenor: float
    """years; 7 to 25"""
    debt_ceiling: float
    """share of GDP; 0.01 to 0.2"""
    tied_share: float
    """share of public purchases; 0 to 1; beta, mean 0.85, 90 % 0.65 to 0.97"""


class Payments(Section):
    """Parameters of payments."""

    trend: float
    """logit/year in 2011; 0 to 0.4"""
    trend_fading: float
    """1/year since 2011; 0 to 0.2"""
    from_merchants: float
    """log odds per share; 0 to 3"""
    from_internet: float
    """logit; 0 to 3"""
    from_wallets: float
    """logit; 0 to 2"""
    from_interoperability: float
    """logit; -0.8 to 1.2; normal, mean 0.2, sd 0.3"""
    from_trust: float
    """logit; 0 to 2"""
    speed: float
    """1/year; 0.1 to 1"""
    wallet_lean: float
    """ln odds ratio; 0 to 4"""
    use_from_interoperability: float
    """ln payments; -0.6 to 2.1; normal, mean 0.75, sd 0.45"""
    levy_response: float
    """ln payments per share of value; 0 to 60; log-normal, median 14, 90 % 5 to 30"""
    levy_fading: float
    """1/year; 0 to 2; log-normal, median 0.3, 90 % 0.05 to 1"""
    turnover: float
    """share of income; 0.1 to 2"""


class Platforms(Section):
    """Parameters of platforms."""

    marketplace_share: float
    """share of platforms; 0.35 to 0.35"""
    marketplace_fee: float
    """share of value; 0.05 to 0.2"""
    marginal_cost: float
    """share of value; 0.02 to 0.1"""
    markup: float
    """share of value at full market share; 0 to 0.15"""
    fee_sensitivity: float
    """ln per share of value; 5 to 40"""
    network: float
    """ln per ln(1 + sellers); 0 to 0.8"""
    reach_effect: float
    """ln per ln of countries served; 0 to 0.5"""
    distance_effect: float
    """ln per unit of regulatory distance; 0 to 5"""
    delay_effect: float
    """ln/day; 0 to 0.2"""
    home_appeal: float
    """ln; 0 to 2"""
    lock_in: float
    """share/year kept; 0.3 to 0.95"""
    fixed_cost: float
    """US$/country/year; 500000 to 2e+07"""
    localisation_cost: float
    """US$/country/year; 1e+06 to 1e+08; log-normal, median 1.5e+07, 90 % 2e+06 to 7e+07"""
    certification_cost: float
    """US$/country/year; 0 to 1e+07"""
    data_centre_relief: float
    """share per watt/person; 0 to 0.5"""
    interoperate_below: float
    """market share; 0 to 0.3"""


class Rules(Section):
    """Parameters of rules."""

    leaning_weight: float
    """share; 0 to 0.8"""
    recognition_discount: float
    """share; 0 to 0.98; beta, mean 0.65, 90 % 0.2 to 0.95"""
    alignment_speed: float
    """1/year at full effort; 0.05 to 0.4"""
    drift: float
    """1/year; 0 to 0.06"""
    ladder: float
    """1/year; 0.01 to 0.06; log-normal, median 0.027, 90 % 0.018 to 0.041"""
    ladder_effort: float
    """1/year at full effort; 0.05 to 0.6"""
    ladder_capacity: float
    """ln per index; 0 to 3"""
    ladder_distance: float
    """ln per unit of distance; 0 to 3"""
    localisation_speed: float
    """1/year; 0.1 to 1"""


class Security(Section):
    """Parameters of security."""

    rate: float
    """events/year at full exposure; 0.04 to 4"""
    capacity_effect: float
    """ln per index; 0.5 to 3"""
    certification_effect: float
    """share; 0 to 0.6"""
    alliance_effect: float
    """share; 0 to 0.5"""
    smart_city_exposure: float
    """share per urban share served; 0 to 2"""
    trust_loss: float
    """index/event; 0.0003 to 0.2; log-normal, median 0.008, 90 % 0.001 to 0.04"""
    spread_loss: float
    """index/event at full market share; 0 to 0.2"""
    platform_rate: float
    """events/platform/year; 0.002 to 0.2"""
    recovery: float
    """1/year; 0.3 to 40; log-normal, median 4, 90 % 1 to 17"""
    capacity_growth: float
    """1/year; 0 to 0.06"""
    officials_effect: float
    """index/year per ln(1 + officials/1000 persons); 0 to 0.1"""


class Settlement(Section):
    """Parameters of settlement."""

    dollar: float
    """share of correspondent banking; 0.426 to 0.426"""
    euro: float
    """share of correspondent banking; 0.317 to 0.317"""
    yuan: float
    """share of correspondent banking; 0.0254 to 0.0254"""
    spare: float
    """share of what a rail carries; 0 to 3; log-normal, median 0.3, 90 % 0.05 to 1"""
    checkouts: float
    """share; 0 to 1"""


class Skills(Section):
    """Parameters of skills."""

    durable_per_trainee: float
    """persons skilled/person trained; 0.05 to 0.6"""
    schooling: float
    """1/year at full schooling; 0.005 to 0.06"""
    learning_by_use: float
    """1/year of use; 0.01 to 0.15"""
    forgetting: float
    """1/year without use; 0.01 to 0.15"""
    learners_per_official: float
    """persons/year; 0 to 120; log-normal, median 6, 90 % 1 to 90"""
    officials_turnover: float
    """1/year; 0.03 to 0.25"""
    labs_closure: float
    """1/year; 0.01 to 0.2"""
    training_capacity: float
    """share of the unskilled/year; 0.02 to 0.3"""
    schooling_growth: float
    """years of schooling/year; 0 to 0.2"""


class Trade(Section):
    """Parameters of trade."""

    spend_share: float
    """share of income at 15000 intl $; 0.02 to 0.08; log-normal, median 0.04, 90 % 0.025 to 0.06"""
    spend_elasticity: float
    """elasticity; 0.8 to 1.3"""
    hub_share: float
    """share of income at 15000 intl $; 0.05 to 0.25; log-normal, median 0.14, 90 % 0.12 to 0.16"""
    consumption_share: float
    """share of GDP; 0.5 to 0.75"""
    online_elasticity: float
    """elasticity; 1 to 4; log-normal, median 2, 90 % 1.3 to 3"""
    online_trend: float
    """ln odds/year; 0 to 0.3; normal, mean 0.098, sd 0.04"""
    online_fading: float
    """1/year; 0 to 0.5; log-normal, median 0.1, 90 % 0.04 to 0.25"""
    digital_weight: float
    """share; 0 to 0.6"""
    buyers_slope: float
    """elasticity; 0 to 1.5"""
    level_error: float
    """ln; 0 to 1.2"""
    events_gain: float
    """ln exports if all sellers go; 0 to 1; log-normal, median 0.29, 90 % 0.21 to 0.37"""
    seal_effect: float
    """share of sales of certified micro firms; 0 to 0.3"""
    elasticity: float
    """elasticity; 3 to 8"""
    distance: float
    """elasticity; 0.2 to 0.6; log-normal, median 0.32, 90 % 0.25 to 0.41"""
    language: float
    """ln; 0.3 to 1.2"""
    border: float
    """ln; 0 to 0.8"""
    distrust: float
    """ln per unit of trust; 0 to 3"""
    regulation: float
    """ln per unit of regulatory distance; 0.1 to 3; log-normal, median 0.5, 90 % 0.25 to 1"""
    day_cost: float
    """share of value/day; 0.001 to 0.021; log-normal, median 0.0035, 90 % 0.0018 to 0.01"""
    single_window_relief: float
    """share of customs days; 0 to 0.9; beta, mean 0.4, 90 % 0.15 to 0.65"""
    inspection: float
    """share of value; 0 to 0.05; log-normal, median 0.006, 90 % 0.002 to 0.02"""
    traceability_relief: float
    """share of inspection cost; 0 to 0.8"""
    navigation_relief: float
    """share of value; 0 to 0.03"""
    navigation_cost: float
    """US$/person; 0.3 to 5"""
    logistics_cost: float
    """share of value at worst logistics; 0 to 0.3"""
    income_exponent: float
    """elasticity; 0 to 1"""


class Values(AllValues):
    """All of them, by process."""

    adoption: Adoption
    affordability: Affordability
    corridors: Corridors
    firms: Firms
    growth: Growth
    infrastructure: Infrastructure
    payments: Payments
    platforms: Platforms
    rules: Rules
    security: Security
    settlement: Settlement
    skills: Skills
    trade: Trade
