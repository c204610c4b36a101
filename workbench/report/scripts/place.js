// Keeps the place, and whatever the address carries, when a reader goes to the other language.
(() => {
  const link = document.getElementById("switch");
  if (!link) return;
  const page = link.getAttribute("href");
  link.addEventListener("click", () => {
    let place = location.hash;
    if (!place.includes("=")) {
      const above = [...document.querySelectorAll("main [id]")].filter((e) => !e.closest("svg") && e.getBoundingClientRect().top < 80);
      place = above.length && scrollY > 80 ? "#" + above[above.length - 1].id.replace(/-(th|en)(?=-|$)/, "-" + link.lang) : "";
    }
    link.href = page + place;
  });
})();
