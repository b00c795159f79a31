// Numbers, axes and labels.

export const known = (value) => value !== null && value !== undefined && Number.isFinite(value);

const AMOUNT = "{amount}";

// Kept: to make one takes longer than to write a hundred numbers.
const formatters = new Map();
function formatter(locale, options) {
  const key = `${locale} ${JSON.stringify(options)}`;
  if (!formatters.has(key)) formatters.set(key, new Intl.NumberFormat(`${locale}-u-nu-latn`, options));
  return formatters.get(key);
}

/**
 * A number in the reader's language, with a true minus; `format` holds options of Intl.NumberFormat.
 * A unit says where its number stands ("US$ {amount} billion"), or comes behind it.
 */
export function number(value, format, unit, locale, none) {
  if (!known(value)) return none ?? "";
  const options = { maximumFractionDigits: 1, ...format };
  const written = formatter(locale, options).format(value).replace("-", "\u2212");
  if (!unit) return written;
  const [before, after] = (unit.includes(AMOUNT) ? unit : `${AMOUNT} ${unit}`).split(AMOUNT);
  // A sign comes before the currency; no line breaks between a number and its unit.
  const [, sign, plain] = written.match(/^\u200e?([+\u2212]?)(.*)$/);
  const tied = (text) => text.replace(/^ | $/g, "\u00a0");
  return before ? sign + tied(before) + plain + tied(after) : written + tied(after);
}

/** A text with another in brackets, which are as wide as a letter in Chinese. */
export const aside = (text, inside, locale) => (/^zh/.test(locale) ? `${text}\uff08${inside}\uff09` : `${text} (${inside})`);

/** The unit without a number, as it stands over a scale. */
export const alone = (unit) => unit.replace(AMOUNT, "").replace(/\s+/g, " ").trim();

/** About `count` round numbers from `low` to `high`. */
export function ticks(low, high, count) {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((s) => s * power >= rough * 0.999) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** Moves places apart until each is `gap` from the next and all lie within bounds. */
export function spread(places, gap, low, high) {
  const order = places.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y || a.i - b.i);
  for (let i = 0; i < order.length; i++) {
    order[i].y = Math.max(order[i].y, i ? order[i - 1].y + gap : low);
  }
  for (let i = order.length - 1; i >= 0; i--) {
    order[i].y = Math.min(order[i].y, i < order.length - 1 ? order[i + 1].y - gap : high);
  }
  const moved = [];
  for (const { y, i } of order) moved[i] = y;
  return moved;
}

/** Width of a text in pixels, as the page would draw it. */
export const measure = (() => {
  let pen;
  return (text, font = "13px sans-serif") => {
    pen ??= document.createElement("canvas").getContext("2d");
    pen.font = font;
    return pen.measureText(text).width;
  };
})();

/** The text, cut with an ellipsis where it would be wider than `width` pixels. */
export function shorten(text, width, font) {
  if (measure(text, font) <= width) return text;
  let keep = text.length;
  while (keep > 1 && measure(`${text.slice(0, keep)}…`, font) > width) keep--;
  return `${text.slice(0, keep).trimEnd()}…`;
}

/** Where a pointer is on a drawing, in the drawing's own pixels, however the page is zoomed. */
export function pointed(event, svg) {
  const box = svg.getBoundingClientRect();
  const scale = box.width / svg.viewBox.baseVal.width || 1;
  return { x: (event.clientX - box.left) / scale, y: (event.clientY - box.top) / scale };
}
