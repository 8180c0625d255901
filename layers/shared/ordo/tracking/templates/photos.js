"use strict";
// Photos of a form: made small, uploaded when it is sent, and named in it. Without this there are no photos.
(() => {
  const config = JSON.parse(document.getElementById("config").textContent);
  const say = (key, places = {}) => config.words[key].replace(/\{(\w+)\}/g, (_, name) => places[name]);
  const byId = (id) => document.getElementById(id);
  const form = byId("form");
  let photos = [];

  function wrong(texts) {
    const items = texts.map((text) => Object.assign(document.createElement("li"), { textContent: text }));
    byId("wrong").querySelector("ul").replaceChildren(...items);
    byId("wrong").hidden = texts.length === 0;
    if (texts.length) byId("wrong").focus();
  }

  function show() {
    for (const image of byId("shots").querySelectorAll("img")) URL.revokeObjectURL(image.src);
    byId("shots").replaceChildren(...photos.map((photo, at) => {
      const item = document.createElement("li");
      const src = URL.createObjectURL(new Blob([photo.bytes], { type: photo.type }));
      const image = Object.assign(document.createElement("img"), { src, alt: say("photo", { number: at + 1 }) });
      const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
      remove.setAttribute("aria-label", say("remove", { number: at + 1 }));
      remove.addEventListener("click", () => {
        photos = photos.filter((_, place) => place !== at);
        show();
        (byId("shots").querySelector("button") ?? byId("photos")).focus();
      });
      item.append(image, remove);
      return item;
    }));
  }

  async function add(files) {
    const texts = [];
    byId("said").textContent = say("preparing");
    for (const file of files) {
      if (photos.length >= config.photos) {
        texts.push(say("too_many", { count: config.photos }));
        break;
      }
      try {
        photos = [...photos, await pictures.small(file, config)];
      } catch (error) {
        texts.push(say(error instanceof pictures.Refused ? error.message : "not_a_photo", { name: file.name }));
      }
    }
    byId("said").textContent = "";
    byId("photos").value = "";
    show();
    wrong(texts);
  }

  async function uploaded() {
    for (const photo of photos) {
      if (photo.id) continue;
      const made = await pictures.upload(config.upload, "photo", photo);
      if (!made.id) return made.refused ? "refused" : "offline";
      photo.id = made.id;
    }
    return "";
  }

  let sending = false;
  form.addEventListener("submit", async (event) => {
    if (!photos.length) return; // as without scripts
    event.preventDefault();
    if (sending) return;
    sending = true;
    byId("said").textContent = say("sending");
    const failed = await uploaded().catch(() => "offline");
    byId("said").textContent = "";
    sending = false;
    if (failed) return wrong([say(failed)]);
    byId("named").value = photos.map((photo) => photo.id).join(" ");
    form.submit();
  });
  byId("photos").addEventListener("change", (event) => add([...event.target.files]));
  byId("pictures").hidden = false;
})();
