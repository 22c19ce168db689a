// A bar while the sheets of a centre are drawn. The answer holds a line "drawn/all" for every page, an empty
// line, then the file. Without this script the link fetches the same file.
const place = document.getElementById("drawing");
const bar = place.querySelector("progress");
const status = place.querySelector("[role=status]");
const links = document.querySelectorAll("a[data-stream]");
const NEWLINE = 10;

function tell(words, values) {
  status.textContent = words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function show(line) {
  const [drawn, all] = line.split("/").map(Number);
  bar.max = all;
  bar.value = drawn;
  tell(place.dataset.drawn, { drawn, all });
}

async function draw(address) {
  const answer = await fetch(address);
  if (!answer.ok || answer.redirected) throw new Error(`status ${answer.status}`);
  const reader = answer.body.getReader();
  const file = [];
  let line = [];
  let isFile = false;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    let rest = part.value;
    while (!isFile && rest.length) {
      const end = rest.indexOf(NEWLINE);
      line.push(...rest.subarray(0, end < 0 ? rest.length : end));
      rest = end < 0 ? rest.subarray(rest.length) : rest.subarray(end + 1);
      if (end < 0) continue;
      isFile = line.length === 0;
      if (!isFile) show(String.fromCharCode(...line));
      line = [];
    }
    if (rest.length) file.push(rest);
  }
  if (!file.length) throw new Error("no file");
  return new Blob(file, { type: "application/pdf" });
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function start(event) {
  event.preventDefault();
  if (place.dataset.busy) return;
  const link = event.currentTarget;
  place.dataset.busy = "yes";
  place.hidden = false;
  place.classList.remove("failed");
  bar.removeAttribute("value");
  status.textContent = "";
  try {
    save(await draw(link.dataset.stream), link.download);
    tell(place.dataset.done, { file: link.download });
  } catch {
    place.classList.add("failed");
    bar.value = 0;
    status.textContent = place.dataset.failed;
  }
  delete place.dataset.busy;
}

for (const link of links) link.addEventListener("click", start);
