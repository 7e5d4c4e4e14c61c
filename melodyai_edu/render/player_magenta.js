"use strict";
// Without a sound-font attribute the player is Magenta.js' own oscillators: nothing is fetched.
{
  const sequence = JSON.parse(document.getElementById("data").textContent);
  const player = document.getElementById("player");
  const visualizer = document.getElementById("visualizer");
  visualizer.config = { noteHeight: 4, pixelsPerTimeStep: 40 };
  visualizer.noteSequence = sequence;
  player.noteSequence = sequence;
  player.addVisualizer(visualizer);
}
