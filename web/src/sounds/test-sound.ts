import { Outlet } from "./outlet";

/** Frequencies in Hz, one after the other. */
const notes = [523.25, 659.26, 783.99];
/** Seconds from note to note. */
const step = 0.22;

/** Plays three notes on a speaker (an id for `setSinkId`, null for the default). Returns what ends it early. */
export function playTestSound(speaker: string | null): () => void {
  const context = new AudioContext();
  const outlet = new Outlet(context);
  const start = context.currentTime + 0.1;
  notes.forEach((pitch, i) => {
    const at = start + i * step;
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(0.25, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, at + 0.6);
    const tone = new OscillatorNode(context, { frequency: pitch });
    tone.connect(gain).connect(outlet.input);
    tone.start(at);
    tone.stop(at + 0.7);
    if (i === notes.length - 1) tone.onended = stop;
  });
  let stopped = false;
  function stop(): void {
    if (stopped) return;
    stopped = true;
    outlet.close();
    void context.close();
  }
  // It follows a click, which is what browsers ask for. A refusal leaves silence, and the button can be pressed again.
  void outlet.open(speaker ?? "").then((sounds) => {
    if (!sounds) stop();
  });
  return stop;
}
