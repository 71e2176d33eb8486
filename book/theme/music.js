// Piano rolls that can be heard: every chord is struck anew, by oscillators of the browser's Web Audio.
(() => {
  const frequency = (key) => 440 * 2 ** ((key - 69) / 12);
  let playing = null;

  function strike(audio, out, key, start, length) {
    const tone = audio.createOscillator(), loud = audio.createGain();
    tone.type = "triangle";
    tone.frequency.value = frequency(key);
    loud.gain.setValueAtTime(0, start);
    loud.gain.linearRampToValueAtTime(0.16, start + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.04, start + 0.85 * length);
    loud.gain.linearRampToValueAtTime(0, start + length);
    tone.connect(loud).connect(out);
    tone.start(start);
    tone.stop(start + length);
  }

  function stop() {
    if (!playing) return;
    const {audio, piece, button} = playing;
    playing = null;
    audio.close();
    piece.classList.remove("playing");
    button.textContent = "Play";
    button.setAttribute("aria-label", `Play: ${button.dataset.title}`);
  }

  function play(piece, button, quarter) {
    stop();
    const audio = new AudioContext(), chords = JSON.parse(piece.dataset.chords), begin = audio.currentTime + 0.1;
    const out = audio.createDynamicsCompressor();
    out.connect(audio.destination);
    chords.forEach((keys, step) => {
      for (const key of keys) strike(audio, out, key, begin + step * quarter, quarter);
    });
    const own = playing = {audio, piece, button}, now = piece.querySelector(".now");
    piece.classList.add("playing");
    button.textContent = "Stop";
    button.setAttribute("aria-label", `Stop: ${button.dataset.title}`);
    const width = piece.querySelector("svg").viewBox.baseVal.width;
    (function follow() {
      if (playing !== own) return;
      const step = Math.floor((audio.currentTime - begin) / quarter);
      if (step >= chords.length) return stop();
      now.setAttribute("transform", `translate(${(width * Math.max(step, 0)) / chords.length})`);
      requestAnimationFrame(follow);
    })();
  }

  for (const figure of document.querySelectorAll(".u-music")) {
    for (const piece of figure.querySelectorAll(".piece")) {
      const button = piece.querySelector("button");
      button.dataset.title = piece.querySelector(".title span").textContent;
      button.setAttribute("aria-label", `Play: ${button.dataset.title}`);
      button.hidden = false;
      button.addEventListener("click", () => {
        if (playing?.button === button) stop();
        else play(piece, button, 60 / figure.dataset.quarters);
      });
    }
  }
})();
