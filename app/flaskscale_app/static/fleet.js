// Keeps the page's figures current from /fleet.json. Without this script the page is complete, only not live.
//
// Each request may be answered by another instance. An answer tells that instance's own CPU, so the table and the
// group's figure fill in as the polls are spread over the fleet; "this instance" stays the one that sent the page.
(() => {
  "use strict";

  const POLL_MILLISECONDS = 5000;
  const FORGET_MILLISECONDS = 60000; // CPU heard longer ago says nothing of now
  const own = document.body.dataset.instance;
  const heard = new Map(); // instance name -> {share, at, answers}

  const field = (name) => document.querySelector(`[data-field="${name}"]`);
  const percent = (share) => `${Math.round(share * 100)}\u00a0%`;

  function setText(name, text) {
    const element = field(name);
    if (element && element.textContent !== text) element.textContent = text;
  }

  function setBar(name, share, target) {
    const bar = document.querySelector(`[data-bar="${name}"]`);
    bar.querySelector(".bar-fill").setAttribute("width", `${(share * 100).toFixed(1)}%`);
    bar.classList.toggle("over", target != null && share > target);
  }

  function hear(answeredBy) {
    const before = heard.get(answeredBy.name) || { answers: 0 };
    heard.set(answeredBy.name, { share: answeredBy.cpu?.share ?? null, at: Date.now(), answers: before.answers + 1 });
  }

  function shareHeard(name) {
    const known = heard.get(name);
    return known && Date.now() - known.at < FORGET_MILLISECONDS ? known.share : null;
  }

  function showReading(read) {
    const age = read.age_seconds === null ? null : Math.round(read.age_seconds);
    setText("freshness", age === null ? "Fleet not read yet" : `Fleet read ${age} s ago`);
    document.querySelector("[data-notice]").hidden = read.error === null;
    setText("error", read.error === null ? "" : `${read.error}.`);
    setText("last-known", age === null ? "Nothing is known of the other instances." : `What you see is ${age} s old.`);
  }

  function slotKind(place, size, target) {
    if (place < size) return place < target ? "filled" : "leaving";
    return place < target ? "wanted" : "spare";
  }

  function showGroup(group, autoscaler) {
    if (!group || !field("size")) return;
    setText("size", String(group.size));
    setText("target-size", String(group.target_size));
    setText("stable", group.stable ? "Stable" : "Changing");
    document.querySelector("[data-stable]").className = `dot ${group.stable ? "good" : "busy"}`;
    const places = Math.max(autoscaler?.maximum ?? 0, group.size, group.target_size);
    document.querySelector("[data-slots]").replaceChildren(
      ...Array.from({ length: places }, (_, place) => {
        const slot = document.createElement("li");
        slot.className = slotKind(place, group.size, group.target_size);
        return slot;
      }),
    );
    setText("range", autoscalerText(autoscaler));
    const messages = document.querySelector("[data-messages]");
    messages.hidden = !autoscaler?.messages.length;
    messages.replaceChildren(
      ...(autoscaler?.messages ?? []).map((message) => {
        const item = document.createElement("li");
        item.textContent = message;
        return item;
      }),
    );
  }

  function autoscalerText(autoscaler) {
    if (!autoscaler) return "No autoscaler";
    const recommends = autoscaler.recommended_size === null ? "" : `, recommends ${autoscaler.recommended_size}`;
    const mode = autoscaler.mode === "ON" ? "" : `, mode ${autoscaler.mode}`;
    return `Autoscaler keeps ${autoscaler.minimum} to ${autoscaler.maximum}${recommends}${mode}`;
  }

  function showCpu(fleet) {
    const target = fleet.autoscaler?.cpu_target ?? null;
    const cpu = fleet.answered_by.name === own ? fleet.answered_by.cpu : null;
    if (cpu) {
      const suffix = target === null ? "" : ` · target ${percent(target)}`;
      setText("cpu", percent(cpu.share));
      setText("cpu-window", `Last ${Math.round(cpu.window_seconds)} s${suffix}`);
      setBar("own", cpu.share, target);
    }
    const shares = fleet.instances.map((instance) => shareHeard(instance.name)).filter((share) => share !== null);
    if (shares.length === 0) return;
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    setText("group-cpu", percent(mean));
    setText("heard", `Mean of ${shares.length} of ${fleet.instances.length} instances heard from`);
    setBar("group", mean, target);
  }

  function showStress(answeredBy) {
    const output = field("stress");
    if (!output) return;
    const remaining = answeredBy.stress.remaining_seconds;
    if (remaining > 0) setText("stress", `${answeredBy.name} is burning for another ${remaining} s.`);
    else if (output.textContent.startsWith(`${answeredBy.name} `)) setText("stress", "");
  }

  function cell(label, text, className) {
    const element = document.createElement("td");
    element.dataset.label = label;
    element.className = className ?? "";
    element.textContent = text;
    return element;
  }

  function row(instance, answeredBy) {
    const element = document.createElement("tr");
    element.dataset.name = instance.name;
    element.classList.toggle("this", instance.name === own);
    element.classList.toggle("answered", instance.name === answeredBy);
    if (instance.name === own) element.setAttribute("aria-current", "true");
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = instance.name;
    const state = cell("State", "");
    const dot = document.createElement("span");
    dot.className = `dot ${instance.tone}`;
    state.append(dot, instance.state);
    const share = shareHeard(instance.name);
    element.append(
      name,
      state,
      cell("Health", instance.health ?? "–"),
      cell("Zone", instance.zone),
      cell("Internal IP", instance.internal_ip ?? "–"),
      cell("External IP", instance.external_ip ?? "–"),
      cell("CPU", share === null ? "–" : percent(share)),
      cell("Answers", String(heard.get(instance.name)?.answers ?? 0), "live-only number"),
    );
    return element;
  }

  function showInstances(fleet) {
    if (fleet.instances.length === 0) return;
    document
      .querySelector("[data-instances]")
      .replaceChildren(...fleet.instances.map((instance) => row(instance, fleet.answered_by.name)));
  }

  async function poll() {
    if (document.hidden) return;
    try {
      const response = await fetch("/fleet.json", { cache: "no-store" });
      if (!response.ok) throw new Error(`answered ${response.status}`);
      const fleet = await response.json();
      hear(fleet.answered_by);
      showReading(fleet.read);
      showGroup(fleet.group, fleet.autoscaler);
      showCpu(fleet);
      showInstances(fleet);
      showStress(fleet.answered_by);
    } catch (error) {
      setText("freshness", `No answer just now (${error.message}); trying again`);
    }
  }

  async function burn(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      setText("stress", `${await response.text()}.`);
    } catch (error) {
      setText("stress", `The request was not answered (${error.message}).`);
    } finally {
      button.disabled = false;
    }
  }

  document.documentElement.classList.add("live");
  document.querySelector("[data-stress]")?.addEventListener("submit", burn);
  document.addEventListener("visibilitychange", poll);
  setInterval(poll, POLL_MILLISECONDS);
  poll();
})();
