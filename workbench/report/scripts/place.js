// Keeps the place, and whatever the address carries, when a reader goes to the other language.
(() => {
  document.querySelectorAll(".switch a").forEach((link) => {
    const page = link.getAttribute("href"), inside = page.startsWith("#");
    link.addEventListener("click", () => {
      let place = "";
      if (location.hash.includes("=")) {
        place = (inside ? ";" : "#") + location.hash.slice(1).split(";").pop();
      } else if (!inside && scrollY > 80) {
        const above = [...document.querySelectorAll("main [id]")].filter((e) => !e.closest("svg") && e.getBoundingClientRect().top < 80);
        place = above.length ? "#" + above[above.length - 1].id.replace(/-(th|en)(?=-|$)/, "-" + link.lang) : "";
      }
      link.href = page + place;
    });
  });
  // In a report of one file an address can name a page and a setting for it; style alone sees only the page.
  const show = () =>
    document.querySelectorAll("[data-page]").forEach((page) => page.classList.toggle("shown", location.hash.startsWith(`#${page.id};`)));
  addEventListener("hashchange", show);
  show();
})();
