// The legend of the map.

import { colour } from "./looks.js";
import { alone, known, measure, ticks } from "./numbers.js";

export const mapLegend = {
  computed: {
    /** The legend: place, steps of colour, ticks. */
    key_() {
      const unit = alone(this.legend.unit);
      // On a narrow page the legend stands below the map, beside the three buttons.
      const width = this.below ? Math.max(0, this.width - 136) : Math.min(260, this.width * 0.22);
      const [x, y] = this.below ? [8, this.mapHeight + 22] : [24, this.mapHeight - 4 - this.keyHeight];
      const count = 48;
      const at = (share) => (this.rtl ? 1 - share : share) * width;
      const steps = Array.from({ length: count }, (_, i) => ({
        x: Math.min(at(i / count), at((i + 1) / count)),
        width: width / count + 0.5,
        fill: this.tint((i + 0.5) / count),
      }));
      const wide = Math.max(width, this.unequal ? measure(this.texts.unequal, "12px sans-serif") : 0);
      return {
        x,
        y,
        width,
        steps,
        ticks: this.marks(width, at),
        heads: this.heads(width, unit === "%" ? "" : unit),
        tall: this.keyHeight,
        box: { x: this.rtl ? width - wide - 10 : -10, width: wide + 20 },
      };
    },
    /** Whether the steps of colour stand for unequal steps of the value. */
    unequal() {
      const steps = (this.legend.breaks ?? []).slice(1).map((b, i) => b - this.legend.breaks[i]);
      return Math.max(...steps) > 1.01 * Math.min(...steps);
    },
    keyHeight() {
      return this.unequal ? 88 : 70;
    },
    /** Where the country under the pointer stands on the legend. */
    pointer() {
      const i = this.hover?.i ?? this.focus;
      const value = this.values[i];
      if (!known(value)) return null;
      const share = this.share(value);
      return (this.rtl ? 1 - share : share) * this.key_.width;
    },
  },
  methods: {
    /** Where a value stands on the scale, 0 to 1: between breaks that lie equally far apart. */
    share(value) {
      const { low, high, breaks = [low, high] } = this.legend;
      const last = breaks.length - 2;
      const i = Math.min(Math.max(breaks.findLastIndex((b) => value >= b), 0), last);
      const within = (value - breaks[i]) / (breaks[i + 1] - breaks[i] || 1);
      return Math.min(Math.max((i + within) / (last + 1), 0), 1);
    },
    /** The colour at a place of the scale; better has one colour, whichever way it lies. */
    tint(share) {
      const { kind, better } = this.legend;
      const one = better === "higher" || better === "lower";
      const scale = kind === "diverging" && one ? "better" : kind;
      return colour(scale, this.dark, better === "lower" ? 1 - share : share);
    },
    /** Words above the legend: at one end which way is better, at the other the unit. */
    heads(width, unit) {
      const { better } = this.legend;
      const end = (high) => ({ x: high ? width : 0, start: !high });
      const said = [{ ...end(better === "lower"), text: unit, class: null }];
      if (better === "higher" || better === "lower") {
        const right = (better === "higher") !== this.rtl;
        const text = right ? `${this.texts.better} →` : `← ${this.texts.better}`;
        said.push({ ...end(better === "higher"), text, class: "strong" });
      }
      return said.filter((head) => head.text);
    },
    side(x) {
      return this.rtl ? this.key_.width - x : x;
    },
    /** Numbers under the legend: both ends, and round ones between where they have room. */
    marks(width, at) {
      const { low, high, unit, breaks } = this.legend;
      // Of all years, so that playing changes nothing; what is not known is neither.
      const under = this.frames.some((row) => row.some((v) => v < low)) ? "≤\u00a0" : "";
      const over = this.frames.some((row) => row.some((v) => v > high)) ? "≥\u00a0" : "";
      const write = (v) => this.value(v, alone(unit) === "%" ? unit : "");
      const size = (text) => measure(text, "13px sans-serif");
      const place = (v) => this.share(v) * width;
      const [first, last] = [under + write(low), over + write(high)];
      let free = size(first) + 8;
      const inner = [];
      for (const v of breaks?.slice(1, -1) ?? ticks(low, high, 4)) {
        const [text, x] = [write(v), place(v)];
        const half = size(text) / 2;
        if (x - half < free || x + half > width - size(last) - 8) continue;
        inner.push({ x: at(x / width), text, anchor: "middle" });
        free = x + half + 8;
      }
      const [left, right] = [this.anchor("left"), this.anchor("right")];
      const ends = this.rtl ? [right, left] : [left, right];
      return [
        { x: at(0), text: first, anchor: ends[0] },
        ...inner,
        { x: at(1), text: last, anchor: ends[1] },
      ];
    },
  },
};
