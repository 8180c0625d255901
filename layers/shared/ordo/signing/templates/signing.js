"use strict";
// The form: what is entered, whether it is whole, and what becomes of it.
(() => {
  const { config } = sending;
  const say = (key, places = {}) => (config.words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => places[name]);
  const byId = (id) => document.getElementById(id);
  const form = byId("form");
  const UNATTENDED = ["locker", "safe_place"];
  const PLAIN = ["relation", "name", "reason", "note"];
  let pad = null;
  let id = null;
  let photos = [];
  let place = null;

  // ---------------------------------------------------------------- what became of it
  function state(text, { good = false, again = false, others = 0 } = {}) {
    byId("state").hidden = false;
    byId("state").classList.toggle("good", good);
    byId("said").textContent = text;
    byId("again").hidden = !again;
    byId("again").textContent = say("again");
    byId("others").hidden = !others;
    byId("others").textContent = others ? say("others", { count: others }) : "";
  }

  async function heard(what, handover, more) {
    const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    if (what === "sent") {
      const left = config.boxes.filter((number) => !handover.proofs.some((proof) => proof.body.tracking_number === number));
      state(more ? say("sent", { time }) : say("sent_before"), { good: true });
      if (left.length) byId("said").append(" ", say("next"));
      byId("to")?.remove();
      form?.remove();
    } else if (what === "refused") {
      await keeping.takeBack(handover, handover.draft);
      if (form) fill(handover.draft);
      if (form) show();
      const why = say(more === "file" ? "refused_file" : more === "proven" ? "refused_proven" : more);
      if (form) wrong([say("refused", { why })], []);
      state(say("refused", { why }));
    } else {
      state(say(what), { again: what === "busy" || what === "waiting" });
    }
  }

  async function others() {
    const waiting = (await keeping.handovers()).filter((each) => each.shipment !== config.shipment);
    if (waiting.length) state(byId("said").textContent, { others: waiting.length, again: true, good: byId("state").classList.contains("good") });
  }

  // ---------------------------------------------------------------- the form
  const picked = (name) => form.querySelector(`[name=${name}]:checked`)?.value;
  const boxes = () => config.boxes.length > 1 ? [...form.querySelectorAll("[name=box]:checked")].map((box) => box.value) : config.boxes;
  const units = () => [...form.querySelectorAll(".units input")].filter((input) => input.value.trim() !== "" && input.value.trim() !== "0");
  const refusing = () => picked("handover") === "refused";
  const leaving = () => !refusing() && units().some((input) => input.name === "refused");

  function show() {
    form.hidden = false;
    byId("to").hidden = false;
    adjust();
    if (pad === null) {
      pad = new SignaturePad(byId("canvas"), { backgroundColor: "rgb(255,255,255)", minDistance: 2 });
      pad.addEventListener("endStroke", changed);
    }
    fit(pad.toData());
  }

  // As many dots as the screen has, so that a line is sharp; what was drawn is drawn again.
  function fit(strokes) {
    const canvas = byId("canvas");
    const ratio = Math.max(devicePixelRatio || 1, 1);
    canvas.width = canvas.offsetWidth * ratio;
    canvas.height = canvas.offsetHeight * ratio;
    canvas.getContext("2d").scale(ratio, ratio);
    pad.clear();
    pad.fromData(strokes);
  }

  function adjust() {
    byId("taker").hidden = refusing();
    byId("why").hidden = !refusing() && !leaving();
    for (const cell of form.querySelectorAll(".taken")) cell.hidden = refusing();
    for (const table of form.querySelectorAll(".units")) table.hidden = !boxes().includes(table.dataset.box);
    byId("name-hint").hidden = byId("unsigned").checked;
    byId("pad").hidden = byId("clear").hidden = byId("unsigned").checked;
  }

  // Not randomUUID, which browsers have over HTTPS only.
  const minted = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  function gather() {
    return {
      id: id ??= minted(),
      shipment: config.shipment,
      made: Date.now(),
      boxes: boxes(),
      handover: picked("handover"),
      condition: picked("condition"),
      unsigned: byId("unsigned").checked,
      ...Object.fromEntries(PLAIN.map((name) => [name, byId(name).value])),
      units: Object.fromEntries(units().map((input) => [`${input.name} ${input.dataset.key}`, input.value])),
      strokes: pad?.toData() ?? [],
      photos,
      place,
    };
  }

  function fill(draft) {
    id = draft.id;
    for (const name of ["handover", "condition"]) {
      for (const radio of form.querySelectorAll(`[name=${name}]`)) radio.checked = radio.value === draft[name];
    }
    for (const box of form.querySelectorAll("[name=box]")) box.checked = draft.boxes.includes(box.value);
    for (const name of PLAIN) byId(name).value = draft[name];
    for (const input of form.querySelectorAll(".units input")) input.value = draft.units[`${input.name} ${input.dataset.key}`] ?? "";
    byId("contents").open = units().length > 0;
    byId("unsigned").checked = draft.unsigned;
    photos = draft.photos;
    place = draft.place;
    showPhotos();
    showPlace();
    show();
    fit(draft.strokes);
  }

  let saving = null;
  function changed() {
    adjust();
    clearTimeout(saving);
    saving = setTimeout(save, 150);
  }

  function save() {
    clearTimeout(saving);
    saving = null;
    if (form.isConnected && !form.hidden) keeping.saveDraft(gather()).catch(() => {});
  }

  function wrong(texts, fields) {
    for (const marked of form.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid");
    for (const field of fields) field.setAttribute("aria-invalid", "true");
    const list = byId("wrong").querySelector("ul");
    list.replaceChildren(...texts.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    byId("wrong").hidden = texts.length === 0;
    if (texts.length) byId("wrong").focus();
  }

  function check() {
    const texts = [];
    const fields = [];
    const must = (bad, text, ...where) => { if (bad) { texts.push(say(text)); fields.push(...where); } };
    const shown = units().filter((input) => !input.closest("table").hidden && !input.closest("td").hidden);
    const bad = shown.filter((input) => !/^\d{1,4}$/.test(input.value.trim()) || Number(input.value) > Number(input.closest("tr").dataset.most));
    must(boxes().length === 0, "missing_box");
    must(bad.length > 0, "bad_units", ...bad);
    must((refusing() || leaving()) && !byId("reason").value, "missing_reason", byId("reason"));
    if (!refusing()) {
      const relation = byId("relation").value;
      const unsigned = byId("unsigned").checked;
      must(!relation, "missing_relation", byId("relation"));
      must(unsigned && !byId("name").value.trim(), "missing_name", byId("name"));
      must(!unsigned && pad.isEmpty() && !UNATTENDED.includes(relation), "missing_signature");
    }
    if (bad.length) byId("contents").open = true;
    wrong(texts, fields);
    return texts.length === 0;
  }

  // ---------------------------------------------------------------- photos and place
  function showPhotos() {
    for (const image of byId("shots").querySelectorAll("img")) URL.revokeObjectURL(image.src);
    byId("shots").replaceChildren(...photos.map((photo, at) => {
      const item = document.createElement("li");
      const image = Object.assign(document.createElement("img"), { src: URL.createObjectURL(new Blob([photo.bytes], { type: photo.type })), alt: say("photo", { number: at + 1 }) });
      const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
      remove.setAttribute("aria-label", say("remove", { number: at + 1 }));
      remove.addEventListener("click", () => {
        photos = photos.filter((_, place) => place !== at);
        showPhotos();
        (byId("shots").querySelector("button") ?? byId("photos")).focus();
        changed();
      });
      item.append(image, remove);
      return item;
    }));
  }

  async function add(files) {
    const texts = [];
    state(say("preparing"));
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
    byId("state").hidden = true;
    byId("photos").value = "";
    showPhotos();
    wrong(texts, texts.length ? [byId("photos")] : []);
    changed();
  }

  function showPlace(text = place ? "place_noted" : "place_unknown") {
    byId("place").textContent = say(text, { metres: place?.accuracy_m });
  }

  function locate() {
    showPlace("place_asking");
    const found = ({ coords }) => {
      place = { lat: coords.latitude, lon: coords.longitude, accuracy_m: Math.min(100000, Math.ceil(coords.accuracy)) };
      showPlace();
      changed();
    };
    const settings = { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 };
    if (navigator.geolocation) navigator.geolocation.getCurrentPosition(found, () => showPlace("place_refused"), settings);
    else showPlace("place_refused");
  }

  // ---------------------------------------------------------------- from the form to what waits
  // Points as the API takes them: whole numbers, milliseconds since the first; of very many every n-th.
  function strokesOf(groups) {
    const count = groups.reduce((sum, group) => sum + group.points.length, 0);
    const every = Math.ceil(count / (config.points - groups.length));
    const begun = groups[0]?.points[0]?.time ?? 0;
    const within = (value, most) => Math.max(-most, Math.min(most, Math.round(value)));
    return groups.slice(0, 500).map((group) => group.points.filter((_, at) => at % every === 0).map((point) => [within(point.x, 100000), within(point.y, 100000), Math.max(0, within(point.time - begun, 86400000))]));
  }

  const picture = () => new Promise((good) => byId("canvas").toBlob(good, "image/png"));

  function told(draft, number, name) {
    const rows = [...form.querySelectorAll(`.units[data-box="${CSS.escape(number)}"] tbody tr`)];
    return rows.flatMap((row) => {
      const quantity = Number(row.querySelector(`[name=${name}]`).value || 0);
      const part = row.dataset.part === undefined ? {} : { part: Number(row.dataset.part) };
      return quantity ? [{ line_id: row.dataset.line, quantity, ...part }] : [];
    });
  }

  function bodyOf(draft, number, signed) {
    const delivered = draft.handover === "delivered";
    const refused = delivered ? told(draft, number, "refused") : [];
    const unsigned = delivered && draft.unsigned ? byId("unsigned").closest("label").textContent.trim() : "";
    const note = [unsigned, draft.note.trim()].filter(Boolean).join("\n").slice(0, 500);
    const damaged = told(draft, number, "damaged");
    return {
      handover: draft.handover,
      device_at: new Date(draft.made).toISOString(),
      condition: draft.condition,
      tracking_number: number,
      ...(delivered ? { receiver: { relation: draft.relation, ...(draft.name.trim() ? { name: draft.name.trim() } : {}) } } : {}),
      ...(signed ? { signature: { strokes: strokesOf(draft.strokes) } } : {}),
      ...(refused.length ? { refused } : {}),
      ...(!delivered || refused.length ? { refusal_reason: draft.reason } : {}),
      ...(damaged.length ? { damaged } : {}),
      ...(draft.place ? { place: draft.place } : {}),
      ...(note ? { note } : {}),
    };
  }

  async function submit(event) {
    event.preventDefault();
    if (!check()) return;
    clearTimeout(saving);
    const draft = gather();
    const signed = draft.handover === "delivered" && !draft.unsigned && !pad.isEmpty();
    const files = draft.photos.map((photo) => ({ kind: "photo", ...photo, upload: null }));
    if (signed) {
      const image = await picture();
      if (image && image.size <= config.limits.signature) files.push({ kind: "signature", type: "image/png", bytes: await image.arrayBuffer(), upload: null });
    }
    const proofs = draft.boxes.map((number, at) => ({ key: `${draft.id}.${at}`, done: false, body: bodyOf(draft, number, signed) }));
    await keeping.hand({ id: draft.id, shipment: config.shipment, token: config.token, made: draft.made, files, proofs, draft });
    form.hidden = true;
    state(say(navigator.onLine ? "sending" : "waiting"), { again: !navigator.onLine });
    byId("state").scrollIntoView({ block: "nearest" });
    await sending.now();
  }

  // ---------------------------------------------------------------- begin
  async function begin() {
    const kept = await keeping.open();
    sending.listen(heard);
    byId("again").addEventListener("click", () => sending.now());
    addEventListener("offline", async () => {
      if ((await keeping.handovers()).some((each) => each.shipment === config.shipment)) state(say("waiting"), { again: true });
    });
    const mine = (await keeping.handovers()).some((each) => each.shipment === config.shipment);
    if (form) {
      form.addEventListener("submit", submit);
      form.addEventListener("input", changed);
      addEventListener("pagehide", () => saving !== null && save());
      byId("clear").addEventListener("click", () => { pad.clear(); changed(); });
      byId("photos").addEventListener("change", (event) => add([...event.target.files]));
      byId("locate").addEventListener("click", locate);
      let width = innerWidth;
      addEventListener("resize", () => { if (innerWidth !== width && !form.hidden) { width = innerWidth; fit(pad.toData()); } });
      const draft = await keeping.draft(config.shipment);
      showPlace();
      if (!mine) draft ? fill(draft) : show();
      const allowed = await navigator.permissions?.query({ name: "geolocation" }).catch(() => null);
      if (!mine && !place && allowed?.state === "granted") locate();
    }
    if (!form && !mine) await keeping.dropDraft(config.shipment); // it was proven elsewhere: nothing can come of it
    if (!kept) state(say("memory"));
    await sending.run();
    await others();
  }

  begin();
})();
