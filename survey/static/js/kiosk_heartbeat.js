/* The heartbeat of an enrolled device: every minute, signed, with what the screen shows and what waits in it.
   A device that is not enrolled sends none. The answers tell the service's time. */

import { load, nextCounter, sign } from "./kiosk_identity.js";

const EVERY = 60_000;
const PATIENCE = 20_000;
const ADDRESS = "/kiosk/heartbeat";
const PROBE = "hai-long-probe";

let offset = 0; // service's time minus this clock, in milliseconds
let identity = null;
let isBeating = false;

/** The service's time in milliseconds, as far as its answers told it. */
export function serviceTime() {
  return Date.now() + offset;
}

/** Take the time that a page of the service was made at; an answer to a heartbeat is more exact. */
export function setServiceTime(milliseconds) {
  offset = milliseconds - Date.now();
}

/** Begin, if this device is enrolled, and call `onEnrolled`. `look` gives {screen, queue, version}; `onRevoked` and `onMoved(address)`
    are called when the service says so. */
export async function beginHeartbeats({ onEnrolled, look, onRevoked, onMoved }) {
  identity = await load();
  if (identity === null) return;
  onEnrolled();
  const beat = () => send({ look, onRevoked, onMoved });
  setInterval(beat, EVERY);
  await beat();
}

async function send(calls) {
  if (isBeating) return;
  isBeating = true;
  try {
    // The second try is for a clock that the first answer has set right.
    for (const isLast of [false, true]) {
      const answer = await post(calls.look());
      if (answer === null) return;
      if (answer.state === "clock" && !isLast) continue;
      if (answer.state === "revoked" || answer.state === "unknown") calls.onRevoked();
      if (answer.state === "heard") calls.onMoved(answer.address);
      return;
    }
  } finally {
    isBeating = false;
  }
}

async function post({ screen, queue, version }) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE);
  try {
    const body = JSON.stringify({
      device: identity.device,
      counter: await nextCounter(),
      sent_at: Math.round(serviceTime()),
      clock_offset: Math.round(-offset),
      queue,
      version,
      screen,
      storage: storage(),
    });
    const signature = await sign(identity.key, `heartbeat ${body}`);
    const sentAt = Date.now();
    const response = await fetch(ADDRESS, {
      method: "POST",
      credentials: "omit",
      headers: { "Content-Type": "application/json", "X-Device-Signature": signature },
      body,
      signal: abort.signal,
    });
    const answer = await response.json();
    // Half of the way there and back lies before the service looked at its clock.
    if (Number.isFinite(answer.now)) offset = answer.now - (sentAt + Date.now()) / 2;
    return answer;
  } catch {
    return null; // no network: this minute is missing, and the next heartbeat tells what waits
  } finally {
    clearTimeout(timer);
  }
}

function storage() {
  try {
    localStorage.setItem(PROBE, "1");
    localStorage.removeItem(PROBE);
    return "working";
  } catch {
    return "refused";
  }
}
