"use strict";
// What was entered, kept on this device until the server has it: drafts by shipment, and handovers that wait.
const keeping = (() => {
  const KEEP_MS = 30 * 24 * 3600 * 1000; // longer than any link is valid: what is older can never arrive
  const stores = { drafts: new Map(), handovers: new Map() }; // in place of the database where there is none
  const keys = { drafts: "shipment", handovers: "id" };
  let base = null;

  const finished = (request) => new Promise((good, bad) => {
    request.onsuccess = () => good(request.result);
    request.onerror = () => bad(request.error);
  });

  async function open() {
    try {
      const request = indexedDB.open("ordo-signing", 1);
      request.onupgradeneeded = () => {
        for (const name of Object.keys(keys)) request.result.createObjectStore(name, { keyPath: keys[name] });
      };
      base = await finished(request);
      for (const each of await all("handovers")) if (Date.now() - each.made > KEEP_MS) await write([["handovers", each.id, null]]);
      for (const each of await all("drafts")) if (Date.now() - each.made > KEEP_MS) await write([["drafts", each.shipment, null]]);
    } catch {
      base = null;
    }
    return base !== null;
  }

  // `changes` are [store, key, value]; without a value it is deleted. All of them, or none.
  function write(changes) {
    if (base === null) {
      for (const [name, key, value] of changes) value ? stores[name].set(key, value) : stores[name].delete(key);
      return Promise.resolve();
    }
    return new Promise((good, bad) => {
      const work = base.transaction(Object.keys(keys), "readwrite");
      for (const [name, key, value] of changes) value ? work.objectStore(name).put(value) : work.objectStore(name).delete(key);
      work.oncomplete = () => good();
      work.onerror = work.onabort = () => bad(work.error);
    });
  }

  const read = (name, key) => base === null ? Promise.resolve(stores[name].get(key)) : finished(base.transaction(name).objectStore(name).get(key));
  const all = (name) => base === null ? Promise.resolve([...stores[name].values()]) : finished(base.transaction(name).objectStore(name).getAll());

  return {
    open,
    draft: (shipment) => read("drafts", shipment),
    saveDraft: (draft) => write([["drafts", draft.shipment, draft]]),
    dropDraft: (shipment) => write([["drafts", shipment, null]]),
    handovers: () => all("handovers"),
    save: (handover) => write([["handovers", handover.id, handover]]),
    // The draft becomes a handover that waits, at once.
    hand: (handover) => write([["handovers", handover.id, handover], ["drafts", handover.shipment, null]]),
    // It was refused: it is a draft again, to be corrected.
    takeBack: (handover, draft) => write([["handovers", handover.id, null], ["drafts", draft.shipment, draft]]),
    forget: (handover) => write([["handovers", handover.id, null]]),
  };
})();
