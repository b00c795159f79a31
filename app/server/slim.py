"""Solara's bundle of scripts without what this page does not use, a third of its size.

The bundle serves notebooks too: editors, formulas, icons, dates. `app/bundle/cuts.json` lists the
modules in it that the page does without; each becomes an object that answers everything with
itself. A bundle other than the one that the list was made from stays whole.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

CUTS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "bundle" / "cuts.json").read_text(encoding="utf-8")
)
#: What stands for a module that is left out, however it is used.
NOTHING = (
    "var __none=(()=>{const p=new Proxy(function(){},{get:(o,k)=>k==='then'||k==='__esModule'?"
    "undefined:k==='prototype'?o.prototype:k===Symbol.toPrimitive?()=>'':k===Symbol.iterator?"
    "function*(){}:p,apply:()=>p,construct:()=>p,set:()=>true});return p})();"
)
#: The chunk that makes components of `.vue` files, by its SHA-256, and what stands for it.
COMPILER = "jupyter-vue/nodeps-vue-sfc.js"
COMPILER_SHA256 = "0e6476644a93803fb1358d9093f47d1bdd02db1dd808cfb21a939b2e1643c3ea"
SFC = (Path(__file__).parents[1] / "bundle" / "sfc.js").read_bytes()
#: What stands for the three kinds of places: a module, code that nothing needs, jQuery (of which a
#: view of a widget wants that it holds its element).
STANDS = (
    "e=>{e.exports=__none}",
    "",
    "e=>{e.exports=function q(n){if(!(this instanceof q))return new q(n);this[0]=n;this.length=1}}",
)


def slimmed(path: str, body: bytes) -> bytes:
    """A file of the page without what it does not need; any other file as it is."""
    if path.endswith(COMPILER) and hashlib.sha256(body).hexdigest() == COMPILER_SHA256:
        return SFC
    if not path.endswith(CUTS["file"]) or hashlib.sha256(body).hexdigest() != CUTS["sha256"]:
        return body
    text = body.decode().encode("utf-16-le")  # places are those of JavaScript
    parts, at = [NOTHING.encode("utf-16-le")], 0
    for start, end, kind in CUTS["cuts"]:
        parts += [text[2 * at : 2 * start], STANDS[kind].encode("utf-16-le")]
        at = end
    return b"".join([*parts, text[2 * at :]]).decode("utf-16-le").encode()
