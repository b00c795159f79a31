// What all figures share.

import { number } from "./numbers.js";
import { FigureHead, FigureTable } from "./parts.js";
import { save } from "./saving.js";

const STYLE = "figure.css";
if (!document.getElementById("divide-figures")) {
  const style = document.createElement("style");
  style.id = "divide-figures";
  style.textContent = STYLE;
  document.head.append(style);
}

/** What every figure has: its width in pixels, so that a pixel of text is a pixel; words; saving. */
export const figure = {
  components: { FigureHead, FigureTable },
  data: () => ({ width: 640, tabular: false }),
  computed: {
    theme() {
      return { "fig-dark": this.dark, "fig-narrow": this.width < 520 };
    },
    dir() {
      return this.rtl ? "rtl" : "ltr";
    },
  },
  mounted() {
    this.observer = new ResizeObserver(([entry]) => {
      const width = Math.round(entry.contentRect.width);
      if (width > 0 && width !== this.width) this.width = width;
    });
    this.observer.observe(this.$refs.stage.parentElement);
  },
  beforeUnmount() {
    this.observer.disconnect();
  },
  methods: {
    /** Anchor of a text that ends or begins at a place on the page, whatever way it is read. */
    anchor(side) {
      return (this.rtl ? { left: "end", right: "start" } : { left: "start", right: "end" })[side];
    },
    write(value, format = this.format, unit = this.unit) {
      return number(value, format, unit, this.locale, this.texts.no_data);
    },
    save(kind) {
      this.tabular = false;
      this.$nextTick(() => save(this.$refs.svg, kind, this.filename, this.title));
    },
  },
};
