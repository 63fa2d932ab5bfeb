// What Gradio has no part for: on a phone the sources are a sheet that opens and closes, the chip whose source is open is
// marked, and a new question is brought into view.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[target="source"]');
  if (link) {
    document.querySelectorAll('a[target="source"][aria-current]').forEach((other) => other.removeAttribute("aria-current"));
    link.setAttribute("aria-current", "true");
    document.body.classList.add("reading");
    link.closest(".statement, .hit")?.scrollIntoView({ block: "nearest" }); // out from under the sheet
  }
  if (event.target.closest("[data-close]")) document.body.classList.remove("reading");
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.body.classList.remove("reading");
});

let turns = 0;
new MutationObserver(() => {
  const shown = document.querySelectorAll(".turn");
  if (shown.length > turns) shown[shown.length - 1].scrollIntoView({ block: "start" });
  turns = shown.length;
}).observe(document.documentElement, { childList: true, subtree: true });
