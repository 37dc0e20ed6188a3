// Two short tones, made here: no sound file, and nothing to allow in the CSP. Browsers stay silent before the first click.
let audio = null;

export function chime() {
  try {
    audio ??= new AudioContext();
    [880, 1175].forEach((hz, i) => {
      const tone = audio.createOscillator(), loud = audio.createGain(), at = audio.currentTime + i * 0.14;
      tone.frequency.value = hz;
      loud.gain.setValueAtTime(0.12, at);
      loud.gain.exponentialRampToValueAtTime(0.001, at + 0.3);
      tone.connect(loud).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.3);
    });
  } catch { /* no sound here */ }
}
