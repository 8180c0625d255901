"use strict";
// Sends what waits: files first, then one proof a parcel, each under its own key, so that nothing counts twice.
const sending = (() => {
  const WAITS_MS = [2000, 5000, 15000, 30000, 60000];
  const config = JSON.parse(document.getElementById("config").textContent);
  let tries = 0;
  let timer = null;
  let running = false;
  let asked = false;
  let heard = () => {};

  class Later extends Error {}
  class Expired extends Error {}
  class Refused extends Error {}

  const tokenOf = (handover) => handover.shipment === config.shipment ? config.token : handover.token;

  async function send(handover) {
    for (const file of handover.files) {
      if (file.upload) continue;
      const made = await pictures.upload(`${tokenOf(handover)}/uploads`, file.kind, file);
      if (made.answer) await fail(made.answer, handover);
      if (made.refused) throw new Refused("file");
      if (!made.id) throw new Later();
      file.upload = made.id;
      await keeping.save(handover);
    }
    let fresh = false;
    for (const proof of handover.proofs) {
      if (proof.done) continue;
      const answer = await fetch(`${tokenOf(handover)}/proof`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": proof.key },
        body: JSON.stringify(whole(proof.body, handover.files)),
        signal: pictures.within(30000),
      });
      if (!answer.ok) await fail(answer, handover);
      proof.done = fresh = true;
      await keeping.save(handover);
    }
    await keeping.forget(handover);
    return fresh;
  }

  // The body with the uploads that there are now.
  function whole(body, files) {
    const found = (kind) => files.filter((file) => file.kind === kind).map((file) => file.upload);
    const [image] = found("signature");
    const signature = image ? { signature: { ...body.signature, image } } : {};
    return { ...body, ...signature, photos: found("photo") };
  }

  async function fail(answer, handover) {
    let told = {};
    try {
      told = await answer.json();
    } catch { /* not ours: a gateway on the way */ }
    if (answer.status === 410 || answer.status === 404) throw new Expired();
    if (answer.status === 429 || answer.status >= 500 || !told.code) throw new Later();
    if (told.code === "file_missing" && (handover.again = (handover.again ?? 0) + 1) < 3) {
      for (const file of handover.files) file.upload = null; // it waited so long that its uploads are gone
      await keeping.save(handover);
      throw new Later();
    }
    if (told.code === "file_missing" || told.code === "file_not_accepted") throw new Refused("file");
    throw new Refused(told.code === "already_proven" ? "proven" : told.detail);
  }

  async function sendAll() {
    let left = 0;
    for (const handover of await keeping.handovers()) {
      const mine = handover.shipment === config.shipment;
      const tell = (what, more) => mine && heard(what, handover, more);
      try {
        if (!navigator.onLine) throw new Later();
        tell("sending");
        const fresh = await send(handover);
        tries = 0;
        tell("sent", fresh);
      } catch (error) {
        if (error instanceof Expired) tell("expired");
        else if (error instanceof Refused && mine) tell("refused", error.message);
        else if (error instanceof Refused) await keeping.forget(handover); // nobody is here to correct it
        else {
          left += 1;
          tell(navigator.onLine ? "busy" : "waiting");
        }
      }
    }
    return left;
  }

  // One tab at a time; a tab that finds another at work looks again later.
  const alone = (work) => navigator.locks ? navigator.locks.request("ordo-signing", { ifAvailable: true }, (lock) => lock ? work() : 1) : work();

  async function run() {
    asked = true; // also by what was entered while the last round ran
    if (running) return;
    running = true;
    clearTimeout(timer);
    let left = 1;
    try {
      while (asked) {
        asked = false;
        left = await alone(sendAll);
      }
    } finally {
      running = false;
      if (left) {
        const wait = WAITS_MS[Math.min(tries++, WAITS_MS.length - 1)];
        timer = setTimeout(run, wait * (0.5 + Math.random() / 2));
      }
    }
  }

  function now() {
    tries = 0;
    return run();
  }

  addEventListener("online", now);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && now());
  return { config, run, now, listen: (listener) => { heard = listener; } };
})();
