/* Enrolling: the device makes its key, proves it with the typed code, and opens the page of its counter. */

import { isPossible, keep, makeKey, publicHalf, sign } from "./kiosk_identity.js";

const form = document.getElementById("enrolment");
const code = document.getElementById("code");
const answer = document.getElementById("answer");

function say(text) {
  answer.textContent = text;
  answer.hidden = text === "";
}

function click(event) {
  const digit = event.target.closest("[data-digit]");
  if (digit !== null) code.value += digit.dataset.digit;
  else if (event.target.closest("[data-erase]")) code.value = code.value.slice(0, -1);
}

async function enrol(event) {
  event.preventDefault();
  say("");
  const digits = code.value.replace(/[^0-9]/g, "");
  const key = await makeKey();
  const told = { code: digits, public_key: await publicHalf(key), proof: await sign(key, `enrol ${digits}`) };
  const response = await fetch(location.pathname + location.search, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": form.dataset.token },
    body: JSON.stringify(told),
  }).catch(() => null);
  const body = await response?.json().catch(() => null);
  if (response?.ok) {
    await keep({ device: body.device, key });
    location.replace(body.address);
    return;
  }
  say(body?.message ?? body?.error?.detail ?? document.getElementById("unreachable").textContent);
  code.focus();
}

if (isPossible()) {
  form.hidden = false;
  document.getElementById("impossible").hidden = true;
  form.addEventListener("click", click);
  form.addEventListener("submit", enrol);
  code.focus();
}
