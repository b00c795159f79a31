"""Forks: a second run that goes on from a point of the first under another policy."""

from dataclasses import fields, replace
from typing import Any

from divide.model.agents.register import follow_columns
from divide.model.declare.errors import InputError
from divide.model.outcomes.record import follow_standard
from divide.model.policy.policy import Policy
from divide.model.run import Run
from divide.model.scenario import Scenario


def check_fork(trunk: Run, plan: Scenario) -> None:
    """Raise InputError unless `plan` agrees with what `trunk` has already done."""
    for name in (item.name for item in fields(Scenario) if item.name not in ("policy", "until")):
        if getattr(plan, name) != getattr(trunk.plan, name):
            raise InputError(f"must stay {getattr(trunk.plan, name)!r}", (name,), "fork")
    old, new = trunk.plan.policy, plan.policy
    budget_differs = old.budget != new.budget or old.spend != new.spend
    for name in sorted(set(old.levers) | set(new.levers)):
        before, after = old.levers.get(name), new.levers.get(name)
        if before == after and not budget_differs:
            continue
        for use in (before, after):
            begins = plan.start + 1 if use is None or use.start is None else use.start
            if use is not None and use.intensity and begins < trunk.year:
                raise InputError(
                    f"{begins:g} is before the fork at {trunk.year:g}",
                    ("policy", "levers", name, "start"),
                )


def switched(trunk: Run, policy: Policy) -> Scenario:
    """The plan of a run that goes on from `trunk` under a policy that is decided on now.

    For pathways that are chosen on what is seen.

    Levers that run already go on as if they had always had their new strength; the others begin
    now, with their ramp and their lag; those that the policy does not have end. So what went before
    is not what a run of the plan from the start would have done.
    """
    running = trunk.plan.policy.levers
    dated = policy.starting(trunk.year)
    levers = {
        name: replace(use, start=running[name].start) if name in running else use
        for name, use in dated.levers.items()
    }
    return replace(trunk.plan, policy=replace(policy, levers=levers))


def take_over(branch: Run, trunk: Run) -> None:
    """Give a run that has just begun a copy of the trunk's memory."""
    fresh = branch.state.policy
    branch.state = trunk.state.copy()
    branch.state.record.make_room(branch.plan.steps)
    # In the order of a run from the start: sums of money depend on it in the last bit.
    fresh.go_on(trunk.state.policy)
    branch.state.policy = fresh


def go_on(trunk: Any, plan: Scenario) -> Any:
    """A second model of the same kind that goes on from `trunk`, a model, by another plan."""
    other = type(trunk)(plan, trunk.processes, trunk.world)
    take_over(other, trunk)
    follow_standard(other)
    follow_columns(other, other)
    other.running = not other.finished
    return other
