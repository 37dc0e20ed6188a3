// The quiet ring of a waiting chat, made by WebAudio: no file to load, nothing to allow in the CSP.
const NOTES = [[659, 0], [784, 0.18], [659, 0.5], [784, 0.68]]; // Hz, s
const LOUD = 0.07, FADE_S = 0.5;
const LISTEN_MS = 700;

export class Ring {
  #audio = null;
  #ear = null; // what really goes to the loudspeaker can be looked at here

  /** True when the browser lets this page be heard. */
  get isReady() { return this.#audio?.state === 'running'; }

  /** Browsers keep a page silent until somebody has clicked in it: call this from a click. Resolves to 'ok', or why not: 'none' (no sound here),
   *  'locked' (the browser wants a click, or does not allow it). */
  async unlock() {
    try {
      if (!this.#audio) {
        this.#audio = new AudioContext();
        this.#ear = this.#audio.createAnalyser();
        this.#ear.connect(this.#audio.destination);
      }
      // without a click before, resume() stays open for ever
      await Promise.race([this.#audio.resume(), new Promise((done) => setTimeout(done, 500))]);
      return this.isReady ? 'ok' : 'locked';
    } catch { return 'none'; }
  }

  ring() {
    if (!this.isReady) return;
    for (const [hz, after] of NOTES) {
      const tone = this.#audio.createOscillator(), loud = this.#audio.createGain(), at = this.#audio.currentTime + after;
      tone.frequency.value = hz;
      loud.gain.setValueAtTime(0, at);
      loud.gain.linearRampToValueAtTime(LOUD, at + 0.02);
      loud.gain.exponentialRampToValueAtTime(0.0005, at + FADE_S);
      tone.connect(loud).connect(this.#ear);
      tone.start(at);
      tone.stop(at + FADE_S);
    }
  }

  /** Rings and listens to what comes out: 'ok', 'none' or 'locked' as above, or 'silent'. */
  async test() {
    const is = await this.unlock();
    if (is !== 'ok') return is;
    this.ring();
    const wave = new Float32Array(this.#ear.fftSize), end = performance.now() + LISTEN_MS;
    while (performance.now() < end) {
      this.#ear.getFloatTimeDomainData(wave);
      if (wave.some((x) => Math.abs(x) > LOUD / 10)) return 'ok';
      await new Promise((done) => setTimeout(done, 20));
    }
    return 'silent';
  }
}
