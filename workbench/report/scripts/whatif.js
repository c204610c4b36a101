// What if pillars weighed otherwise: the rules of the published index, in the reader's browser, on the published pillar scores.
document.querySelectorAll("[data-whatif]").forEach((root) => {
  const data = JSON.parse(root.dataset.whatif), words = JSON.parse(root.dataset.words);
  const all = (selector) => [...root.querySelectorAll(selector)];
  const one = (selector) => root.querySelector(selector);
  const sliders = all("[data-weight]"), choice = one("[data-aggregation]");
  const body = one("[data-result]").tBodies[0], rows = new Map(all("tr[data-unit]").map((row) => [row.dataset.unit, row]));
  const TOLERANCE = 1e-12;

  // A weighted power mean; terms are added in the order of the pillars, as the published index adds them.
  const mean = (values, weights, exponent) => {
    let total = 0, there = 0, sum = 0;
    const raised = (value) => {
      if (exponent === 1) return value;
      if (exponent === 0) return Math.log(Math.max(value, data.floor));
      return Math.max(value, exponent < 0 ? data.floor : 0) ** exponent;
    };
    values.forEach((value, place) => {
      total += weights[place];
      if (value === null) return;
      there += weights[place];
      sum += raised(value) * weights[place];
    });
    if (!(there > 0 && there >= (data.coverage - TOLERANCE) * total)) return null;
    const found = sum / there;
    return exponent === 1 ? found : exponent === 0 ? Math.exp(found) : found ** (1 / exponent);
  };

  const ranks = (index) => {
    const known = index.filter((value) => value !== null).sort((a, b) => b - a), steps = [...new Set(known)];
    return index.map((value) => {
      if (value === null) return null;
      if (data.ties === "dense") return steps.indexOf(value) + 1;
      const first = known.indexOf(value) + 1;
      return data.ties === "mean" ? (first + known.lastIndexOf(value) + 1) / 2 : first;
    });
  };

  const band = (value) => Math.max(data.minima.filter((minimum) => minimum <= value).length - 1, 0);
  const signed = (value) => (value > 0 ? `+${value}` : value < 0 ? `−${-value}` : "0");
  const shown = (value) => value.toFixed(1).replace("-", "−");
  const published = ranks(data.published);

  const draw = (weights, exponent) => {
    const index = data.scores.map((row) => mean(row, weights, exponent)), places = ranks(index);
    const counts = data.minima.map(() => 0), order = data.units.map((_, place) => place);
    let moved = 0, furthest = 0;
    data.units.forEach((unit, place) => {
      const row = rows.get(unit), known = index[place] !== null, level = known ? band(index[place]) : -1;
      const shift = known && published[place] !== null ? published[place] - places[place] : null;
      if (known) counts[level] += 1;
      if (shift) moved += 1;
      furthest = Math.max(furthest, Math.abs(shift ?? 0));
      row.dataset.index = known ? index[place] : "";
      row.dataset.rank = known ? places[place] : "";
      row.cells[0].textContent = known ? places[place] : words.none;
      row.cells[2].textContent = known ? shown(index[place]) : words.none;
      row.cells[3].textContent = known ? words.bands[level] : "–";
      row.cells[6].textContent = shift === null ? "–" : signed(shift);
      const tile = one(`[data-tile="${CSS.escape(unit)}"]`);
      if (!tile) return;
      const [colour, ink] = known ? data.colours[level] : ["url(#whatif-none)", "#000000"];
      tile.setAttribute("fill", ink);
      tile.querySelector("rect").setAttribute("fill", colour);
      tile.querySelector("[data-value]").textContent = known ? index[place].toFixed(0).replace("-", "−") : "–";
    });
    order.sort((a, b) => (index[a] === null) - (index[b] === null) || index[b] - index[a] || (data.units[a] < data.units[b] ? -1 : 1));
    body.append(...order.map((place) => rows.get(data.units[place])));
    all("[data-count]").reverse().forEach((cell, level) => (cell.textContent = counts[level]));
    const enough = index.some((value) => value !== null);
    one("[data-status]").textContent = !enough ? words.none : moved ? words.status.replace("{n}", moved).replace("{most}", furthest) : words.same;
  };

  const page = root.closest("[data-page]"), before = page ? `${page.id};` : "";
  const start = data.weights.join(","), home = choice.options[0].value;
  let given = [...data.weights];

  const update = (write) => {
    const total = given.reduce((sum, weight) => sum + weight, 0);
    sliders.forEach((slider, place) => {
      const share = total > 0 ? (100 * given[place]) / total : 0;
      slider.parentElement.querySelector("output").textContent = `${share.toFixed(1)} %`;
      slider.setAttribute("aria-valuetext", `${share.toFixed(1)} %`);
    });
    draw(given, data.exponents[choice.value]);
    if (!write) return;
    const setting = given.join(",") === start && choice.value === home ? "" : `w=${given.join(",")}&a=${choice.value}`;
    location.replace(`#${before}${setting || "w="}`);
  };

  const read = () => {
    const found = new URLSearchParams(location.hash.startsWith(`#${before}`) ? location.hash.slice(1 + before.length) : "");
    const weights = (found.get("w") || start).split(",").map(Number);
    const fits = weights.length === sliders.length && weights.every((weight) => Number.isFinite(weight) && weight >= 0);
    given = fits && weights.some((weight) => weight > 0) ? weights : [...data.weights];
    sliders.forEach((slider, place) => {
      slider.max = Math.max(Number(slider.max), given[place]);
      slider.value = given[place];
    });
    choice.value = Object.hasOwn(data.exponents, found.get("a") ?? "") ? found.get("a") : home;
    update(false);
  };

  sliders.forEach((slider, place) =>
    slider.addEventListener("input", () => {
      given[place] = Number(slider.value);
      update(true);
    }),
  );
  choice.addEventListener("change", () => update(true));
  one("[data-reset]").addEventListener("click", () => {
    location.replace(`#${before}w=`);
    read();
  });
  addEventListener("hashchange", read);
  one("[data-controls]").hidden = false;
  all("[data-noscript]").forEach((note) => note.remove());
  read();
});
