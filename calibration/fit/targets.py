"""The series that the model is fitted to and scored on, each declared once.

Nothing heavy is imported here: a request is checked against these declarations before any work.
"""

from dataclasses import dataclass

from divide.model.declare.registry import known


@dataclass(frozen=True)
class Target:
    """A series of figures and what stands for it in the model.

    Attributes:
        words: What is measured, inside a sentence.
        column: Column of the country table (`divide.model.outcomes.COUNTRY`).
        minus: A second column that is taken off the first, if the series is a difference.
        rounds: Years of a survey's rounds that asked, each a year or the two halves of one round;
            none for a yearly series.
        parameters: Full names of the parameters that are fitted to this series.
        after: Series whose parameters are fitted first, to the same year, and held at their
            posterior means while this one is fitted.
        origins: First and last year from whose end the series may be forecast.
    """

    words: str
    column: str
    parameters: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    origins: tuple[int, int] = (0, 0)
    minus: str | None = None
    rounds: tuple[tuple[int, ...], ...] = ()

    @property
    def surveyed(self) -> tuple[int, ...]:
        """Survey years, none for a yearly series."""
        return tuple(year for years in self.rounds for year in years)


_ROUNDS = ((2011,), (2014,), (2017,), (2021, 2022))

#: Every series by its name, in the order in which they are fitted. A name is that of the field of
#: `divide.model.world.FIELDS`, but for a gap, which is the difference of two.
TARGETS: dict[str, Target] = {
    "internet_users": Target(
        "people using the internet",
        "internet_users",
        parameters=(
            "adoption.income",
            "adoption.schooling",
            "adoption.services",
            "adoption.trend",
            "adoption.fading",
            "adoption.momentum_weight",
            "adoption.innovation",
            "adoption.imitation",
            "adoption.price",
            "adoption.skills",
        ),
        origins=(2005, 2021),
    ),
    "fixed_broadband": Target(
        "fixed broadband subscriptions per 100 people",
        "fixed_subscriptions",
        parameters=("infrastructure.fixed_by_reach",),
        after=("internet_users",),
        origins=(2008, 2020),
    ),
    "accounts": Target(
        "adults with an account",
        "account_holders",
        parameters=("payments.trend", "payments.trend_fading", "payments.speed"),
        after=("internet_users",),
        origins=(2014, 2020),
        rounds=_ROUNDS,
    ),
    "accounts_poorest40": Target(
        "adults with an account, poorest 40 %",
        "accounts_poorest40",
        after=("internet_users", "accounts"),
        origins=(2014, 2020),
        rounds=_ROUNDS,
    ),
    "accounts_richest60": Target(
        "adults with an account, richest 60 %",
        "accounts_richest60",
        after=("internet_users", "accounts"),
        origins=(2014, 2020),
        rounds=_ROUNDS,
    ),
    "accounts_gap": Target(
        "gap in accounts between the richest 60 % and the poorest 40 %",
        "accounts_richest60",
        after=("internet_users", "accounts"),
        origins=(2014, 2020),
        minus="accounts_poorest40",
        rounds=_ROUNDS,
    ),
    "accounts_women": Target(
        "women with an account",
        "accounts_women",
        after=("internet_users", "accounts"),
        origins=(2014, 2020),
        rounds=_ROUNDS,
    ),
    "accounts_men": Target(
        "men with an account",
        "accounts_men",
        after=("internet_users", "accounts"),
        origins=(2014, 2020),
        rounds=_ROUNDS,
    ),
    "accounts_sex_gap": Target(
        "gap in accounts between women and men",
        "accounts_women",
        after=("internet_users", "accounts"),
        origins=(2014, 2020),
        minus="accounts_men",
        rounds=_ROUNDS,
    ),
    "mobile_money": Target(
        "adults with a mobile wallet",
        "wallet_holders",
        parameters=("payments.wallet_lean",),
        after=("internet_users", "accounts"),
        origins=(2017, 2020),
        rounds=_ROUNDS[1:],
    ),
    # Asked in one round only: compared in level, neither fitted nor forecast.
    "bought_online": Target("adults who bought online", "online_buyers", rounds=_ROUNDS[3:]),
}


def fitted_to(indicator: str) -> tuple[str, ...]:
    """Full names of the parameters that are fitted to a series.

    What loaded extensions declare with the role "calibrated" is fitted to internet use.
    """
    added = [
        name
        for extension in known().values()
        for name, parameter in extension.parameters.items()
        if parameter.role == "calibrated" and indicator == "internet_users"
    ]
    return (*TARGETS[indicator].parameters, *added)


#: Series that the model forecasts.
FORECAST = tuple(name for name, target in TARGETS.items() if target.origins != (0, 0))
#: Series with parameters of their own.
FITTED = tuple(name for name, target in TARGETS.items() if target.parameters)
