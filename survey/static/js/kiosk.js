/* The kiosk without leaving its page: one tap is stored at once, and every screen turns back by itself. */

import { beginHeartbeats, serviceTime, setServiceTime } from "./kiosk_heartbeat.js";
import { OpeningHours, drawSleep } from "./kiosk_hours.js";
import { PacketQueue } from "./kiosk_queue.js";

const PATIENCE = 4_000; // as long as a citizen is let wait for the service's answer
const DEAF = 450; // the second half of a double tap must not answer the next screen
const LOOK_FOR_CHANGES = 900_000;
const LARGEST_CLOCK_ERROR = 43_200_000;
const LOOK_AT_CLOCK = 5_000;
const TOUCH_ANSWERED = 15_000;
const IDLE = { question: [30, 0], reasons: [30, 20], comment: [30, 20], thanks: [6, 10], refused: [15, 10] }; // seconds: quiet, then counted down

const body = document.body;
const panes = [...document.querySelectorAll("[data-pane]")];
const hours = new OpeningHours(body.dataset.hours);
const queue = new PacketQueue(body.dataset.address, showWaiting);

// A device whose clock is hours off sends none; the service then uses its own.
const isClockUsable = Math.abs(Date.now() - Number(body.dataset.now) * 1000) < LARGEST_CLOCK_ERROR;

let screen = "question";
let language = body.dataset.language;
let size = 1;
let isBusy = false;
let shownAt = -DEAF;
let timer = 0;
let touchTimer = 0;
let isEnrolled = false;

function all(selector) {
  return document.querySelectorAll(selector);
}

function newUuid() {
  // crypto.randomUUID exists on https pages only; a kiosk may stand in a closed network.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function show(name) {
  screen = name;
  for (const section of all("[data-screen]")) section.hidden = section.dataset.screen !== name;
  shownAt = performance.now();
  window.scrollTo(0, 0);
  document.querySelector(`[data-pane="${language}"] [data-screen="${name}"] h1`)?.focus();
  watch();
}

function showLanguage(chosen) {
  language = chosen;
  for (const pane of panes) pane.hidden = pane.dataset.pane !== chosen;
  document.documentElement.lang = chosen;
  document.title = document.querySelector(`[data-pane="${chosen}"] h1`).textContent;
}

function showSize(wanted) {
  size = Math.min(3, Math.max(1, wanted));
  document.documentElement.classList.toggle("size-2", size === 2);
  document.documentElement.classList.toggle("size-3", size === 3);
  for (const button of all("[data-size]")) button.disabled = size + Number(button.dataset.size) < 1 || size + Number(button.dataset.size) > 3;
}

function showWaiting(count) {
  for (const element of all("[data-queue]")) element.hidden = count === 0;
  for (const element of all("[data-count]")) element.textContent = count;
}

function showAnswer(answer) {
  const isKept = answer.outcome === "kept";
  for (const element of all("[data-kept]")) element.toggleAttribute("hidden", !isKept);
  for (const element of all("[data-waiting]")) element.hidden = isKept;
  for (const element of all("[data-receipt]")) element.hidden = !isKept;
}

function showCode(code) {
  for (const element of all("[data-code]")) element.textContent = code;
}

/* Nothing of the one before stays: a new uuid, no ticks, no text, the first language, the usual size. */
function startAnew() {
  if (location.pathname !== body.dataset.address) {
    location.replace(body.dataset.address);
    return;
  }
  const uuid = newUuid();
  for (const form of all("form")) form.reset();
  for (const form of all("[data-form=rating]")) form.elements.uuid.value = uuid;
  for (const form of all("[data-form=supplement]")) {
    form.elements.supplements.value = uuid;
    form.elements.uuid.value = newUuid();
  }
  for (const button of all(".level")) {
    button.disabled = false;
    button.classList.remove("pressed");
  }
  showCode("");
  showSize(1);
  showLanguage(body.dataset.language);
  show(isToSleep() ? "sleep" : "question");
  sayWhenOpen(false);
}

/* Only an enrolled device sleeps: any other page may be open anywhere, for whoever wants to rate. */
function isToSleep() {
  return isEnrolled && hours.areOver(serviceTime());
}

/* Asleep outside the opening hours: a visit that began before is let finish. */
function lookAtClock() {
  if (screen === (isToSleep() ? "question" : "sleep")) startAnew();
  if (screen === "sleep") drawSleep(hours, serviceTime());
}

/* A touch wakes nothing; it is told when the counter opens. */
function sayWhenOpen(isTouched) {
  clearTimeout(touchTimer);
  for (const element of all("[data-touched]")) element.hidden = !isTouched;
  if (isTouched) touchTimer = setTimeout(() => sayWhenOpen(false), TOUCH_ANSWERED);
}

function screenState() {
  if (panes.length === 0) return "closed";
  return { question: "ready", sleep: "asleep" }[screen] ?? "in_use";
}

function sayRevoked() {
  screen = "revoked";
  clearTimeout(timer);
  for (const section of all("[data-screen]")) section.hidden = section.dataset.screen !== "revoked";
}

function goWhereItStands(address) {
  const isIdle = panes.length === 0 || screen === "question" || screen === "sleep";
  if (address !== body.dataset.address && isIdle && queue.entries.length === 0) location.replace(address);
}

function packetOf(form, submitter) {
  const fields = [...new FormData(form, submitter).entries()].filter(([name]) => name !== "csrf_token");
  return isClockUsable ? [...fields, ["captured_at", new Date().toISOString()]] : fields;
}

async function rate(form, button) {
  const fields = queue.add(packetOf(form, button));
  for (const level of all(".level")) level.disabled = true;
  button.classList.add("pressed");
  const answer = await queue.deliver(fields, PATIENCE);
  if (answer.outcome === "refused") {
    for (const element of all("[data-reason]")) element.textContent = answer.messages.join(" ");
    show("refused");
    return;
  }
  showAnswer(answer);
  showCode(answer.code ?? "");
  show(body.dataset.asking.split(" ").includes(button.value) ? "reasons" : "thanks");
}

async function supplement(form, submitter) {
  const answers = [...form.querySelectorAll("textarea, input:checked")].filter((field) => field.value.trim() !== "");
  if (answers.length === 0) {
    show("thanks");
    return;
  }
  const fields = queue.add(packetOf(form, submitter));
  const answer = await queue.deliver(fields, PATIENCE);
  // One supplement was sent; a comment after the reasons is another one.
  for (const other of all("[data-form=supplement]")) other.elements.uuid.value = newUuid();
  if (answer.outcome === "later") showAnswer(answer);
  show("thanks");
}

async function submit(event) {
  event.preventDefault();
  if (isBusy) return;
  isBusy = true;
  clearTimeout(timer);
  try {
    await (event.target.dataset.form === "rating" ? rate : supplement)(event.target, event.submitter);
  } finally {
    isBusy = false;
  }
}

/* Quiet first, then a visible countdown that one touch stops, then the first screen. */
function watch() {
  clearTimeout(timer);
  if (IDLE[screen] === undefined) return;
  for (const element of all("[data-countdown]")) element.hidden = true;
  const [quiet, countdown] = IDLE[screen];
  timer = setTimeout(() => countDown(countdown), quiet * 1000);
}

function countDown(seconds) {
  if (isBusy) return;
  if (seconds <= 0) {
    leave();
    return;
  }
  for (const element of all("[data-countdown]")) element.hidden = false;
  for (const element of all("[data-seconds]")) element.textContent = seconds;
  timer = setTimeout(() => countDown(seconds - 1), 1000);
}

async function leave() {
  // Ticked reasons were given and are kept; an unfinished comment is nobody's but its writer's and goes.
  const form = document.querySelector(`[data-pane="${language}"] [data-screen="reasons"] form`);
  if (screen === "reasons" && form.querySelector("input:checked")) {
    const fields = queue.add(packetOf(form));
    queue.deliver(fields, PATIENCE);
  }
  startAnew();
}

function go(event) {
  const element = event.target.closest("[data-go]");
  if (element === null) return;
  event.preventDefault();
  if (element.dataset.go === "question") startAnew();
  else show(element.dataset.go);
}

function touch(event) {
  if (performance.now() - shownAt < DEAF && event.type === "click") {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if (screen === "sleep" && event.type === "pointerdown") sayWhenOpen(true);
  if (!isBusy) watch();
}

function click(event) {
  const choose = event.target.closest("[data-choose]");
  const resize = event.target.closest("[data-size]");
  if (choose !== null) {
    event.preventDefault();
    showLanguage(choose.dataset.choose);
  } else if (resize !== null) showSize(size + Number(resize.dataset.size));
  else go(event);
}

/* A tick in one language is the same tick in the other. */
function mirror(event) {
  if (event.target.type !== "checkbox") return;
  for (const twin of all(`input[name="${event.target.name}"][value="${event.target.value}"]`)) twin.checked = event.target.checked;
}

/* A screen stays open for weeks: fetch a fresh token, and the page itself when its questionnaire has changed. */
async function lookForChanges() {
  if (isBusy || (screen !== "question" && screen !== "sleep")) return;
  const page = await queue.refreshToken(PATIENCE);
  if (page !== null && page.body.dataset.stamp !== body.dataset.stamp && !isBusy && (screen === "question" || screen === "sleep")) location.reload();
}

showWaiting(queue.entries.length);
queue.drain();
setServiceTime(Number(body.dataset.now) * 1000);
if (panes.length > 0) {
  for (const element of all("[data-scripted]")) element.hidden = false;
  document.addEventListener("submit", submit);
  for (const type of ["click", "pointerdown", "keydown", "input"]) document.addEventListener(type, touch, true);
  document.addEventListener("click", click);
  document.addEventListener("change", mirror);
  window.addEventListener("pageshow", (event) => event.persisted && startAnew());
  setInterval(lookForChanges, LOOK_FOR_CHANGES);
  setInterval(lookAtClock, LOOK_AT_CLOCK);
  showSize(1);
  const shown = document.querySelector("[data-screen]:not([hidden])").dataset.screen;
  if (shown === "question") startAnew();
  else show(shown);
  shownAt = -DEAF; // nothing was touched yet
}
beginHeartbeats({
  onEnrolled: () => {
    isEnrolled = true;
    if (panes.length > 0) lookAtClock();
  },
  look: () => ({ screen: screenState(), queue: queue.entries.length, version: body.dataset.version }),
  onRevoked: sayRevoked,
  onMoved: goWhereItStands,
});
