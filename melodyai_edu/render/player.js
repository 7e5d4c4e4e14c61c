"use strict";
// Times are ticks of the score unless a name says seconds. No text of the score is ever parsed as
// HTML: everything is built with createElement and textContent.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const TICKS_PER_QUARTER = 24;
  const AHEAD_SECONDS = 0.15;   // how far notes are handed to the synthesizer in advance
  const HIDDEN_SECONDS = 1.5;   // the same while a browser slows the timers of a hidden page
  const TIMER_MILLISECONDS = 25;
  const DRUM_CHANNEL = 9;
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);

  // ---- Time: ticks to seconds through all tempos, and back

  const tempos = data.tempos.map(([onset, tempo]) => (
    { onset, begin: 0, perTick: 60 / (tempo * TICKS_PER_QUARTER), tempo }));
  for (let i = 1; i < tempos.length; i++) {
    const before = tempos[i - 1];
    tempos[i].begin = before.begin + (tempos[i].onset - before.onset) * before.perTick;
  }
  const lastBefore = (rows, test) => {
    let found = rows[0];
    for (const row of rows) if (test(row)) found = row;
    return found;
  };
  const secondsAt = (tick) => {
    const row = lastBefore(tempos, (one) => one.onset <= tick);
    return row.begin + (tick - row.onset) * row.perTick;
  };
  const tickAt = (seconds) => {
    const row = lastBefore(tempos, (one) => one.begin <= seconds);
    return row.onset + (seconds - row.begin) / row.perTick;
  };

  // ---- State

  const muted = data.parts.map(() => false);
  let playing = false;
  let tick = 0;              // where the cursor stands
  let anchorTick = 0;        // the tick that sounded at anchorClock
  let anchorClock = 0;       // seconds of the page's clock
  let speed = 1;
  let next = 0;              // the first event that the synthesizer does not have yet
  let synthesizer = null;
  let audioShift = 0;        // audio clock minus the page's clock, in seconds
  let timer = 0;

  const clock = () => performance.now() / 1000;
  const now = () => Math.min(
    data.duration, tickAt(secondsAt(anchorTick) + (clock() - anchorClock) * speed));
  const anchor = (place) => { anchorTick = tick = place; anchorClock = clock(); };

  // ---- Sound

  const events = [];
  data.parts.forEach((part, index) => part.notes.forEach(([onset, duration, pitch, velocity]) => {
    events.push([onset, 1, index, pitch, velocity], [onset + duration, 0, index, pitch, 0]);
  }));
  events.sort((a, b) => a[0] - b[0] || a[1] - b[1]);   // a note stops before the next begins

  let melodic = 0;
  const channels = data.parts.map((part) => {
    if (part.drums) return DRUM_CHANNEL;
    const channel = melodic++ % 15;
    return channel < DRUM_CHANNEL ? channel : channel + 1;
  });

  function openSynthesizer() {
    if (synthesizer) return;
    try {
      synthesizer = new window.WebAudioTinySynth({ quality: 1, useReverb: 1 });
      synthesizer.getAudioContext().resume();
    } catch (error) {
      synthesizer = null;
      $("message").textContent = "No sound can be played here; the cursor still moves.";
    }
  }

  function audioTime(tickOfEvent) {
    const context = synthesizer.getAudioContext();
    const shift = context.currentTime - clock();
    if (Math.abs(shift - audioShift) > 0.05) audioShift = shift;   // steady against small jitter
    const wait = (secondsAt(tickOfEvent) - secondsAt(anchorTick)) / speed;
    return Math.max(context.currentTime, anchorClock + wait + audioShift);
  }

  function send([onset, isOn, index, pitch, velocity]) {
    if (!synthesizer || (isOn && muted[index])) return;
    const channel = channels[index];
    const time = audioTime(onset);
    // Parts beyond the fifteenth share channels, so the program is set before each note.
    if (isOn) synthesizer.send([0xc0 | channel, data.parts[index].program]);
    synthesizer.send([(isOn ? 0x90 : 0x80) | channel, pitch, velocity], time);
  }

  function schedule() {
    const ahead = document.hidden ? HIDDEN_SECONDS : AHEAD_SECONDS;
    const horizon = tickAt(secondsAt(now()) + ahead * speed);
    while (next < events.length && events[next][0] <= horizon) send(events[next++]);
    if (now() >= data.duration) { stop(); moveTo(0); }   // the last notes ring out
  }

  // ---- Actions

  function play() {
    openSynthesizer();
    anchor(tick);
    next = events.findIndex(([onset, isOn]) => isOn && onset >= tick);
    if (next < 0) next = events.length;
    playing = true;
    $("play").textContent = "Pause";
    timer = setInterval(schedule, TIMER_MILLISECONDS);
    schedule();
    draw();
  }

  function stop() {
    if (playing) tick = now();
    playing = false;
    clearInterval(timer);
    $("play").textContent = "Play";
  }

  function pause() {
    stop();
    if (synthesizer) new Set(channels).forEach((channel) => synthesizer.allSoundOff(channel));
  }

  function moveTo(place) {
    const wasPlaying = playing;
    if (playing) pause();
    tick = Math.min(Math.max(0, place), data.duration);
    if (wasPlaying) play(); else show();
  }

  function setSpeed(percent) {
    if (playing) anchor(now());
    speed = percent / 100;
    show();
  }

  function setMuted(index, isMuted) {
    muted[index] = isMuted;
    if (isMuted && synthesizer) {
      const time = synthesizer.getAudioContext().currentTime;
      const sounding = new Set(data.parts[index].notes.map((note) => note[2]));
      sounding.forEach((pitch) => synthesizer.send([0x80 | channels[index], pitch, 0], time));
    }
    rollNotes.filter((note) => note.index === index)
      .forEach((note) => note.node.classList.toggle("muted", isMuted));
  }

  // ---- The roll

  const make = (name, attributes, parent) => {
    const node = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
    if (parent) parent.append(node);
    return node;
  };
  const PATTERNS = ["", "M0 6L6 0", "M2 3h2", "M0 0L6 6", "M3 0v6", "M0 0L6 6M0 6L6 0", "M0 3h6"];

  /** Fill with the part's colour and its pattern, as in the printed piano roll. */
  function definePatterns(parent) {
    const definitions = make("defs", {}, parent);
    data.parts.forEach((part, index) => {
      const pattern = make("pattern", {
        id: `part${index}`, width: 6, height: 6, patternUnits: "userSpaceOnUse" }, definitions);
      make("rect", { width: 6, height: 6, fill: part.colour }, pattern);
      make("path", { d: PATTERNS[index % PATTERNS.length], stroke: "#000" }, pattern);
    });
  }

  const pitches = data.parts.flatMap((part) => part.notes.map((note) => note[2]));
  const low = Math.min(...pitches, 60) - 1;
  const high = Math.max(...pitches, 60) + 2;
  const WIDTH = 1000, HEIGHT = 170;
  const x = (place) => place / Math.max(1, data.duration) * WIDTH;
  const y = (pitch) => (high - pitch) / (high - low) * HEIGHT;

  const roll = make("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img",
    "aria-label": "Piano roll of the piece; the slider named Position moves through it" }, $("roll"));
  definePatterns(roll);
  data.bars.forEach(([onset]) => make(
    "line", { class: "bar", x1: x(onset), x2: x(onset), y1: 0, y2: HEIGHT }, roll));
  const rollNotes = data.parts.flatMap((part, index) => part.notes.map(
    ([onset, duration, pitch, , name]) => {
      const node = make("rect", {
        class: "note", x: x(onset), y: y(pitch + 1), width: x(duration),
        height: HEIGHT / (high - low) * .85, fill: `url(#part${index})` }, roll);
      make("title", {}, node).textContent = `${part.name}: ${name}`;
      return { node, index, onset, end: onset + duration };
    }));
  const head = make("line", { class: "head", y1: 0, y2: HEIGHT }, roll);

  // ---- The cursor

  const marks = data.marks.map(([id, onset, end]) => ({ node: $(id), onset, end }))
    .filter((mark) => mark.node);

  function place() {
    const [onset, number] = lastBefore(data.bars, (bar) => bar[0] <= tick);
    const beats = lastBefore(data.beats, (row) => row[0] <= onset)[1];
    let beat = 1, rest = tick - onset;
    for (const length of beats) if (rest >= length && beat < beats.length) { beat++; rest -= length; }
    return number ? `bar ${number}, beat ${beat}` : "pickup";
  }

  function light(rows) {
    const sounding = rows.filter((row) => {
      const isNow = row.onset <= tick && tick < row.end;
      if (isNow !== row.isNow) { row.node.classList.toggle("now", isNow); row.isNow = isNow; }
      return isNow;
    });
    return sounding.length ? sounding[sounding.length - 1].node : null;
  }

  function putCursor(note) {
    const system = note && note.closest(".system");
    if (!system) return;
    const box = $("score"), frame = box.getBoundingClientRect();
    const at = note.getBoundingClientRect(), around = system.getBoundingClientRect();
    const top = around.top - frame.top + box.scrollTop;
    Object.assign($("cursor").style, {
      left: `${at.left - frame.left + box.scrollLeft - 3}px`, top: `${top}px`, height: `${around.height}px` });
    $("cursor").hidden = false;
    if (around.top < frame.top || around.bottom > frame.bottom) box.scrollTop = Math.max(0, top - 20);
  }

  function show() {
    const words = place();
    $("seek").value = tick;
    $("seek").setAttribute("aria-valuetext", words);
    $("place").textContent = words;
    const tempo = lastBefore(tempos, (row) => row.onset <= tick).tempo * speed;
    $("speed").textContent = `${Math.round(tempo)} quarters a minute`;
    $("tempo").setAttribute("aria-valuetext", $("speed").textContent);
    head.setAttribute("x1", x(tick));
    head.setAttribute("x2", x(tick));
    light(rollNotes);
    putCursor(light(marks));
  }

  function draw() {
    if (!playing) return;
    tick = now();
    show();
    requestAnimationFrame(draw);
  }

  // ---- Controls

  data.parts.forEach((part, index) => {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
    box.addEventListener("change", () => setMuted(index, !box.checked));
    const sample = make("svg", { "aria-hidden": "true" });
    make("rect", { width: "100%", height: "100%", fill: `url(#part${index})` }, sample);
    label.append(box, sample, part.name);
    $("parts").append(label);
  });
  $("seek").max = data.duration;
  $("play").addEventListener("click", () => (playing ? (pause(), show()) : play()));
  $("restart").addEventListener("click", () => moveTo(0));
  $("seek").addEventListener("input", () => moveTo(Number($("seek").value)));
  $("tempo").addEventListener("input", () => setSpeed(Number($("tempo").value)));
  roll.addEventListener("click", (event) => {
    const frame = roll.getBoundingClientRect();
    moveTo((event.clientX - frame.left) / frame.width * data.duration);
  });
  show();

  // What a test may ask: where the cursor stands and whether sound runs.
  window.player = {
    get tick() { return tick; },
    get audio() { return synthesizer ? synthesizer.getAudioContext().state : "none"; },
    get sounding() { return synthesizer ? synthesizer.notetab.length : 0; },
  };
})();
