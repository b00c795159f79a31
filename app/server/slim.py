"""Scripts of Solara's page without what this page does not use: a seventh of their size.

They serve notebooks too: editors, formulas, icons, dates, a compiler for all that a `.vue` file
may be. `app/bundle/cuts.json` lists, for each file, the places that the page does without. A file
other than the one that the list was made from stays whole. `app/bundle/README.md` says how the list
is made.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1] / "bundle"
CUTS: list[dict[str, Any]] = json.loads((HERE / "cuts.json").read_text(encoding="utf-8"))
BUNDLE: str = CUTS[0]["file"]
#: What stands for all modules that are left out, however it is used: it answers with itself.
NOTHING = (
    "var __none=(()=>{const p=new Proxy(function(){},{get:(o,k)=>k==='then'||k==='__esModule'?"
    "undefined:k==='prototype'?o.prototype:k===Symbol.toPrimitive?()=>'':k===Symbol.iterator?"
    "function*(){}:p,apply:()=>p,construct:()=>p,set:()=>true});return p})();"
)
#: What stands for the three kinds of places: a module, code that nothing needs, and jQuery, of
#: which the view of a widget wants only that it holds an element.
STANDS = (
    "e=>{e.exports=__none}",
    "",
    "e=>{e.exports=function q(n){if(!(this instanceof q))return new q(n);this[0]=n;this.length=1}}",
)
_MODULE = 0


def slimmed(path: str, body: bytes) -> bytes:
    """A file of the page without what it does not need; any other file as it is."""
    known = next((one for one in CUTS if path.endswith(one["file"])), None)
    if known is None or hashlib.sha256(body).hexdigest() != known["sha256"]:
        return body
    if "instead" in known:
        return (HERE / known["instead"]).read_bytes()
    return _cut(body, known["cuts"])


def _cut(body: bytes, cuts: list[list[int]]) -> bytes:
    text = body.decode().encode("utf-16-le")  # places are those of JavaScript
    first = NOTHING if any(kind == _MODULE for _, _, kind in cuts) else ""
    parts, at = [first.encode("utf-16-le")], 0
    for start, end, kind in cuts:
        parts += [text[2 * at : 2 * start], STANDS[kind].encode("utf-16-le")]
        at = end
    return b"".join([*parts, text[2 * at :]]).decode("utf-16-le").encode()
