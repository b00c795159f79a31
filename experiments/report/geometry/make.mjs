// Makes world.json, the outlines of the world map, from the npm package world-atlas.
//
//   npm install
//   python -c "from model.world import load_world; print(*load_world(2022).iso3)" | xargs node make.mjs
//
// The arguments are the ISO 3166-1 alpha-3 codes that the model holds; each of them is kept however
// small it is. Other countries and territories are kept if they can be seen, as land without data.
//
// Equal Earth projection (Savric, Patterson and Jenny 2018): areas are true, so that a large colour
// is a large country. The map is cut at 169.3 degrees west, in the Bering Strait, where the cut
// meets almost no land: Russia, Fiji and New Zealand stay whole. Antarctica is left out.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { geoArea, geoCentroid, geoContains, geoEqualEarth, geoPath } from "d3-geo";
import iso from "i18n-iso-countries";
import polylabel from "polylabel";
import { feature, merge } from "topojson-client";
import { presimplify, simplify, sphericalTriangleArea } from "topojson-simplify";

const WIDTH = 4000; // units across; whole numbers keep the file small
const SMALLEST = 4e-6; // steradians of a triangle worth keeping, about 160 square km
const ISLAND = 14; // square units below which a part of a country is left out
const SPECK = 40; // square units below which land without data is left out
const NO_CODE = { Kosovo: "XKX", Somaliland: "SOM", "N. Cyprus": "CYP" };

const inModel = new Set(process.argv.slice(2));
if (inModel.size === 0) throw new Error("give the ISO3 codes of the model's countries");

const require = createRequire(import.meta.url);
const atlas = (scale) =>
  JSON.parse(readFileSync(require.resolve(`world-atlas/countries-${scale}.json`)));

/** The part of a ring north (`side` 1) or south (-1) of a parallel; degrees. */
function part(ring, parallel, side) {
  const inside = ([, lat]) => side * (lat - parallel) >= 0;
  return ring.flatMap((point, i) => {
    const next = ring[(i + 1) % ring.length];
    if (inside(point) === inside(next)) return inside(point) ? [point] : [];
    const share = (parallel - point[1]) / (next[1] - point[1]);
    const crossing = [point[0] + share * (next[0] - point[0]), parallel];
    return inside(point) ? [point, crossing] : [crossing];
  });
}

/** Polygons by ISO3 code; parts that the atlas lists apart are merged with their country. */
function countries(topology) {
  const shapes = new Map();
  for (const shape of topology.objects.countries.geometries) {
    const code = iso.numericToAlpha3(shape.id) ?? NO_CODE[shape.properties.name];
    if (code && code !== "ATA") shapes.set(code, [...(shapes.get(code) ?? []), shape]);
  }
  // The atlas draws who holds a place. The model's figures follow the member states of the United
  // Nations: Crimea is counted with Ukraine (General Assembly resolution 68/262).
  const [russia] = shapes.get("RUS");
  const crimea = russia.arcs.filter((arcs) =>
    geoContains(feature(topology, { type: "Polygon", arcs }), [34.1, 45.2]),
  );
  russia.arcs = russia.arcs.filter((arcs) => !crimea.includes(arcs));
  shapes.get("UKR").push({ type: "MultiPolygon", arcs: crimea });
  const found = new Map([...shapes].map(([code, all]) => [code, merge(topology, all).coordinates]));
  // Western Sahara, a territory that is not self-governing, begins at 27 degrees 40 minutes north.
  const [border, morocco] = [27 + 2 / 3, found.get("MAR")];
  const cut = (side) =>
    morocco.map((rings) => rings.map((ring) => part(ring.slice(1), border, side)))
      .filter(([outer]) => outer.length > 2)
      .map((rings) => rings.map((ring) => [...ring, ring[0]]));
  found.set("MAR", cut(1)).set("ESH", [...found.get("ESH"), ...cut(-1)]);
  return found;
}

const projection = geoEqualEarth().rotate([-10.7, 0]).fitWidth(WIDTH, { type: "Sphere" });
projection.precision(1.5);

/** Rings of whole numbers, (points, 2), as the projection draws and cuts them. */
function rings(coordinates) {
  const drawn = [];
  const pen = {
    moveTo: (x, y) => drawn.push([[Math.round(x), Math.round(y)]]),
    lineTo(x, y) {
      const ring = drawn.at(-1);
      const [px, py] = ring.at(-1);
      const [nx, ny] = [Math.round(x), Math.round(y)];
      if (nx !== px || ny !== py) ring.push([nx, ny]);
    },
    closePath() {},
    arc() {},
  };
  geoPath(projection, pen)({ type: "Polygon", coordinates });
  return drawn.filter((ring) => ring.length > 2);
}

const area = (ring) =>
  Math.abs(
    ring.reduce((sum, [x, y], i) => {
      const [nx, ny] = ring[(i + 1) % ring.length];
      return sum + x * ny - nx * y;
    }, 0) / 2,
  );

/** An SVG path with relative lines, the shortest that can be written plainly. */
const write = (all, top) =>
  all
    .map((ring) => {
      let [px, py] = ring[0];
      const lines = ring.slice(1).map(([x, y]) => {
        const step = `${x - px},${y - py}`;
        [px, py] = [x, y];
        return step;
      });
      return `M${ring[0][0]},${ring[0][1] - top}l${lines.join(" ")}z`;
    })
    .join("")
    .replaceAll(",-", "-")
    .replaceAll(" -", "-");

const coarse = countries(simplify(presimplify(atlas("50m"), sphericalTriangleArea), SMALLEST));
const fine = countries(atlas("10m"));
const top = Math.round(projection([10.7, 83.7])[1]);
const bottom = Math.round(projection([10.7, -56])[1]);

/** Where a country lies that has no outline at this scale: the middle of its largest island. */
function middle(code) {
  const largest = fine
    .get(code)
    .map((coordinates) => ({ type: "Polygon", coordinates }))
    .reduce((a, b) => (geoArea(b) > geoArea(a) ? b : a));
  return projection(geoCentroid(largest)).map(Math.round);
}

const kept = {};
for (const code of [...new Set([...coarse.keys(), ...inModel])].sort()) {
  const all = (coarse.get(code) ?? []).flatMap(rings).sort((a, b) => area(b) - area(a));
  const seen = all.filter((ring, i) => i === 0 || area(ring) >= ISLAND);
  const size = Math.round(seen.reduce((sum, ring) => sum + area(ring), 0));
  if (!inModel.has(code) && size < SPECK) continue;
  const [x, y] = size > 0 ? polylabel([all[0]], 1).map(Math.round) : middle(code);
  kept[code] = { x, y: y - top, size, d: write(seen, top) };
  // The browser names land without data in the reader's language, by its two-letter code.
  if (!inModel.has(code)) kept[code].alpha2 = iso.alpha3ToAlpha2(code) ?? code.slice(0, 2);
}

const lost = [...inModel].filter((code) => !kept[code]);
if (lost.length > 0) throw new Error(`not in the atlas: ${lost.join(" ")}`);
writeFileSync(
  new URL("world.json", import.meta.url),
  JSON.stringify({
    title: "Outlines of the countries of the world",
    credit: "Made with Natural Earth, by way of world-atlas 2.0.2 (Natural Earth 4.1.0)",
    licence: "Natural Earth: public domain. world-atlas: ISC, copyright 2013-2019 Michael Bostock",
    made: "By experiments/report/geometry/make.mjs: 1:50m simplified, Equal Earth projection",
    width: WIDTH,
    height: bottom - top,
    countries: kept,
  }).replaceAll('},"', '},\n"') + "\n",
);
