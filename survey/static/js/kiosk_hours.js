/* Opening hours on the screen: whether the counter is open by the service's clock, and when it opens next. */

/** The opening hours in the page: [[start, end], …] in seconds, in order; empty when none are recorded. */
export class OpeningHours {
  constructor(text) {
    this.spans = JSON.parse(text || "[]");
  }

  /** Whether the screen is to sleep at this time (milliseconds). Beyond what the page knows it never does. */
  areOver(time) {
    const second = time / 1000;
    const last = this.spans.at(-1);
    return last !== undefined && second < last[1] && !this.spans.some(([start, end]) => start <= second && second < end);
  }

  /** The second at which the counter opens next; null when the page does not know. */
  next(time) {
    return this.spans.find(([start]) => start > time / 1000)?.[0] ?? null;
  }
}

/** Show the clock and the next opening in every language. */
export function drawSleep(hours, time) {
  const next = hours.next(time);
  const clock = new Intl.DateTimeFormat("vi", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Ho_Chi_Minh" });
  for (const element of document.querySelectorAll("[data-clock]")) element.textContent = clock.format(time);
  for (const element of document.querySelectorAll("[data-opening]")) element.hidden = Number(element.dataset.opening) !== next;
}
