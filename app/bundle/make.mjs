// Writes cuts.json: which parts of Solara's bundle the workshop page does without.
//
// `npm install && node make.mjs DIST`, with DIST the folder of solara-vuetify-app8.min.js and its
// source map among the files of the package solara-assets. The bundle is a table of modules; those
// of the packages below serve notebooks (editors, formulas, icons, dates, React) and not this page.
// Vuetify has no modules of its own in it: of it goes what nothing needs but the parts of a page that
// this one has not (`dead.mjs`), and likewise of the widgets of notebooks.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import * as acorn from "acorn";
import { dead, merged } from "./dead.mjs";

const FILE = "solara-vuetify-app8.min.js";
const COMPILER = "jupyter-vue/nodeps-vue-sfc.js";
const LOADER = "requirejs@2.3.6/require.js";
const WITHOUT = new Set([
  "@blueprintjs/colors", "@blueprintjs/core", "@blueprintjs/icons", "@jupyter-widgets/controls",
  "@jupyterlab/apputils", "@jupyterlab/outputarea", "@jupyterlab/statedb", "@lumino/commands",
  "@lumino/dragdrop", "@lumino/keyboard", "@lumino/virtualdom", "codemirror", "deepmerge",
  "dom-serializer", "dom4", "domhandler", "domutils", "entities", "free-style", "htmlparser2",
  "katex", "minimist", "moment", "nouislider", "parse-srcset", "postcss", "react", "react-dom",
  "react-lifecycles-compat", "sanitize-html", "scheduler", "typestyle", "yjs",
]);
// What a notebook asks of its server beside the line to a kernel.
const SERVICES = /@jupyterlab\/services\/lib\/(builder|config|contents|event|nbconvert|session|setting|terminal|user|workspace|manager\.js|kernel\/manager|kernelspec)/;
// Kinds of places: a module that is not there, code that nothing needs, jQuery.
const [MODULE, DEAD, JQUERY] = [0, 1, 2];
// What a page has of Vuetify, and a view of a widget of Lumino.
const OFFERED = new Set(["VApp", "Widget", "Panel", "PanelLayout"]);
const PRUNED = ["VAlert", "ClickOutside", "DockPanel"];
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

/** The source that most of a module comes from; "" of data without one. */
function sourceOf(start, end) {
  const count = {};
  for (const [place, source] of where) if (place >= start && place < end) count[source] = (count[source] ?? 0) + 1;
  return Object.entries(count).sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
}

/** The source of a place. */
function sourceAt(place) {
  let [low, high] = [0, where.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (where[middle][0] <= place) low = middle;
    else high = middle - 1;
  }
  return where[low][1];
}

/** What stands for a module; undefined for one that is kept. */
function kindOf({ start, end }) {
  const source = sourceOf(start, end);
  const name = [...source.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].at(-1)?.[1];
  if (name === "jquery") return JQUERY;
  const data = !source && code.slice(start, end).includes("JSON.parse(");
  return data || WITHOUT.has(name) || SERVICES.test(source) ? MODULE : undefined;
}

/** The functions that have their packages in them whole, by the place of one of their names. */
function bodies(node, found = []) {
  if (!node || typeof node !== "object") return found;
  if (/FunctionExpression$/.test(node.type) && node.body.type === "BlockStatement"
    && node.body.body.length > 40) found.push(node);
  for (const [key, part] of Object.entries(node)) if (key !== "range") bodies(part, found);
  return found;
}

const folder = process.argv[2];
const bytes = readFileSync(`${folder}/${FILE}`);
const code = bytes.toString("utf8");
const where = places(code, JSON.parse(readFileSync(`${folder}/${FILE}.map`, "utf8")));
const program = acorn.parse(code, { ecmaVersion: 2022, ranges: true });
const modules = table(program).properties
  .map(({ value }) => [value.start, value.end, kindOf(value)])
  .filter(([, , kind]) => kind !== undefined);
const gone = (place) => modules.some(([start, end]) => start <= place && place < end);
const whole = bodies(program).filter((body) => !gone(body.start));
const unused = whole.flatMap((inside) => dead(program, inside, {
  pruned: (names) => PRUNED.some((name) => names.includes(name)),
  offered: (name) => OFFERED.has(name),
  ours: (place) => /\/(vuetify|@lumino\/widgets)\//.test(sourceAt(place)),
}));
const cuts = [...modules, ...merged(unused).map(([start, end]) => [start, end, DEAD])]
  .sort((a, b) => a[0] - b[0]);
const entry = (file, content, list) => ({
  file, sha256: createHash("sha256").update(content).digest("hex"), cuts: list,
});

// The loader of scripts, without its comments.
const loader = readFileSync(`${folder}/../../../${LOADER}`);
const comments = [];
acorn.parse(loader.toString("utf8"), {
  ecmaVersion: 2022, onComment: (_, text, start, end) => comments.push([start, end, DEAD]),
});

// The chunk of jupyter-vue that `sfc.js` stands for.
const compiler = readFileSync(`${folder}/../../../../../jupyter/nbextensions/${COMPILER}`);
const entries = [
  entry(FILE, bytes, cuts), entry(LOADER, loader, comments),
  { ...entry(COMPILER, compiler, []), instead: "sfc.js" },
];
writeFileSync("cuts.json", `${JSON.stringify(entries)}\n`);
