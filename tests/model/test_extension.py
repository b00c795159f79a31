"""An extension lives in one file, and the model treats what it declares like its own."""

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from divide.model import PROCESSES, DigitalDivideModel, Extension, LeverUse, Policy, Scenario
from divide.model.declare.errors import InputError
from divide.model.declare.extension import forget, owner
from divide.model.declare.levers import levers
from divide.model.declare.parameters import parameters
from divide.model.declare.registry import known
from divide.model.outcomes import COUNTRY, OUTCOMES
from divide.model.processes import adoption, skills
from divide.model.story import name_of, story

SOURCE = '''"""Community telecentres."""

import numpy as np

from divide import Extension

centres = Extension("centres", "Community telecentres")
centres.parameter("visitors", 200, unit="persons", bounds=(50, 400), source="assumed")
centres.column("visited", "People who use a centre", "persons", "higher")
centres.lever(
    "telecentres",
    label="Community telecentres",
    group="hard",
    kind="amount",
    unit="centres/year",
    bounds=(0, 100_000),
    usd_per_unit=20_000.0,
    lag_years=0.5,
    outcome="internet_users",
    direction="up",
    help="Shared computers for people who own none.",
)


@centres.process(after="adoption")
def open_doors(m):
    """People without a device of their own go online at a centre."""
    c, extra = m.state.countries, m.state.extra
    room = m.in_force("telecentres") * m.values.centres.visitors
    offline = np.maximum(c.population * (1 - m.national(c.online)), 1.0)
    extra["visited"] = extra["visited"] + np.minimum(room, offline)
    c.online = c.online + (1 - c.online) * np.minimum(room / offline, 1.0)[:, None]


@centres.outcome("People who use a centre", "persons", "higher")
def visitors(paths):
    """Of all countries."""
    return paths.total("visited")
'''
POLICY = """\
budget_usd_m_per_year: 1000
levers:
  telecentres: {intensity: 20000, target: least_connected, ramp_years: 0}
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes the extension, changed or not, into a file."""

    def written(old: str = "", new: str = "", name: str = "centres.py") -> Path:
        assert old in SOURCE
        path = tmp_path / name
        path.write_text(SOURCE.replace(old, new) if old else SOURCE, encoding="utf-8")
        return path

    return written


@pytest.fixture
def centres(write: Callable[..., Path]) -> Extension:
    return Extension.load(write())


@pytest.fixture
def policy(centres: Extension, tmp_path: Path) -> Policy:
    path = tmp_path / "mine.yaml"
    path.write_text(POLICY)
    return Policy.load(path)


def finished(extension: Extension, **settings: object) -> DigitalDivideModel:
    plan = Scenario(firms=3_000, until=2025, extensions=[extension])
    m = DigitalDivideModel(replace(plan, **settings))
    m.run()
    return m


def test_a_lever_of_ones_own_is_paid_for_and_acts(
    centres: Extension, policy: Policy, run: Callable, column: Callable
) -> None:
    m = finished(centres, policy=policy)
    aimed = m.state.policy.programmes["telecentres"].share > 0
    more = column(m, "internet_users")[-1] - column(run(), "internet_users")[-1]
    assert np.all(more[aimed] > 0)
    results = m.results()
    assert results.outcomes["spend"][-1] == pytest.approx(3 * 20_000 * 20_000)
    assert set(results.spend["lever"]) == {"telecentres"}
    visited = results.country.query("year == 2025 and quarter == 4")["visited"]
    assert results.outcomes["visitors"][-1] == pytest.approx(visited.sum())
    assert results.outcomes["visitors"][-1] > 1e6
    assert m.countries[0].visited == pytest.approx(visited.iloc[0])


def test_an_extension_without_its_lever_is_the_status_quo(
    centres: Extension, run: Callable, differing: Callable
) -> None:
    assert differing(finished(centres), run()) == ["country.visited", "visitors"]


def test_its_place_in_a_step(write: Callable[..., Path]) -> None:
    def after(path: Path) -> list[str]:
        m = DigitalDivideModel(Scenario(firms=500, until=2023, extensions=[path]))
        assert [p for p in m.processes if p in PROCESSES] == list(PROCESSES)
        place = [p.__name__ for p in m.processes].index("open_doors")
        return [name_of(p).partition(".")[0] for p in m.processes[place - 1 : place + 2]]

    assert after(write()) == ["adoption", "centres", "payments"]
    assert after(write('after="adoption"', 'before="adoption"')) == [
        "skills",
        "centres",
        "adoption",
    ]
    assert after(write('after="adoption"', 'after="yearly_prices"')) == [
        "model",
        "centres",
        "trade",
    ]
    assert after(write('after="adoption"', "")) == ["growth", "centres"]
    with pytest.raises(InputError, match=r"no process 'adopt'; there are .*adoption, payments"):
        after(write('after="adoption"', 'after="adopt"'))


def test_extensions_stand_behind_one_another(write: Callable[..., Path], tmp_path: Path) -> None:
    second = tmp_path / "second.py"
    second.write_text(
        "from divide import Extension\n\nmine = Extension('second', 'Second')\n\n\n"
        "@mine.process(after='centres.open_doors')\ndef look(m):\n    '''Looks.'''\n"
    )
    m = DigitalDivideModel(Scenario(firms=500, until=2023, extensions=[write(), second]))
    names = [p.__name__ for p in m.processes]
    assert names[names.index("open_doors") + 1] == "look"
    with pytest.raises(InputError, match=r"centres\.open_doors"):
        DigitalDivideModel(Scenario(firms=500, until=2023, extensions=[second, write()]))


def test_its_text_is_part_of_the_digest(write: Callable[..., Path], policy: Policy) -> None:
    plan = Scenario(policy=policy, extensions=[write()])
    moved = Scenario(policy=policy, extensions=[write(name="elsewhere.py")])
    assert plan.digest == moved.digest != Scenario(extensions=[write()]).digest
    other = Scenario(policy=policy, extensions=[write("200, unit", "300, unit")])
    assert other.digest != plan.digest
    with pytest.raises(InputError, match="belongs to extension centres; name it in extensions"):
        replace(plan, until=2030)  # it names a text that is no longer loaded


def test_names_belong_to_scenarios_that_name_the_extension(policy: Policy) -> None:
    assert owner("telecentres") is not None
    with pytest.raises(InputError, match=r"policy\.levers\.telecentres: belongs to extension"):
        Scenario(policy=policy)
    with pytest.raises(InputError, match=r"parameters\.centres\.visitors: belongs to extension"):
        Scenario(parameters={"centres.visitors": 100})


def test_bounds_hold_and_names_are_forgotten(centres: Extension) -> None:
    with pytest.raises(InputError, match=r"telecentres\.intensity: 1e\+06 is out of range"):
        Policy(levers={"telecentres": LeverUse(1e6)})
    with pytest.raises(InputError, match=r"centres\.visitors: 500 is out of range"):
        Scenario(parameters={"centres.visitors": 500}, extensions=[centres])
    before = len(OUTCOMES), len(COUNTRY)
    forget("centres")
    assert (len(OUTCOMES), len(COUNTRY)) == (before[0] - 1, before[1] - 1)
    with pytest.raises(InputError, match="unknown lever 'telecentres'"):
        Policy(levers={"telecentres": LeverUse(1.0)})
    assert "centres.visitors" not in parameters()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('m.in_force("telecentres")', "0.0", "no process of extension centres reads it"),
        ('m.in_force("telecentres")', 'm.state.extra.get("telecentres", 0.0)', "no process"),
    ],
)
def test_a_lever_that_no_process_reads_is_refused_before_it_costs(
    write: Callable[..., Path], old: str, new: str, message: str
) -> None:
    extension = Extension.load(write(old, new))
    policy = Policy(levers={"telecentres": LeverUse(10.0)})
    with pytest.raises(InputError, match=rf"policy\.levers\.telecentres: {message}"):
        DigitalDivideModel(Scenario(firms=500, until=2023, policy=policy, extensions=[extension]))
    unused = Policy(levers={"telecentres": LeverUse(0.0)})
    DigitalDivideModel(Scenario(firms=500, until=2023, policy=unused, extensions=[extension]))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("import numpy as np", "import nump", r"centres\.py, line 3: ModuleNotFoundError: .*nump"),
        ("m.values.centres.visitors\n", "(", r"centres\.py, line 2\d: .*never closed"),
        (
            "bounds=(50, 400)",
            "bounds=(300, 400)",
            r"line 8: parameters\.centres\.visitors\.value: 200 is",
        ),
        (
            "bounds=(50, 400)",
            "bounds=(50, 400), prior={'normal': {'mean': 500, 'sd': 9}}",
            r"line 8: parameters\.centres\.visitors\.prior\.normal\.mean: 500 is out of range",
        ),
        (
            'kind="amount"',
            'kind="gift"',
            r"line 10: levers\.telecentres\.kind: 'gift'; allowed",
        ),
        ("lag_years=0.5,", "", r"levers\.telecentres: .*lag_years"),
        ('"telecentres",', '"five_g",', r"levers\.five_g: exists already"),
        ('Extension("centres"', 'Extension("My centres"', r"line 7: 'My centres'; a name is"),
        (
            "@centres.process",
            "other = Extension('o', 'p')\n@centres.process",
            "makes 0|'o'; a name",
        ),
        (
            "@centres.outcome",
            "two = Extension('two', 'Two')\n@centres.outcome",
            "makes 2 extensions",
        ),
    ],
)
def test_bad_files_are_refused_with_file_and_line(
    write: Callable[..., Path], old: str, new: str, message: str
) -> None:
    path = write(old, new)
    with pytest.raises(InputError, match=message) as caught:
        Extension.load(path)
    assert str(caught.value).startswith(str(path.resolve()))
    assert not known()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x = 1\n" * 200_000, None])
def test_files_that_cannot_be_read_are_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "mine.py"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"mine\.py: (not UTF-8|larger than|cannot be read)"):
        Extension.load(path)


def test_nothing_is_declared_after_loading(centres: Extension) -> None:
    with pytest.raises(InputError, match=r"columns\.late: declared after"):
        centres.column("late", "Late", "persons")


def test_another_extension_may_not_take_its_names(centres: Extension, write: Callable) -> None:
    path = write('Extension("centres"', 'Extension("others"', name="others.py")
    path.write_text(path.read_text().replace("m.values.centres", "m.values.others"))
    with pytest.raises(InputError, match=r"levers\.telecentres: exists already"):
        Extension.load(path)
    assert levers()["telecentres"] is centres.levers["telecentres"]


def test_copies_pickles_and_forks_go_on_to_the_same_bits(
    centres: Extension, policy: Policy, tmp_path: Path
) -> None:
    whole = finished(centres, policy=policy)
    m = DigitalDivideModel(whole.plan)
    for _ in range(4):
        m.step()
    trunk = DigitalDivideModel(replace(whole.plan, policy=Policy()))
    for _ in range(4):
        trunk.step()
    later = replace(whole.plan, policy=policy.starting(2024))
    branch, fresh = trunk.fork(later), DigitalDivideModel(later)
    for other, expected in (
        (copy.deepcopy(m), whole),
        (pickle.loads(pickle.dumps(m)), whole),
        (branch, fresh),
    ):
        other.run()
        expected.run()
        for name, values in expected.results().outcomes.items():
            np.testing.assert_array_equal(other.results().outcomes[name], values)
    (tmp_path / "m.pickle").write_bytes(pickle.dumps(m))
    (tmp_path / "centres.py").unlink()
    code = (
        f"import pickle; m = pickle.load(open({str(tmp_path / 'm.pickle')!r}, 'rb')); m.run(); "
        "print(m.results().outcomes['visitors'][-1])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) == whole.results().outcomes["visitors"][-1]


def test_a_scenario_file_names_it_beside_itself(
    centres: Extension, policy: Policy, tmp_path: Path
) -> None:
    plan = Scenario(policy=policy, until=2030, extensions=[centres])
    path = tmp_path / "plan.yaml"
    path.write_text(plan.to_yaml())
    assert Scenario.from_file(path).digest == plan.digest
    (tmp_path / "centres.py").unlink()
    with pytest.raises(InputError, match=r"plan\.yaml, line \d+: extensions\[0\]: .* cannot"):
        Scenario.from_file(path)


def test_what_is_described_is_known_and_not_executed(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    mark = tmp_path / "executed"
    path = write(
        '"""Community telecentres."""',
        f"import pathlib\npathlib.Path({str(mark)!r}).touch(exist_ok=False)",
    )
    loaded = Extension.load(path)
    data, policy = loaded.as_dict(), Policy(levers={"telecentres": LeverUse(1.0)})
    mark.unlink()
    assert Extension.described(data) is loaded
    forget("centres")
    described = Extension.described(data)
    plan = Scenario(policy=policy, firms=500, until=2023, extensions=[described])
    assert plan.digest == replace(plan, extensions=[data]).digest
    assert OUTCOMES["visitors"].label == "People who use a centre"
    assert pickle.loads(pickle.dumps(described)) == described
    with pytest.raises(InputError, match=r"code is not loaded; name its file by --with"):
        DigitalDivideModel(plan)
    assert not mark.exists()


def test_the_story_of_a_step_tells_of_it(centres: Extension, policy: Policy) -> None:
    rows = story(Scenario(policy=policy, until=2025, extensions=[centres])).set_index("process")
    mine = rows.loc["centres.open_doors"]
    assert mine["levers"] == ("telecentres",)
    assert mine["parameters"] == ("centres.visitors",)
    assert {"countries.online", "extra.visited"} <= set(mine["writes"])
    assert mine["does"] == "People without a device of their own go online at a centre."


def test_a_lever_may_be_read_by_walking_through_what_is_delivered(write: Callable) -> None:
    walked = 'sum(d for name, d in m.state.policy.delivered.items() if name == "telecentres")'
    extension = Extension.load(write('m.in_force("telecentres")', walked))
    policy = Policy(levers={"telecentres": LeverUse(10.0)})
    m = DigitalDivideModel(Scenario(firms=500, until=2023, policy=policy, extensions=[extension]))
    assert m.run().outcomes["visitors"][-1] > 0


def test_a_process_can_be_left_out_or_watched(run: Callable, differing: Callable) -> None:
    seen = []

    def watch(m: DigitalDivideModel) -> None:
        seen.append(float(m.national(m.state.countries.online).mean()))

    m = DigitalDivideModel(Scenario(firms=3_000, until=2025), [*PROCESSES, watch])
    m.run()
    assert len(seen) == 12
    assert differing(m, run()) == []
    frozen = [process for process in PROCESSES if process is not adoption.step]
    m = DigitalDivideModel(Scenario(firms=500, until=2023), frozen)
    before = m.state.countries.online.copy()
    m.run()
    np.testing.assert_array_equal(m.state.countries.online, before)
    assert skills.step in PROCESSES
