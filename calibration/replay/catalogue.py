"""The function that replays each study, by its name in `experiments.yaml`."""

from collections.abc import Callable

from divide.calibration.replay import borders, money, networks, people, prices
from divide.calibration.replay.case import Case, Figures

REPLAYS: dict[str, Callable[[Case], Figures]] = {
    function.__name__: function
    for function in (
        networks.cables,
        networks.fast_internet,
        networks.nigeria_coverage,
        networks.tanzania_coverage,
        networks.senegal_backbone,
        networks.rural_obligation,
        prices.cable_price,
        prices.exchange_points,
        prices.price_rise,
        prices.west_africa,
        prices.india_data,
        prices.rich_subsidy,
        prices.india_handsets,
        prices.free_smartphones,
        prices.phones_for_women,
        people.training_agents,
        people.services,
        people.services_threshold,
        money.debit_cards,
        money.free_sign_up,
        money.demonetisation,
        money.interoperability,
        money.ghana_levy,
        money.tanzania_levy,
        money.uganda_levy,
        money.india_network,
        money.lost_correspondents,
        money.wallet_agents,
        money.breach,
        money.breach_fading,
        borders.ebay_distance,
        borders.regulation,
        borders.recognition,
        borders.parcels,
        borders.rural_commerce,
        borders.customs_day,
        borders.days_to_ship,
        borders.inspections,
        borders.single_window,
        borders.transit,
        borders.data_rules,
        borders.promotion,
        borders.promotion_fading,
        borders.pilot_zones,
    )
}
