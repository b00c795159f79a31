"""What can be saved of a figure: its drawing and its data, inside the page and beside it."""

from base64 import b64encode

from divide.experiments.report.style import Chart, alone

TYPES = {"svg": ("SVG", "image/svg+xml"), "csv": ("data (CSV)", "text/csv")}


def stem(chart: Chart, number: int) -> str:
    """Name of a figure's files, without the ending."""
    return f"figure-{number:02d}-{chart.name}"


def files(chart: Chart, number: int) -> dict[str, bytes]:
    """The files of a figure by name: `.svg` and, if it has data, `.csv`.

    Args:
        chart: The figure.
        number: Its number in the report, from 1.
    """
    name = stem(chart, number)
    made = {f"{name}.svg": alone(chart.svg).encode()}
    if chart.data is not None:
        text = chart.data.to_csv(index=False, lineterminator="\n", float_format="%.8g")
        made[f"{name}.csv"] = text.encode()
    return made


def links(chart: Chart, number: int) -> list[dict[str, str]]:
    """Links that hold the files themselves, so that the page alone is enough: no script."""
    found = []
    for name, data in files(chart, number).items():
        label, kind = TYPES[name.rpartition(".")[2]]
        address = f"data:{kind};base64,{b64encode(data).decode()}"
        found.append({"name": name, "label": label, "address": address})
    return found
