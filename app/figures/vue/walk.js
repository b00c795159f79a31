// Walking from country to country by keyboard.

export const walk = {
  data: () => ({
    focus: null, // index of the country that the keyboard is on
    last: null, // where the keyboard was
  }),
  computed: {
    /** The country that Tab reaches. */
    active() {
      return this.focus ?? this.last ?? this.index.get(this.selected) ?? 0;
    },
    /** Indices of the countries by name. */
    order() {
      return this.countries
        .map((c) => c.i)
        .sort((a, b) => this.names[a].localeCompare(this.names[b], this.locale));
    },
  },
  watch: {
    focus(i) {
      if (i !== null) this.last = i;
    },
  },
  methods: {
    focused(event) {
      if (event.target.dataset.i === undefined) return;
      // A click also focuses; the dashed ring is for the keyboard.
      this.focus = event.target.matches(":focus-visible") ? Number(event.target.dataset.i) : null;
      if (this.focus !== null) this.reveal(this.focus);
    },
    key(event) {
      const arrows = {
        ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1],
      };
      const step = { PageDown: 1, PageUp: -1 }[event.key];
      const here = this.active;
      if (event.target.dataset.i === undefined) return;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (arrows[event.key]) this.go(this.neighbour(here, arrows[event.key]));
      else if (step) this.go(this.order.at((this.order.indexOf(here) + step) % this.order.length));
      else if (event.key === "Home") this.go(this.order[0]);
      else if (event.key === "End") this.go(this.order.at(-1));
      else if (event.key === "Enter" || event.key === " ") this.choose(here);
      else if (event.key === "+" || event.key === "=") this.zoom(1.6, null, here);
      else if (event.key === "-") this.zoom(1 / 1.6, null, here);
      else if (event.key === "0" || event.key === "Escape") this.reset();
      else if (event.key.length === 1) this.find(event.key);
      else return;
      if (event.key.length > 1) this.typed = "";
      event.preventDefault();
    },
    /** The closest country in a direction; straight ahead counts for more than to the side. */
    neighbour(from, [dx, dy]) {
      const here = this.countries[from];
      let best = from;
      let least = Infinity;
      for (const c of this.countries) {
        const ahead = (c.x - here.x) * dx + (c.y - here.y) * dy;
        const aside = Math.abs((c.x - here.x) * dy) + Math.abs((c.y - here.y) * dx);
        const cost = ahead + 2 * aside;
        if (ahead > 0 && aside <= 2 * ahead && cost < least) [best, least] = [c.i, cost];
      }
      return best;
    },
    /** Letters typed quickly one after another find a country by name. */
    find(letter) {
      const now = Date.now();
      this.typed = now - this.typedAt < 900 ? this.typed + letter : letter;
      this.typedAt = now;
      const sought = this.typed.toLocaleLowerCase(this.locale);
      const found = this.order.find((i) =>
        this.names[i].toLocaleLowerCase(this.locale).startsWith(sought),
      );
      if (found !== undefined) this.go(found);
    },
    go(i) {
      this.hover = null;
      this.reveal(i);
      this.$nextTick(() => {
        this.element(i)?.focus();
        this.focus = i;
      });
    },
  },
};
