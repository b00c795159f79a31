"""Names of marketplaces and payment rails as visitors read them."""

from divide.app.words import Words, key_of
from divide.model.world import load_world

#: Kinds of platforms, by the first part of their names in the model.
KINDS = ("market", "card", "correspondent", "bridge", "instant", "wallet")


def platform_name(name: str, t: Words) -> str:
    """What a platform of the model is called in the language of `t`.

    The model's names say kind and home: "market-US-A" (of a bloc, serves everybody),
    "market-RUS-regional" (serves the region of that country), "wallet-KEN-7" (serves that country).
    """
    kind, home, *rest = name.split("-")
    said = t(f"platforms.{kind if kind in KINDS else 'market'}")
    table = load_world(2022).table
    if home not in table.index:
        return " ".join([said, *rest])
    if "regional" in rest:
        region = str(table.loc[home, "region"])
        return t("platforms.of", kind=t("platforms.regional"), place=t(f"groups.{key_of(region)}"))
    return t("platforms.of", kind=said, place=t(f"countries.{home}"))
