// Writes cuts.json: which parts of Solara's bundle the workshop page does without.
//
// `npm install && node make.mjs DIST`, with DIST the folder of solara-vuetify-app8.min.js and its
// source map among the files of the package solara-assets. The bundle is a table of modules; those
// of the packages below serve notebooks (editors, formulas, icons, dates, React) and not this page.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import * as acorn from "acorn";

const FILE = "solara-vuetify-app8.min.js";
const WITHOUT = new Set([
  "@blueprintjs/colors", "@blueprintjs/core", "@blueprintjs/icons", "@jupyter-widgets/controls",
  "@jupyterlab/apputils", "@jupyterlab/outputarea", "@lumino/commands", "@lumino/virtualdom",
  "codemirror", "dom-serializer", "dom4", "domhandler", "domutils", "entities", "free-style",
  "htmlparser2", "katex", "moment", "nouislider", "postcss", "react", "react-dom",
  "react-lifecycles-compat", "sanitize-html", "scheduler", "typestyle", "yjs",
]);
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Numbers of one segment of a source map. */
function numbers(text) {
  const found = [];
  let [shift, value] = [0, 0];
  for (const letter of text) {
    const digit = LETTERS.indexOf(letter);
    value |= (digit & 31) << shift;
    if (digit & 32) shift += 5;
    else {
      found.push(value & 1 ? -(value >> 1) : value >> 1);
      [shift, value] = [0, 0];
    }
  }
  return found;
}

/** Where the text of each source begins: [place, source], rising. */
function places(code, map) {
  const found = [];
  let [source, start] = [0, 0];
  const lines = code.split("\n");
  map.mappings.split(";").forEach((line, k) => {
    let column = 0;
    for (const segment of line ? line.split(",") : []) {
      const [across, other] = numbers(segment);
      column += across;
      if (other === undefined) continue;
      source += other;
      found.push([start + column, map.sources[source]]);
    }
    start += (lines[k] ?? "").length + 1;
  });
  return found;
}

/** The table of modules: the largest object whose keys are numbers. */
function table(node, depth = 0) {
  if (!node || typeof node !== "object" || depth > 40) return null;
  const numbered = node.type === "ObjectExpression" && node.properties.length > 100
    && node.properties.every((p) => typeof p.key?.value === "number");
  if (numbered) return node;
  let best = null;
  for (const part of Object.values(node)) {
    const found = table(part, depth + 1);
    if (found && found.properties.length > (best?.properties.length ?? 0)) best = found;
  }
  return best;
}

/** The package that most of a module comes from. */
function packageOf(start, end, where) {
  const count = {};
  for (const [place, source] of where) if (place >= start && place < end) count[source] = (count[source] ?? 0) + 1;
  const [most] = Object.entries(count).sort((a, b) => b[1] - a[1]).map(([source]) => source);
  return [...(most ?? "").matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].at(-1)?.[1];
}

const folder = process.argv[2];
const bytes = readFileSync(`${folder}/${FILE}`);
const code = bytes.toString("utf8");
const where = places(code, JSON.parse(readFileSync(`${folder}/${FILE}.map`, "utf8")));
const cuts = table(acorn.parse(code, { ecmaVersion: "latest" })).properties
  .map((p) => [p.value.start, p.value.end])
  .filter(([start, end]) => WITHOUT.has(packageOf(start, end, where)))
  .sort((a, b) => a[0] - b[0]);
const sha256 = createHash("sha256").update(bytes).digest("hex");
writeFileSync("cuts.json", `${JSON.stringify({ file: FILE, sha256, cuts })}\n`);
