// What of a body of code nothing needs any more, once some of its namespaces offer less.
import { analyze } from "eslint-scope";

/** Pieces of a list that go, with the comma before or behind each. */
const among = (list, gone) => list.flatMap((one, k) => {
  if (!gone(one)) return [];
  const first = list.findIndex((other) => !gone(other));
  return [k < first || first < 0 ? [one.start, list[k + 1]?.start ?? one.end] : [list[k - 1].end, one.end]];
});

/** Declarations at the top of a function, each with its statement. */
const declared = (body) => body.flatMap((statement) => {
  if (statement.type === "VariableDeclaration") return statement.declarations.map((node) => ({ node, statement }));
  return /^(Function|Class)Declaration$/.test(statement.type) ? [{ node: statement, statement }] : [];
});

/** Names to which a statement adds members, as a namespace of TypeScript: `(function(e){})(X||(X={}))`. */
const added = (statement) => {
  if (statement.type !== "ExpressionStatement") return [];
  const names = (statement.expression.expressions ?? [statement.expression])
    .map((part) => (part.type === "UnaryExpression" ? part.argument : part))
    .map((call) => call.type === "CallExpression" && call.callee.type === "FunctionExpression"
      && call.arguments[0]?.type === "LogicalExpression" && call.arguments[0].left.name);
  return names.every(Boolean) ? names : [];
};

/**
 * Ranges of a function's body that can go.
 *
 * @param program The whole code, parsed with ranges.
 * @param inside The function.
 * @param offered `(name) => boolean`: whether a namespace of webpack offers a name; asked only for
 *   the namespaces of `pruned`, a test of what such a namespace offers.
 * @param ours `(place) => boolean`: whether a declaration there does nothing but declare.
 */
export function dead(program, inside, { pruned, offered, ours }) {
  const units = declared(inside.body.body);
  const spaces = inside.body.body
    .flatMap((statement) => statement.expression?.expressions ?? [statement.expression])
    .filter((call) => call?.type === "CallExpression" && call.callee.property?.name === "d"
      && call.arguments[1]?.type === "ObjectExpression")
    .map((call) => call.arguments[1].properties)
    .filter((list) => pruned(list.map((p) => p.key.name)));
  if (!spaces.length) return [];
  const cut = spaces.flatMap((list) => among(list, (p) => !offered(p.key.name)));
  const skipped = (place) => cut.some(([start, end]) => start <= place && place < end);
  const members = inside.body.body.map((statement) => ({ statement, names: added(statement) }))
    .filter(({ names }) => names.length);
  const named = (name) => units.find(({ node }) => node.id.name === name);
  const holds = ({ start, end }, place) => start <= place && place < end;
  // What a statement of members needs is needed by all to which it adds some, and these by each other.
  const holders = (place) => {
    const found = members.find(({ statement }) => holds(statement, place));
    return found ? found.names.map(named) : units.filter(({ node }) => holds(node, place));
  };

  const uses = new Map(units.map((unit) => [unit, []]));
  const wanted = units.filter(({ node }) => !ours(node.start));
  const scope = analyze(program, { ecmaVersion: 2022, optimistic: false }).acquire(inside);
  for (const variable of scope.variables) {
    const defined = units.filter(({ node }) => variable.defs.some((d) => d.node === node));
    for (const reference of variable.references) {
      const place = reference.identifier.start;
      if (reference.init || skipped(place)) continue;
      const from = holders(place);
      for (const unit of from) uses.get(unit).push(...defined);
      if (!from.length) wanted.push(...defined);
    }
  }
  const alive = new Set();
  for (const todo = [...wanted]; todo.length;) {
    const unit = todo.pop();
    if (alive.has(unit)) continue;
    alive.add(unit);
    todo.push(...uses.get(unit));
  }
  for (const statement of new Set(units.map((unit) => unit.statement))) {
    const list = units.filter((unit) => unit.statement === statement);
    const left = list.filter((unit) => alive.has(unit)).length;
    if (!left) cut.push([statement.start, statement.end]);
    else if (left < list.length) cut.push(...among(list.map((u) => u.node), (node) => !list.some((u) => u.node === node && alive.has(u))));
  }
  for (const { statement, names } of members)
    if (!names.some((name) => alive.has(named(name)))) cut.push([statement.start, statement.end]);
  return merged(cut);
}

/** Ranges in order, those that touch made one. */
export function merged(cuts) {
  const found = [];
  for (const [start, end] of [...cuts].sort((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else found.push([start, end]);
  }
  return found;
}
