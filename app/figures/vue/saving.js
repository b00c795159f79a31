// A drawing as a file.

import { measure } from "./numbers.js";

const INLINE = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity",
  "stroke-linejoin", "stroke-linecap", "opacity", "font-size", "font-weight", "font-family",
  "text-anchor", "dominant-baseline", "direction", "paint-order", "vector-effect", "display",
];

// What the page needs or the written style replaces.
const GONE = ["tabindex", "role", "class", "aria-label", "fill", "stroke"];

const SMALL = { size: 11, line: 15, weight: 400 };
const TITLE = { size: 16, line: 21, weight: 600 };

// Part of the width that lines may fill: who opens the file may have wider letters than this computer.
const FILLED = 0.92;

/** Takes from a list of fonts those that the page has loaded: a saved picture does not have them. */
function without() {
  const plain = (name) => name.replace(/["']/g, "").trim();
  const loaded = new Set([...document.fonts].map((face) => plain(face.family)));
  const found = new Map();
  return (family) => {
    if (!found.has(family)) {
      const left = family.split(",").filter((name) => !loaded.has(plain(name)));
      found.set(family, left.map((name) => name.trim()).join(", ") || "sans-serif");
    }
    return found.get(family);
  };
}

// Where a line may end: behind a space that does not tie, and between Chinese characters but not before their marks.
const BREAK = /(?<=[^\S\u00a0\u202f])|(?<=[\p{Script=Han}，。；、：])(?=\p{Script=Han})/u;

/** A text in lines that fit a width, in the fonts of the saved picture. */
function wrapped(text, { size, weight }, width, family) {
  const wide = (part) => measure(part.trim(), `${weight} ${size}px ${family}`);
  const fits = (part) => wide(part) <= width * FILLED;
  const parts = text.trim().split(BREAK).flatMap((part) => (fits(part) ? [part] : [...part]));
  const lines = [""];
  for (const part of parts) {
    if (!fits(lines.at(-1) + part)) lines.push("");
    lines[lines.length - 1] += part;
  }
  return lines.map((line) => line.trim()).filter(Boolean)
    .map((line) => ({ text: line, wide: wide(line) }));
}

/** What the page says of its pictures. */
function stamped(svg) {
  const said = svg.closest(".dv")?.querySelectorAll("[data-stamp] p") ?? [];
  return [...said].map((line) => line.textContent);
}

/** Keeps a text as wide as there is room for, whatever letters it is drawn in. */
function held(text, wide) {
  if (!(wide > 0)) return;
  text.setAttribute("textLength", wide.toFixed(2));
  text.setAttribute("lengthAdjust", "spacingAndGlyphs");
}

/** The drawing as a file of its own: styles written out, title on top, whose figures they are below, what is interactive gone. */
function standalone(svg, title) {
  const copy = svg.cloneNode(true);
  const lasting = without();
  const [from, to] = [svg, copy].map((root) => [root, ...root.querySelectorAll("*")]);
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    const kept = (key) => {
      const value = style.getPropertyValue(key);
      return key === "font-family" ? lasting(value) : value;
    };
    to[i].setAttribute("style", INLINE.map((key) => `${key}:${kept(key)}`).join(";"));
    for (const name of GONE) to[i].removeAttribute(name);
    // The page has made room for its own letters.
    if (element.localName === "text") held(to[i], element.getComputedTextLength());
  });
  for (const gone of copy.querySelectorAll("[data-live]")) gone.remove();
  const { width, height } = svg.viewBox.baseVal;
  const edge = 12;
  const make = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const page = getComputedStyle(svg.closest(".fig"));
  const family = lasting(page.fontFamily);
  const titles = title ? wrapped(title, TITLE, width, family) : [];
  const head = titles.length ? titles.length * TITLE.line + 13 : 0;
  const notes = stamped(svg).flatMap((line) => wrapped(line, SMALL, width, family));
  const foot = notes.length ? notes.length * SMALL.line + 8 : 0;
  const rtl = page.direction === "rtl";
  const paper = make("rect", {
    x: -edge, y: -head - edge, width: width + 2 * edge, height: height + head + foot + 2 * edge,
    fill: page.backgroundColor,
  });
  copy.prepend(paper);
  const put = (line, look, y) => {
    const text = make("text", {
      x: rtl ? width : 0, y, fill: page.color, direction: page.direction,
      "font-family": family, "font-size": look.size, "font-weight": look.weight,
    });
    text.textContent = line.text;
    held(text, line.wide);
    copy.append(text);
  };
  titles.forEach((line, i) => put(line, TITLE, -14 - (titles.length - 1 - i) * TITLE.line));
  notes.forEach((line, i) => put(line, SMALL, height + 8 + (i + 1) * SMALL.line));
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const [wide, high] = [width + 2 * edge, height + head + foot + 2 * edge];
  copy.setAttribute("viewBox", `${-edge} ${-head - edge} ${wide} ${high}`);
  copy.setAttribute("width", wide);
  copy.setAttribute("height", high);
  return { text: new XMLSerializer().serializeToString(copy), width: wide, height: high };
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Saves the drawing as "svg", or as "png" at twice its size. */
export function save(svg, kind, name, title) {
  const { text, width, height } = standalone(svg, title);
  const blob = new Blob([text], { type: "image/svg+xml" });
  if (kind === "svg") {
    download(blob, `${name}.svg`);
    return;
  }
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width * 2, height * 2];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((made) => download(made, `${name}.png`), "image/png");
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}
