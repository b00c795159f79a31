// What stands around every drawing.

import { h } from "vue";

/** Title, and the buttons that show the table and save the drawing. */
export const FigureHead = {
  props: ["title", "texts", "table", "bare"],
  emits: ["table", "save"],
  render() {
    const button = (label, pressed, act) =>
      h("button", { type: "button", "aria-pressed": pressed, onClick: act }, label);
    return h("figcaption", { class: "fig-head" }, [
      h("span", { class: "fig-title" }, this.title),
      h("span", { class: "fig-tools", role: "group", "aria-label": this.title }, [
        button(this.texts.table, String(this.table), () => this.$emit("table")),
        button(this.texts.save_svg, undefined, () => this.$emit("save", "svg")),
        button(this.texts.save_png, undefined, () => this.$emit("save", "png")),
      ]),
    ]);
  },
};

/** What the drawing shows, as a table. */
export const FigureTable = {
  props: ["title", "columns", "rows"],
  render() {
    const cell = (tag, attributes) => (text) => h(tag, attributes, text);
    return h("div", { class: "fig-table", tabindex: 0, role: "region", "aria-label": this.title }, [
      h("table", [
        h("caption", this.title),
        h("thead", h("tr", this.columns.map(cell("th", { scope: "col" })))),
        h(
          "tbody",
          this.rows.map((row) =>
            h("tr", [h("th", { scope: "row" }, row[0]), ...row.slice(1).map(cell("td"))]),
          ),
        ),
      ]),
    ]);
  },
};
