"""Parts of the page by their names for tests, and the moment when its figures are up to date."""

from playwright.sync_api import BrowserContext, Locator, Page

#: Notes which messages of a page the server has not dealt with yet: it names each when it has.
ASKED = """
const asked = (window.asked = new Set());
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    const mine = new Set();
    const done = (id) => { mine.delete(id); asked.delete(id); };
    this.mine = mine;
    this.addEventListener('close', () => [...mine].forEach(done));
    this.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string') return;
      for (const one of data.split('\\x02')) {
        if (!/"execution_state": ?"idle"/.test(one)) continue;
        [...mine].filter((id) => one.includes(id)).forEach(done);
      }
    });
  }
  send(data) {
    const id = typeof data === 'string' && /"msg_id": ?"([^"]+)"/.exec(data)?.[1];
    if (id) { this.mine.add(id); asked.add(id); }
    super.send(data);
  }
};
"""

#: Whether the figures belong to the levers, and nothing is on its way to the server or back.
SETTLED = """() => !(window.asked && window.asked.size)
    && [...document.querySelectorAll('.dv-card')].some((e) => e.offsetHeight)
    && !document.querySelector('#dv-preview:not([hidden])')
    && !!document.querySelector('.dv-main:not(.dv-busy)')"""
#: What was done is sent, and what was answered is seen, when the next picture is drawn.
DRAWN = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


def listen(context: BrowserContext) -> None:
    """Let pages of a context know what they have asked for (see `settled`)."""
    context.add_init_script(ASKED)


def part(page: Page, name: str) -> Locator:
    """The element that has a name for tests."""
    return page.locator(f"[data-test={name}]")


def settled(page: Page) -> None:
    """Wait until the server has answered all that was done, and the figures belong to it."""
    page.evaluate(DRAWN)
    page.wait_for_function(SETTLED)
    page.evaluate(DRAWN)
