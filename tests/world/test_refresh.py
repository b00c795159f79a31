"""Fetching figures anew, against a server on this machine that answers like the World Bank's."""

import builtins
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import numpy as np
import pandas as pd
import pytest

from divide.model.world import datapackage, load_world, start_years
from divide.model.world.loader import TABLES
from divide.model.world.refresh import RefreshError, refresh, tabulate

ECONOMIES = ("CHN", "DEU", "KEN")


class Server(ThreadingHTTPServer):
    """Answers in version 2 of the data interface; `fault` makes it misbehave."""

    fault = ""
    asked: list[str]


class Handler(BaseHTTPRequestHandler):
    """One path: /v2/en/country/all/indicator/CODE."""

    server: Server

    def do_GET(self) -> None:
        """Pages of [header, rows]."""
        url = urlparse(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        code = url.path.rsplit("/", 1)[-1]
        self.server.asked.append(self.path)
        if self.server.fault == "status":
            return self._send(503, b"busy")
        if self.server.fault == "html":
            return self._send(200, b"<html>maintenance</html>")
        if self.server.fault == "message":
            note = [{"id": "120", "key": "Invalid value", "value": "not valid"}]
            return self._send(200, json.dumps([{"message": note}]).encode())
        first, last = (int(year) for year in query["date"].split(":"))
        rows = [
            {
                "indicator": {"id": code, "value": code},
                "country": {"id": economy[:2], "value": economy},
                "countryiso3code": economy,
                "date": str(year),
                "value": None if year == first else 20 + k + (year - first) / 10,
            }
            for k, economy in enumerate((*ECONOMIES, "WLD"))
            for year in range(last, first - 1, -1)
        ]
        if self.server.fault == "text":
            rows[5]["value"] = "n/a"
        size, page = 50, int(query["page"])  # smaller than asked for: forces paging
        part = rows[(page - 1) * size : page * size]
        header = {"page": page, "pages": -(-len(rows) // size), "per_page": size,
                  "total": len(rows), "sourceid": "2"}  # fmt: skip
        return self._send(200, json.dumps([header, part]).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A running server."""
    server = Server(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def address(server: Server) -> str:
    """Base address in the form of the real one."""
    return f"http://127.0.0.1:{server.server_address[1]}/v2"


def test_refresh_writes_tables_the_loader_reads(server: Server, tmp_path: Path) -> None:
    """Paged answers end up in the right cells; other sources are copied."""
    pytest.importorskip("wbgapi")
    out = tmp_path / "world"
    assert refresh(out, address(server), min_economies=3) == out
    assert any("page=3" in path for path in server.asked)
    history = pd.read_csv(out / "history.csv.gz").set_index(["indicator", "iso3"])
    old = pd.read_csv(TABLES / "history.csv.gz").set_index(["indicator", "iso3"])
    online = history.loc["internet_users_pct"]
    assert sorted(online.index) == sorted(ECONOMIES)  # the aggregate WLD is left out
    assert np.isnan(online.loc["CHN", "1990"])
    assert online.loc["DEU", "2020"] == pytest.approx(21 + 3.0)
    pd.testing.assert_frame_equal(history.loc["hdi"], old.loc["hdi"])
    assert history.loc[("income_gini_pct", "KEN"), "2000"] == pytest.approx(23.0)
    beside = pd.read_csv(out / "reports.csv.gz").set_index(["indicator", "iso3"])
    exports = history.loc[("merchandise_exports_currentusd", "DEU"), "2020"]
    assert exports == pytest.approx(21 + 3.0)
    assert beside.loc[("remittances_received_currentusd", "DEU"), "2020"] == exports
    before = pd.read_csv(TABLES / "reports.csv.gz").set_index(["indicator", "iso3"])
    pd.testing.assert_frame_equal(beside.loc["egdi"], before.loc["egdi"])
    listed = pd.read_csv(out / "indicators.csv")
    names = [set(table.index.get_level_values("indicator")) for table in (history, beside)]
    assert not names[0] & names[1]
    assert set(listed["indicator"]) == names[0] | names[1]
    package = json.loads((out / "datapackage.json").read_text(encoding="utf-8"))
    assert package == datapackage.describe(out)
    # Women online for a man, which the shipped tables lack, are now observed; here as many.
    assert (load_world(2010).flags["women_per_man"] == 2).all()
    countries = pd.read_csv(out / "countries.csv", keep_default_na=False)
    countries[countries["iso3"].isin(ECONOMIES)].to_csv(out / "countries.csv", index=False)
    world = load_world(2010, tables=out)
    at = world.iso3.index("KEN")
    assert world.values["women_per_man"][at] == 1
    assert world.flags["women_per_man"][at] == 0
    assert world.values["income_gini"][at] == pytest.approx(0.24)
    assert world.digest != load_world(2010).digest
    # The server has internet use to 2025, so runs can start there.
    assert start_years(out) == (2000, 2025)
    assert load_world(2025, tables=out).flags["internet_users"].tolist() == [0, 0, 0]


def test_refresh_replaces_old_tables(server: Server, tmp_path: Path) -> None:
    """A second refresh swaps the directory and leaves nothing beside it."""
    pytest.importorskip("wbgapi")
    out = tmp_path / "world"
    out.mkdir()
    (out / "old.txt").write_text("old")
    refresh(out, address(server), min_economies=3, last_year=2023)
    assert not (out / "old.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["world"]


@pytest.mark.parametrize("fault", ["status", "html", "message", "text", "few", "gone"])
def test_bad_answers_leave_the_old_tables(server: Server, tmp_path: Path, fault: str) -> None:
    """One error that names the series."""
    pytest.importorskip("wbgapi")
    out = tmp_path / "world"
    out.mkdir()
    (out / "old.txt").write_text("old")
    server.fault = fault
    base = "http://127.0.0.1:9/v2" if fault == "gone" else address(server)
    with pytest.raises(RefreshError, match="bank_branches_per100k_adults"):
        refresh(out, base, min_economies=100 if fault == "few" else 3)
    assert (out / "old.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["world"]


def test_missing_extra_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    real = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name == "wbgapi":
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(RefreshError, match=r"pip install digital-divide-abm\[data\]"):
        refresh(tmp_path / "world")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"date": "2000", "value": 1}], "not understood"),
        ([{"countryiso3code": "CHN", "date": "soon", "value": 1}], "not understood"),
        ([{"countryiso3code": "CHN", "date": "2000", "value": float("inf")}], "not finite"),
        ([{"countryiso3code": "CHN", "date": "2000", "value": 1}] * 2, "twice"),
    ],
)
def test_tabulate_refuses_what_it_cannot_read(rows: list[dict], message: str) -> None:
    """Malformed rows never reach a table."""
    with pytest.raises(RefreshError, match=message):
        tabulate(rows, "population", {"CHN"})
