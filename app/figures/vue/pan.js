// Moving and magnifying the map, by pointer, wheel, two fingers, and for the buttons and keys.

import { pointed } from "./numbers.js";

const FURTHEST = 16; // times

export const pan = {
  data: () => ({
    view: { k: 1, x: 0, y: 0 }, // times magnified; where the corner of the map is, in pixels
    hint: false, // whether to say how the wheel magnifies
  }),
  computed: {
    /** Pixels of a unit of the geometry. */
    unit() {
      return this.scale * this.view.k;
    },
    transform() {
      return `translate(${this.view.x} ${this.view.y}) scale(${this.unit})`;
    },
  },
  watch: {
    width(now, before) {
      this.look(this.view.k, (this.view.x * now) / before, (this.view.y * now) / before);
    },
  },
  mounted() {
    this.fingers = new Map(); // places of pointers that are down, by their id
  },
  beforeUnmount() {
    clearTimeout(this.hinting);
  },
  methods: {
    place(event) {
      return pointed(event, this.$refs.svg);
    },
    /** Moves a magnified map until the country is well inside the frame. */
    reveal(i) {
      if (this.view.k === 1) return;
      const c = this.countries[i];
      const [x, y] = [this.view.x + c.x * this.unit, this.view.y + c.y * this.unit];
      if (x > 60 && x < this.width - 60 && y > 40 && y < this.mapHeight - 40) return;
      this.look(this.view.k, this.width / 2 - c.x * this.unit, this.mapHeight / 2 - c.y * this.unit);
    },
    look(k, x, y) {
      const inside = (v, size) => Math.min(0, Math.max(v, size * (1 - k)));
      this.view = { k, x: inside(x, this.width), y: inside(y, this.mapHeight) };
    },
    reset() {
      this.look(1, 0, 0);
    },
    /** Magnifies about the pointer, a country, or the middle. */
    zoom(factor, event, i) {
      const k = Math.min(Math.max(this.view.k * factor, 1), FURTHEST);
      let at = { x: this.width / 2, y: this.mapHeight / 2 };
      const country = i ?? this.index.get(this.selected);
      if (event) at = this.place(event);
      else if (country !== undefined) {
        const c = this.countries[country];
        at = { x: this.view.x + c.x * this.unit, y: this.view.y + c.y * this.unit };
      }
      const turn = k / this.view.k;
      this.look(k, at.x - (at.x - this.view.x) * turn, at.y - (at.y - this.view.y) * turn);
    },
    /** The wheel scrolls the page, and says once that with Ctrl, or as a pinch, it magnifies. */
    wheel(event) {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY / 250), event);
        return;
      }
      if (this.hinting) return;
      this.hint = true;
      this.hinting = setTimeout(() => (this.hint = false), 1500);
    },
    down(event) {
      this.dragged = false;
      this.fingers.set(event.pointerId, this.place(event));
    },
    move(event) {
      if (!event.buttons) this.fingers.delete(event.pointerId); // released outside the map
      const before = this.fingers.get(event.pointerId);
      if (!before) {
        this.hover = event.pointerType === "touch" ? null : this.meant(event);
        return;
      }
      const now = this.place(event);
      if (this.fingers.size === 2) {
        const other = [...this.fingers].find(([id]) => id !== event.pointerId)[1];
        const apart = (a) => Math.hypot(a.x - other.x, a.y - other.y);
        if (apart(before) > 10) this.zoom(apart(now) / apart(before), event);
        this.dragged = true;
      } else if (this.view.k > 1 && (this.dragged || Math.hypot(now.x - before.x, now.y - before.y) > 4)) {
        this.look(this.view.k, this.view.x + now.x - before.x, this.view.y + now.y - before.y);
        this.dragged = true;
        this.hover = null;
        this.$refs.svg.setPointerCapture(event.pointerId);
      } else return;
      this.fingers.set(event.pointerId, now);
    },
    up(event) {
      this.fingers.delete(event.pointerId);
    },
  },
};
