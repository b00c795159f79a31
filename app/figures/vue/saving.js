// A drawing as a file.

import { measure } from "./numbers.js";

const INLINE = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity",
  "stroke-linejoin", "stroke-linecap", "opacity", "font-size", "font-weight", "font-family",
  "text-anchor", "dominant-baseline", "direction", "paint-order", "vector-effect", "display",
];

// What the page needs or the written style replaces.
const GONE = ["tabindex", "role", "class", "aria-label", "fill", "stroke"];

const SMALL = { size: 11, line: 15 };

/** What the page says of its pictures, in lines that fit a width. */
function stamped(svg, width, family) {
  const said = svg.closest(".dv")?.querySelectorAll("[data-stamp] p") ?? [];
  const lines = [];
  for (const { textContent } of said) {
    let line = "";
    for (const word of textContent.split(/(?<=[\s，。；、：])/u)) {
      if (line && measure(line + word, `${SMALL.size}px ${family}`) > width) {
        lines.push(line.trim());
        line = "";
      }
      line += word;
    }
    if (line) lines.push(line.trim());
  }
  return lines;
}

/** The drawing as a file of its own: styles written out, title on top, whose figures they are below, what is interactive gone. */
function standalone(svg, title) {
  const copy = svg.cloneNode(true);
  const [from, to] = [svg, copy].map((root) => [root, ...root.querySelectorAll("*")]);
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    const text = INLINE.map((key) => `${key}:${style.getPropertyValue(key)}`).join(";");
    to[i].setAttribute("style", text);
    for (const name of GONE) to[i].removeAttribute(name);
  });
  for (const gone of copy.querySelectorAll("[data-live]")) gone.remove();
  const { width, height } = svg.viewBox.baseVal;
  const [head, edge] = [title ? 34 : 0, 12];
  const make = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const page = getComputedStyle(svg.closest(".fig"));
  const notes = stamped(svg, width, page.fontFamily);
  const foot = notes.length ? notes.length * SMALL.line + 8 : 0;
  const rtl = page.direction === "rtl";
  const paper = make("rect", {
    x: -edge, y: -head - edge, width: width + 2 * edge, height: height + head + foot + 2 * edge,
    fill: page.backgroundColor,
  });
  copy.prepend(paper);
  if (title) {
    const text = make("text", {
      x: rtl ? width : 0, y: -14, fill: page.color, direction: page.direction,
      "font-family": page.fontFamily, "font-size": 16, "font-weight": 600,
    });
    text.textContent = title;
    copy.append(text);
  }
  notes.forEach((line, i) => {
    const text = make("text", {
      x: rtl ? width : 0, y: height + 8 + (i + 1) * SMALL.line, fill: page.color,
      direction: page.direction, "font-family": page.fontFamily, "font-size": SMALL.size,
    });
    text.textContent = line;
    copy.append(text);
  });
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
