// The year that is shown while the years play: it comes from the page itself, not from the server.

export const playing = {
  data: () => ({ played: null }),
  mounted() {
    this.follow = (event) => (this.played = event.detail);
    document.addEventListener("divide-year", this.follow);
  },
  beforeUnmount() {
    document.removeEventListener("divide-year", this.follow);
  },
};
