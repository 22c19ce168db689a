/* Who this device is: a key that cannot be read out of the browser, and a number that only grows. */

const DATABASE = "hai-long-device";
const STORE = "identity";
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };

/** Whether this page may hold a key: browsers give keys to secure pages only. */
export function isPossible() {
  return window.isSecureContext && Boolean(window.crypto?.subtle) && Boolean(window.indexedDB);
}

/** A fresh key; its private half cannot leave the browser. */
export function makeKey() {
  return crypto.subtle.generateKey(ALGORITHM, false, ["sign"]);
}

/** The public half as base64 of its SubjectPublicKeyInfo. */
export async function publicHalf(key) {
  return base64(await crypto.subtle.exportKey("spki", key.publicKey));
}

/** The signature over a text, as base64. */
export async function sign(key, text) {
  return base64(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.privateKey, new TextEncoder().encode(text)));
}

/** Keep who this device is: {device, key}. */
export async function keep(identity) {
  await change((store) => store.put({ ...identity, counter: 0 }, "own"));
}

/** {device, key}, or null when the device is not enrolled. */
export async function load() {
  if (!isPossible()) return null;
  try {
    return (await change((store) => store.get("own"))) ?? null;
  } catch {
    return null; // storage is switched off: the page works as one that is not enrolled
  }
}

/** The next number for a heartbeat: larger than every one before, also those of another tab. */
export async function nextCounter() {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, "readwrite");
      const store = transaction.objectStore(STORE);
      let counter = 0;
      store.get("own").onsuccess = (event) => {
        counter = Math.max(event.target.result.counter + 1, Date.now());
        store.put({ ...event.target.result, counter }, "own");
      };
      transaction.oncomplete = () => resolve(counter);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

function base64(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)));
}

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function change(work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, "readwrite");
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}
