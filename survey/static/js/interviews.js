// Interviews on the tablet: keeps a draft in the browser, hides questions that do not apply. The page works without it.

const form = document.querySelector("form[data-draft]");
const keyOf = (unit) => `hai-long-interview-${unit}`;

function entriesOf(form) {
  return [...new FormData(form)].filter(([name]) => name !== "csrf_token");
}

function readDraft(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null; // a draft that cannot be read is no draft
  }
}

function clock(moment) {
  return new Date(moment).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
}

function saveDraft(form) {
  const savedAt = Date.now();
  try {
    localStorage.setItem(keyOf(form.dataset.draft), JSON.stringify({ savedAt, entries: entriesOf(form) }));
  } catch {
    return; // storage is full or switched off: say nothing rather than something untrue
  }
  document.getElementById("draft-state").textContent = form.dataset.saved.replace("{time}", clock(savedAt));
}

function takeUp(form, draft) {
  for (const field of form.querySelectorAll("input:not([name=csrf_token]),textarea,select")) field.disabled = true;
  for (const [name, value] of [...draft.entries, ["action", "draft"]]) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  form.submit();
}

// Until it is decided what becomes of the draft, there is nothing else to do: no new answer can overwrite it.
function offer(form, draft) {
  const notice = document.getElementById("draft");
  const others = form.querySelectorAll(".bar button, .how-far, .sections, #questions, #steps");
  const text = document.getElementById("draft-text");
  text.textContent = text.dataset.text.replace("{time}", clock(draft.savedAt));
  notice.hidden = false;
  for (const other of others) other.hidden = true;
  document.getElementById("draft-continue").addEventListener("click", () => takeUp(form, draft));
  document.getElementById("draft-discard").addEventListener("click", () => {
    localStorage.removeItem(keyOf(form.dataset.draft));
    notice.hidden = true;
    for (const other of others) other.hidden = false;
  });
}

function hideWhatDoesNotApply(form) {
  for (const question of form.querySelectorAll("[data-shown-if-item]")) {
    const { shownIfItem, shownIfCodes } = question.dataset;
    const given = new FormData(form).getAll(shownIfItem);
    question.hidden = !given.some((code) => shownIfCodes.split(" ").includes(code));
  }
}

function begin(form) {
  const draft = readDraft(keyOf(form.dataset.draft));
  const isFresh = "fresh" in form.dataset;
  if (isFresh && draft) offer(form, draft);
  if (!isFresh) saveDraft(form);
  hideWhatDoesNotApply(form);
  form.addEventListener("input", () => {
    saveDraft(form);
    hideWhatDoesNotApply(form);
  });
}

const finished = document.querySelector("[data-forget]");
if (finished) localStorage.removeItem(keyOf(finished.dataset.forget));
if (form) begin(form);
