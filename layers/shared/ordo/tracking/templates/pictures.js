"use strict";
// Photos made small on the device; what a camera notes beside the picture (place, owner) is left behind.
const pictures = (() => {
  const EDGES = [1600, 1200, 800];
  const QUALITIES = [0.82, 0.6];

  class Refused extends Error {}

  // Older browsers wait for as long as they like.
  const within = (milliseconds) => AbortSignal.timeout?.(milliseconds);

  async function small(file, config) {
    const picture = await decoded(file);
    if (picture === null) {
      if (!config.types.includes(file.type)) throw new Refused("not_a_photo");
      throw new Refused(file.size > config.limits.photo ? "too_large" : "not_a_photo");
    }
    try {
      for (const edge of EDGES) {
        for (const quality of QUALITIES) {
          const made = await drawn(picture, edge, quality);
          if (made && made.size <= config.limits.photo) return { type: "image/jpeg", bytes: await made.arrayBuffer() };
        }
      }
    } finally {
      picture.close();
    }
    throw new Refused("too_large");
  }

  async function decoded(file) {
    try {
      return await createImageBitmap(file);
    } catch {
      return null;
    }
  }

  function drawn(picture, edge, quality) {
    const scale = Math.min(1, edge / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff"; // what is transparent would be black
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise((good) => canvas.toBlob(good, "image/jpeg", quality));
  }

  // Straight to where files are kept, by the form that the server signed for exactly this.
  async function upload(address, kind, file) {
    const asked = { kind, content_type: file.type };
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(asked), signal: within(30000) });
    if (!answer.ok) return { answer };
    const form = await answer.json();
    const data = new FormData();
    for (const [name, value] of Object.entries(form.fields)) data.append(name, value);
    data.append("file", new Blob([file.bytes], { type: file.type }));
    const stored = await fetch(form.url, { method: "POST", body: data, credentials: "omit", signal: within(180000) });
    if (stored.ok) return { id: form.upload_id };
    const said = await stored.text();
    return { refused: stored.status === 400 || /Policy Condition|EntityToo/i.test(said) };
  }

  return { small, upload, within, Refused };
})();
