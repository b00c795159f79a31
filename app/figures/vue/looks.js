// Colours and dashes.

// Blue to yellow, brown to green-blue and blue to orange differ for every kind of colour vision.
// "better" runs from worse to better, in the colours of the cards; "diverging" says neither.
const STOPS = {
  sequential: {
    light: ["#12305e", "#345184", "#62718a", "#938f7c", "#c4ad5c", "#f3d24a"],
    dark: ["#2c4f96", "#4a68a0", "#7480a0", "#a09a8a", "#cdb765", "#ffe066"],
  },
  better: {
    light: ["#7d2610", "#bd5f3c", "#e6b69c", "#dedad0", "#9ccdbd", "#379a80", "#00533f"],
    dark: ["#ff9a80", "#c65f43", "#7d4030", "#454a52", "#2d6655", "#3aa384", "#7ff0c6"],
  },
  diverging: {
    light: ["#084a86", "#3d86bf", "#93bedb", "#dedad0", "#efb274", "#d97b1f", "#944300"],
    dark: ["#7cc0ff", "#4189c9", "#2b5a86", "#454a52", "#84542b", "#cc7f30", "#ffb868"],
  },
};

const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

/** The colour at `share`, 0 to 1, along the stops of a kind of scale. */
export function colour(kind, dark, share) {
  const stops = STOPS[kind][dark ? "dark" : "light"];
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const i = Math.min(Math.floor(place), stops.length - 2);
  const [a, b] = [channels(stops[i]), channels(stops[i + 1])];
  return `rgb(${a.map((v, c) => Math.round(v + (b[c] - v) * (place - i))).join(",")})`;
}

/** Class of a change by whether it is for better or worse, or of its sign where it is neither. */
export function tone(change, better) {
  if (better !== "higher" && better !== "lower") return change > 0 ? "more" : "less";
  return change > 0 === (better === "higher") ? "better" : "worse";
}

// Colour, dashes and weight tell lines apart together, so that no one of them has to.
const DASHES = ["6 4", "2 4", "10 3 2 3", "1 3", "8 3 2 3 2 3"];

/** Lines with their looks: yours, the baseline, and pinned ones in turn. */
export function styled(lines) {
  let pin = -1;
  return lines.map((line, i) => {
    if (line.style === "you") {
      return { ...line, i, stroke: "var(--fig-you)", thick: 3, dash: "1 0", strong: true };
    }
    if (line.style === "baseline") {
      return { ...line, i, stroke: "var(--fig-baseline)", thick: 2, dash: "1 0" };
    }
    if (line.style === "goal") {
      return { ...line, i, stroke: "var(--fig-goal)", thick: 2.5, dash: "2 3", goal: true };
    }
    pin += 1;
    const turn = pin % DASHES.length;
    return { ...line, i, stroke: `var(--fig-${turn + 1})`, thick: 2, dash: DASHES[turn] };
  });
}
