"""Files that are broken or mean harm: one clear line, exit status 2, and quickly."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from divide.experiments.cli.main import main

BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + k)}: &{chr(98 + k)} [*{chr(97 + k)}, *{chr(97 + k)}]\n" for k in range(20)
)
FILES = {
    "aliases": (BOMB, "aliases are not allowed"),
    "object": ("policy: !!python/object/apply:os.system [echo hacked]\n", "python/object"),
    "twice": ("seed: 1\nseed: 2\n", "line 2: key 'seed' stands twice"),
    "nan": ("seed: .nan\n", "seed: nan is out of range"),
    "infinite": ("levers: {five_g: .inf}\n", "inf is out of range"),
    "text for a number": ("firms: many\n", "firms: 'many' is not a number"),
    "list for a number": ("until: [2030]\n", "until: [2030] is not a number"),
    "date": ("start: 2020-01-01\n", "is not a number"),
    "truth value": ("firms: true\n", "True is not a number"),
    "zero firms": ("firms: 0\n", "firms: 0 is out of range"),
    "half a firm": ("firms: 2.5\n", "not a whole number"),
    "backwards": ("start: 2020\nuntil: 2019\n", "until: 2019 is not after start 2020"),
    "unknown key": ("sead: 3\n", "did you mean 'seed'"),
    "unknown lever": ("levers:\n  fiveg: 1\n", "line 2: levers: unknown lever 'fiveg'"),
    "lever without strength": ("levers: {five_g: {start: 2023}}\n", "intensity is missing"),
    "lever key": ("levers: {five_g: {intensity: 1, begin: 2}}\n", "unknown key 'begin'"),
    "negative": ("levers: {five_g: -5}\n", "-5 is out of range"),
    "levers as a list": ("levers: [five_g]\n", "must map lever names"),
    "bad target": ("levers: {five_g: {intensity: 1, target: everyone}}\n", "unknown target"),
    "no such country": ("levers: {five_g: {intensity: 1, target: [XXX]}}\n", "'XXX' is not"),
    "unknown policy": ("policy: balancd\n", "unknown policy 'balancd'"),
    "unknown parameter": ("parameters: {a.b: 1}\n", "unknown parameter 'a.b'"),
    "number as a key": ("1: 2\n", "must be text"),
    "a list": ("- 1\n- 2\n", "must hold key: value lines"),
    "empty": ("", "must hold key: value lines"),
    "two documents": ("seed: 1\n---\nseed: 2\n", "line"),
    "unclosed": ("levers: {five_g: [1\n", "line"),
    "deep": ("[" * 5_000, ""),
    "tab": ("levers:\n\tfive_g: 1\n", "line 2"),
    "control character": ("seed: \x07\n", ""),
}  # fmt: skip


def check(path: Path) -> Result:
    return CliRunner().invoke(main, ["check", str(path)])


def refused(result: Result, message: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("divide: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("name", FILES)
def test_broken_file(name: str, tmp_path: Path) -> None:
    text, message = FILES[name]
    path = tmp_path / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    result = check(path)
    refused(result, message)
    assert path.stem in result.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"title: \xff\xfe\n", "not UTF-8 text (byte 7)"),
        (b"#" * 2_000_000, "larger than 1,000,000 bytes"),
        (b"\x00" * 100, "divide: "),
    ],
    ids=["latin", "large", "zeros"],
)
def test_broken_bytes(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_bytes(content)
    refused(check(path), message)


def test_folder_and_missing_file(tmp_path: Path) -> None:
    refused(check(tmp_path), "a folder of none of: runs, a search or a world; files: a scenario")
    refused(check(tmp_path / "none.yaml"), "No such file")


def test_good_files_pass(package: Path, tmp_path: Path) -> None:
    result = check(package)
    assert result.exit_code == 0, result.stderr
    assert "5G networks" in result.stdout
    assert "speculative: Payment links between central banks" in result.stdout
    whole = tmp_path / "whole.yaml"
    whole.write_text("start: 2010\nuntil: 2015\npolicy: status_quo\n", encoding="utf-8")
    result = check(whole)
    assert result.exit_code == 0, result.stderr
    assert "end of 2010 to end of 2015" in result.stdout


def test_titles_cannot_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "loud.yaml"
    path.write_text('title: "\\e[2J[red]gone[/red]\\n"\nlevers: {}\n', encoding="utf-8")
    result = check(path)
    assert result.exit_code == 0, result.stderr
    assert "\x1b" not in result.stdout
    assert "[red]gone[/red]" in result.stdout


def test_half_a_character_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "half.yaml"
    path.write_text('levers: {}\ntitle: "\\uD800"\n', encoding="utf-8")
    result = check(path)
    assert result.exit_code == 2
    assert "half.yaml, line 2: " in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--start", "1999"], "divide: --start: 1999 is out of range; allowed: 2000 to 2022"),
        (["--until", "2010"], "divide: --until: 2010 is not after start 2022"),
        (["--seed", "-1"], "divide: --seed: -1 is out of range"),
        (["--firms", "0"], "divide: --firms: 0 is out of range"),
        (["--replicates", "0"], "divide: --replicates: 0 is out of range"),
        (["--set", "five_g=1e9"], "divide: --set five_g=1e9: levers.five_g: 1e+09 is out of range"),
        (
            ["--set", "fiveg=1"],
            "divide: --set fiveg=1: levers: unknown lever 'fiveg'; did you mean",
        ),
        (["--scenario", "bad.yaml"], "divide: bad.yaml, line 2: until: 1999 is out of range"),
        (["--policy", "own.yaml"], "divide: own.yaml, line 1: levers.five_g.intensity: -1 is out"),
        (
            ["--posterior", "d.csv"],
            "divide: --posterior d.csv, line 2, draw 1: adoption.imitation: ",
        ),
    ],
)
def test_a_wrong_option_is_named(
    options: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text("seed: 1\nuntil: 1999\n", encoding="utf-8")
    Path("own.yaml").write_text("levers: {five_g: -1}\n", encoding="utf-8")
    Path("d.csv").write_text("adoption.imitation\n7\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["run", *options])
    refused(result, message)
    assert result.stderr.startswith(message)


def test_a_country_that_does_not_exist_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    text = "levers:\n  five_g:\n    intensity: 1\n    target:\n    - KEN\n    - XXX\n"
    path.write_text(text, encoding="utf-8")
    refused(check(path), f"{path}, line 6: levers.five_g.target[1]: 'XXX' is not a country")
