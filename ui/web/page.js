// What Gradio has no part for: on a phone the sources are a sheet that opens and closes, the chip whose source is open is
// marked, a new question is brought into view, a chip has a tip, text is copied, and what takes
// a moment to count is fetched when it is opened.
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
  if (event.key === "Escape" && !hide()) document.body.classList.remove("reading");
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

// A tip lies above all else in the window (it is a popover), where there is room for it, and stays while it is pointed at.
let chip, tip, leaving;
const described = (element) => element.closest?.('[aria-describedby^="tip-"]');
function show(next) {
  clearTimeout(leaving);
  const nexts = document.getElementById(next.getAttribute("aria-describedby"))?.closest(".tip");
  if (nexts !== tip) hide();
  [chip, tip] = [next, nexts];
  tip?.showPopover?.();
  place();
}
function place() {
  if (!tip) return;
  const at = chip.getBoundingClientRect(), { width, height } = tip.getBoundingClientRect();
  const below = at.bottom + 6, fits = below + height < innerHeight - 8;
  tip.style.left = `${Math.max(8, Math.min(at.left - 16, innerWidth - width - 8))}px`;
  tip.style.top = `${Math.max(8, fits ? below : at.top - height - 6)}px`;
}
function hide() {
  const shown = tip;
  clearTimeout(leaving);
  if (shown?.isConnected) shown.hidePopover?.();
  chip = tip = undefined;
  return shown;
}
addEventListener("scroll", place, { capture: true, passive: true });
addEventListener("resize", place);
document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch") return;
  const pointed = described(event.target);
  if (pointed) show(pointed);
  else if (tip?.contains(event.target)) clearTimeout(leaving);
  else if (tip && !chip.matches(":focus-visible")) leaving = setTimeout(hide, 250);
});
document.addEventListener("focusin", (event) => {
  const focused = described(event.target);
  if (focused?.matches(":focus-visible")) show(focused);
  else if (!tip?.contains(event.target)) hide();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = button.dataset.copy.replace(/^(<?)(?=\/source\/)/gm, `$1${location.origin}`);
  let copied = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch { // refused, or no https
    const box = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(box);
    box.select();
    copied = document.execCommand("copy");
    box.remove();
    button.focus();
  }
  const told = copied ? "Copied" : "Could not be copied";
  button.closest(".turn")?.querySelector('.actions [role="status"]')?.replaceChildren(told);
  button.dataset.told = told;
  setTimeout(() => delete button.dataset.told, 2000);
});

document.addEventListener("toggle", async (event) => {
  const place = event.target.querySelector("[data-load]");
  if (!place || !event.target.open) return;
  const page = await fetch(place.dataset.load).catch(() => undefined);
  place.innerHTML = page ? await page.text() : "This could not be counted.";
  delete place.dataset.load;
}, true);

let turns = 0, at;
new MutationObserver(() => {
  const account = document.querySelector("#account form[hidden]");
  if (user && account) {
    account.firstElementChild.textContent = user;
    account.hidden = false;
  }
  const shown = document.querySelectorAll(".turn");
  if (shown.length > turns) shown[shown.length - 1].scrollIntoView({ block: "start" });
  turns = shown.length;
  const address = document.querySelector("[data-address]")?.dataset.address; // of the conversation that is open
  if (address && address !== at) history.replaceState(history.state, "", (at = address));
}).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-address"] });

// Gradio drops the folder that a file was in, takes no dropped folder, and none of the files if one is too large. So each
// file is named by its path, and one that is not to be sent is only named.
{
  const LARGEST = 100 * 2 ** 20;
  const MOST = 5000;
  const input = () => document.querySelector("#files input[type=file]");
  const sent = (file, path) =>
    file.size > LARGEST ? new File([], path, { type: "x-onrecord/too-large" }) : new File([file], path, { type: file.type });
  const asked = (call) => new Promise((done, failed) => call(done, failed));
  async function below(entry, found) {
    const path = entry.fullPath.replace(/^\//, "");
    try {
      if (entry.isFile) found.push(sent(await asked((...then) => entry.file(...then)), path));
      else {
        const reader = entry.createReader();
        for (let some = [0]; some.length && found.length <= MOST; ) {
          some = await asked((...then) => reader.readEntries(...then));
          for (const each of some) if (!each.name.startsWith(".")) await below(each, found);
        }
      }
    } catch {
      found.push(new File([], path, { type: "x-onrecord/unreadable" }));
    }
  }
  function listed(files) {
    const list = new DataTransfer();
    const many = new File([], files.length.toLocaleString("en"), { type: "x-onrecord/too-many" });
    for (const file of files.length > MOST ? [many] : files) list.items.add(file);
    return list;
  }
  addEventListener("drop", async (event) => {
    const place = event.isTrusted && event.target.closest?.("#files");
    if (!place) return;
    event.preventDefault();
    event.stopPropagation();
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    const found = [];
    for (const entry of entries) await below(entry, found);
    event.target.dispatchEvent(new DragEvent("drop", { dataTransfer: listed(found), bubbles: true, cancelable: true }));
  }, true);
  addEventListener("change", ({ target }) => {
    if (target !== input()) return;
    const path = (file) => file.webkitRelativePath || file.name;
    target.files = listed([...target.files].map((file) => sent(file, path(file)))).files;
  }, true);
  addEventListener("click", (event) => {
    if (!event.target.closest("[data-folder]")) return;
    const folder = input();
    folder.webkitdirectory = true;
    for (const over of ["change", "cancel"]) folder.addEventListener(over, () => (folder.webkitdirectory = false), { once: true });
    folder.click();
  });
}
