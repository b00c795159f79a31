"""The token stays with the rooms: whoever was in is in again after a restart."""

import re
import sys

import pytest
from playwright.sync_api import expect

from divide.app.server.token import kept_token
from divide.model.declare.errors import InputError
from tests.app.conftest import Site, free_port
from tests.app.parts import part


def test_a_token_is_made_once_and_is_for_its_owner_alone(tmp_path):
    token = kept_token(tmp_path / "rooms")
    path = tmp_path / "rooms" / "token"
    assert path.stat().st_mode & 0o777 == 0o600 and len(token) >= 12
    assert kept_token(tmp_path / "rooms") == token
    assert kept_token(tmp_path / "rooms", renew=True) != token


@pytest.mark.parametrize("text", ["", "short", "with space in it", "x" * 100, "\xff" * 20])
def test_what_is_no_token_lets_nobody_in(tmp_path, text):
    kept_token(tmp_path)
    (tmp_path / "token").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match="token: is no token; say --new-token"):
        kept_token(tmp_path)


def test_a_token_that_others_may_read_or_that_is_a_link_is_refused(tmp_path):
    kept_token(tmp_path)
    path = tmp_path / "token"
    path.chmod(0o644)
    with pytest.raises(InputError, match="others may read it"):
        kept_token(tmp_path)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="cannot be used"):
        kept_token(tmp_path)


@pytest.fixture
def start(serve, tmp_path):
    """Starts the workshop for a room, again and again at the same port."""
    port = str(free_port())

    def begin() -> Site:
        options = ("--port", port, "--lan", "--firms", "1000", "--rooms", str(tmp_path))
        return serve(
            command=(sys.executable, "-m", "divide", "serve", *options),
            url=f"http://127.0.0.1:{port}",
            fresh=True,
        )

    return begin


def token_of(site: Site) -> str:
    return re.search(r"token=(\S+)", site.log.read_text())[1]


def test_a_team_is_back_in_its_team_after_a_restart(start, new_context, complaints):
    site = start()
    token = token_of(site)
    page = new_context().new_page()
    # The door keeps the address, and what stands behind its #.
    page.goto(f"{site.url}/?until=2024&from=balanced&token=old#room=AAAABBBB")
    expect(page.get_by_role("status")).to_have_text("This token is not right.")
    page.get_by_label("Token").fill(token)
    page.get_by_label("Token").press("Enter")
    expect(part(page, "package")).to_have_value("balanced")
    expect(part(page, "room-code")).to_have_value("AAAABBBB")
    expect(page).to_have_url(re.compile("until=2024"))
    assert "token" not in page.url

    lead = new_context().new_page()
    lead.goto(f"{site.url}/?until=2026&token={token}")
    part(lead, "room-toggle").click()
    part(lead, "room-make").click()
    part(page, "room-code").fill(part(lead, "room-shown-code").inner_text())
    part(page, "room-team").fill("Team One")
    part(page, "room-team").press("Enter")
    expect(part(page, "room-name")).to_contain_text("Team One")
    expect(page).to_have_url(re.compile("until=2026"))  # the years of the room

    site.stop()
    expect(part(page, "lost")).to_be_visible()
    again = start()
    assert token_of(again) == token
    expect(part(page, "room-name")).to_contain_text("Team One")  # by itself
    page.reload()
    expect(part(page, "room-name")).to_contain_text("Team One")
    expect(page).to_have_url(re.compile("until=2026"))
    expect(page).to_have_url(re.compile("from=balanced"))
    complaints.clear()  # the refusal, and the connections that broke
