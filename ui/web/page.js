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

// A session that has ended is told of, and what was typed stays.
const asked = window.fetch;
window.fetch = async (...request) => {
  const answer = await asked(...request);
  const told = document.querySelector("#signed-out");
  if (answer.ok) told?.remove();
  else if (answer.status === 401 && !told)
    document.body.insertAdjacentHTML("beforeend", '<p id="signed-out" role="alert">You are signed out. <a href="/login" target="_blank">Sign in again</a>, then go on here.</p>');
  return answer;
};

const user = window.gradio_config?.username;
let turns = 0;
new MutationObserver(() => {
  const account = document.querySelector("#account form[hidden]");
  if (user && account) {
    account.firstElementChild.textContent = user;
    account.hidden = false;
  }
  const shown = document.querySelectorAll(".turn");
  if (shown.length > turns) shown[shown.length - 1].scrollIntoView({ block: "start" });
  turns = shown.length;
}).observe(document.documentElement, { childList: true, subtree: true });
