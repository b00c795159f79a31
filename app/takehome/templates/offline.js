// Moves between runs that were made beforehand. Nothing is computed but differences.

const data = JSON.parse(document.getElementById("data").textContent);
const bytes = Uint8Array.from(atob(data.runs), (c) => c.charCodeAt(0));
const view = new DataView(bytes.buffer);
const [years, frames, n] = [data.years.length, data.frames.length, data.countries];
const whole = frames * n + years;
const stride = 2 * whole + 4 * (frames * data.cards.length + data.sums.length);
const part = (name) => document.querySelector(`[data-part=${name}]`);
const now = { package: data.packages[0], run: data.packages[0].run, frame: frames - 1 };

const change = (run, i) => view.getInt16(run * stride + 2 * i, true) / data.fine;
const figure = (run, i) => view.getFloat32(run * stride + 2 * whole + 4 * i, true);

function write(value, places, unit, sign) {
  const signDisplay = sign ? "exceptZero" : "auto";
  return number(value, { maximumFractionDigits: places, signDisplay }, unit, data.lang);
}

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function drawMap() {
  for (const land of document.querySelectorAll("[data-row]")) {
    const moved = change(now.run, now.frame * n + Number(land.dataset.row));
    land.setAttribute("fill", colour("better", false, 0.5 + (0.5 * moved) / data.reach));
  }
  const year = data.years[data.frames[now.frame]];
  part("map-title").textContent = data.title.replace("{year}", year);
  part("year-shown").textContent = year;
}

function drawLine() {
  const { low, high, top, tall, x } = data.scale;
  const y = (v) => top + (tall * (high - v)) / Math.max(high - low, 1e-12);
  const at = x.map((place, k) => `${place},${y(change(now.run, frames * n + k)).toFixed(1)}`);
  document.querySelector(".line-you").setAttribute("d", `M${at.join("L")}`);
}

function drawCards() {
  const first = now.frame * data.cards.length;
  // One run says by how much, not whether it is better: that needs the interval.
  const read = now.run === now.package.run ? now.package.read[now.frame] : [];
  const rows = data.cards.map((card, k) => {
    const [value, before] = [now.run, 0].map((run) => figure(run, first + k) * card.factor);
    const moved = value - before;
    const row = element("tr", "");
    const same = Math.abs(moved) < 0.5 * 10 ** -card.places;
    const single = same ? "=" : `${moved > 0 ? "▲" : "▼"} ${write(moved, card.places, card.difference, true)}`;
    const { tone, reading, interval, sign, difference } = read[k] ?? {};
    const cell = element("td", "", { class: "n", dir: document.documentElement.dir });
    cell.append(element("b", sign ? `${sign} ${difference}` : single, { class: tone ?? "" }));
    if (reading) cell.append(` · ${reading}`, element("br", ""), element("small", interval));
    row.append(
      element("th", card.label, { scope: "row" }),
      element("td", write(value, card.places, card.unit), { class: "n", dir: document.documentElement.dir }),
      cell,
    );
    return row;
  });
  const sums = data.sums.map((sum, k) => {
    const row = element("tr", "");
    const value = figure(now.run, frames * data.cards.length + k) * sum.factor;
    row.append(
      element("th", sum.label, { scope: "row" }),
      element("td", write(value, sum.places, sum.unit), { class: "n", dir: document.documentElement.dir }),
      element("td", ""),
    );
    return row;
  });
  part("cards").replaceChildren(...rows, ...sums);
}

function draw() {
  drawMap();
  drawLine();
  drawCards();
  for (const choice of document.querySelectorAll("[data-move]")) {
    const move = now.package.moves[Number(choice.dataset.move)];
    const at = move.settings.findIndex((s) => s.run === now.run);
    const own = move.settings.findIndex((s) => s.run === now.package.run);
    choice.value = at < 0 ? own : at;
    const text = move.settings[choice.value].text;
    choice.setAttribute("aria-valuetext", text);
    choice.parentElement.querySelector("output").textContent = text;
    choice.parentElement.classList.toggle("moved", at >= 0 && at !== own);
  }
}

function choose(k) {
  now.package = data.packages[k];
  now.run = now.package.run;
  const levers = now.package.moves.map((move, i) => {
    const label = element("label", "", { class: move.used ? "used" : "" });
    const input = element("input", "", {
      type: "range", min: 0, max: move.settings.length - 1, step: 1, "data-move": i,
    });
    input.addEventListener("input", () => {
      now.run = move.settings[Number(input.value)].run;
      draw();
    });
    label.append(element("span", move.label), input, element("output", ""));
    return label;
  });
  part("levers").replaceChildren(...levers);
  draw();
}

part("package").addEventListener("change", (event) => choose(Number(event.target.value)));
part("restore").addEventListener("click", () => { now.run = now.package.run; draw(); });
part("year").addEventListener("input", (event) => { now.frame = Number(event.target.value); draw(); });
choose(0);
