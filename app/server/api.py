"""The model over HTTP, for R and others: `divide serve --api`.

A request is a scenario as a file would say it, in JSON, with the levers that are put on its policy;
the answer holds outcomes. People at the page come first, and whoever may not open the page may not
ask here either (see `guard`). Nothing that a request says is kept.
"""

import asyncio
import math
from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from divide.app.rooms.limit import Limit
from divide.app.server.engine import Busy, Rank, RunFailed
from divide.app.server.service import service
from divide.app.server.visitors import ADDRESS
from divide.app.visit.result import Result
from divide.app.visit.state import MOST_FIRMS
from divide.connect.evaluate import Evaluator
from divide.experiments.keep.identity import edition
from divide.model.declare.checks import check_mapping
from divide.model.declare.errors import InputError, located
from divide.model.declare.levers import levers
from divide.model.declare.parameters import parameters
from divide.model.declare.registry import known
from divide.model.declare.yamlfile import Lines, parse_yaml
from divide.model.extended import recorded
from divide.model.policy.policy import Policy, packages
from divide.model.scenario import Scenario

PREFIX = "/api/"
#: Longest request (bytes); runs that one address may ask for in a minute.
LARGEST, MOST_RUNS = 100_000, 600
#: Seconds after which an answer is not waited for any longer.
PATIENCE = 300.0
#: What a request says beside what a scenario says.
OWN = ("levers", "outcomes", "series")


class Api:
    """Middleware that answers under `PREFIX` and lets everything else through.

    Args:
        app: The page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._runs = Limit(MOST_RUNS, 60)
        self._own = Starlette(
            routes=[
                Route(PREFIX, self.about),
                Route(f"{PREFIX}evaluate", self.evaluate, methods=["POST"]),
                Route(f"{PREFIX}{{list:str}}", self.lists),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        own = scope["type"] == "http" and path.startswith(PREFIX)
        await (self._own if own else self.app)(scope, receive, send)

    async def about(self, request: Request) -> Response:
        """What can be asked for."""
        return JSONResponse(
            {
                "version": edition(),
                "evaluate": f"POST {PREFIX}evaluate, a scenario in JSON; also: {', '.join(OWN)}",
                "lists": [f"GET {PREFIX}{name}" for name in LISTS],
            }
        )

    async def lists(self, request: Request) -> Response:
        """One of `LISTS`."""
        name = request.path_params["list"]
        if name == "evaluate":
            return _refused(f"{PREFIX}evaluate is asked with POST, a scenario in JSON", 405)
        if name not in LISTS:
            return _refused(f"there is no {name!r}; allowed: {', '.join(LISTS)}", 404)
        return JSONResponse(LISTS[name]())

    async def evaluate(self, request: Request) -> Response:
        """Run a scenario."""
        origin = request.headers.get("origin")
        if origin and not origin.endswith(f"//{request.headers.get('host', '')}"):
            return _refused("requests from other pages are refused", 403)
        who = request.headers.get(ADDRESS, "")
        if wait := math.ceil(self._runs.wait(who)):
            return _refused(f"{MOST_RUNS} runs a minute are allowed", 429, wait)
        self._runs.count(who)
        body = await _body(request)
        if body is None:
            return _refused(f"longer than {LARGEST} bytes", 413)
        try:
            asked, outcomes, series = read(body)
        except InputError as error:
            return _refused(str(error), 400)
        try:
            result = await _run(asked)
        except Busy:
            return _refused("too many are waiting; ask again", 503, 1)
        except (RunFailed, TimeoutError) as error:
            return _refused(f"the model could not run it: {error}", 500)
        return JSONResponse(answer(result, asked, outcomes, series=series))


async def _run(scenario: Scenario) -> Result:
    """The result of a scenario; nobody waits for it any more if the request ends."""
    engine, owner = service().engine, object()
    try:
        future = asyncio.wrap_future(engine.request(scenario, Rank.NEXT, owner))
        return await asyncio.wait_for(future, PATIENCE)
    finally:
        engine.forget(owner)


async def _body(request: Request) -> bytes | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    return body


def read(body: bytes) -> tuple[Scenario, tuple[str, ...], bool]:
    """The scenario of a request, the outcomes it wants, and whether it wants every year.

    Raises:
        InputError: It is not JSON, or a key or value is not allowed.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise InputError("is not UTF-8", place="request") from None
    data = parse_yaml(text or "{}", "request")  # JSON is YAML, and lines are known
    scenario = Lines({key: value for key, value in data.items() if key not in OWN})
    scenario.setdefault("firms", service().default.firms)
    scenario.lines = data.lines
    base = Scenario.from_mapping(scenario, "request", None, tuple(known().values()))
    with located("request", data):
        if base.firms > MOST_FIRMS:
            raise InputError(f"{base.firms}; at most {MOST_FIRMS}", ("firms",))
        wanted = data.get("outcomes", [])
        if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
            raise InputError("must be a list of names", ("outcomes",))
        if not isinstance(series := data.get("series", False), bool):
            raise InputError("must be true or false", ("series",))
        strengths = check_mapping(data.get("levers", {}), "levers to strengths", "levers")
        asked = Evaluator(base, tuple(wanted)).scenario(**strengths)
    return asked, tuple(wanted), series


def answer(
    result: Result, scenario: Scenario, outcomes: tuple[str, ...], *, series: bool
) -> dict[str, Any]:
    """What a request is answered."""
    names = outcomes or tuple(recorded(scenario.extensions).outcomes)
    made: dict[str, Any] = {
        "version": edition(),
        "digest": scenario.digest,
        "cost": result.cost,
        "outcomes": {name: _number(result.series[name][-1]) for name in names},
    }
    if series:
        made["years"] = result.years.tolist()
        made["series"] = {name: [_number(v) for v in result.series[name]] for name in names}
    return made


def _number(value: float) -> float | None:
    """A figure, or null where there is none."""
    return float(value) if math.isfinite(value) else None


def _refused(reason: str, status: int, wait: int = 0) -> Response:
    headers = {"Retry-After": str(wait)} if wait else None
    return JSONResponse({"error": reason}, status, headers)


def _levers() -> dict[str, Any]:
    return {
        name: {"label": each.label, "unit": each.unit, "bounds": each.bounds, "kind": each.kind}
        for name, each in levers().items()
    }


def _parameters() -> dict[str, Any]:
    return {
        name: {"value": each.value, "unit": each.unit, "bounds": each.bounds, "role": each.role}
        for name, each in parameters().items()
    }


def _outcomes() -> dict[str, Any]:
    found: Mapping[str, Any] = recorded(tuple(known().values())).outcomes
    return {
        name: {"label": each.label, "unit": each.unit, "better": each.better}
        for name, each in found.items()
    }


def _policies() -> dict[str, Any]:
    made = {name: Policy.load(name) for name in packages()}
    return {
        name: {"title": each.title, "budget": each.budget, "levers": sorted(each.levers)}
        for name, each in made.items()
    }


LISTS = {
    "levers": _levers,
    "parameters": _parameters,
    "outcomes": _outcomes,
    "policies": _policies,
}
