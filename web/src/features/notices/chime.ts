let context: AudioContext | null = null;

/** Two soft notes, made here: a sound file would be one more thing to load. Browsers keep quiet until the page was clicked once. */
export function chime(): void {
  if (typeof AudioContext === "undefined") return;
  context ??= new AudioContext();
  const from = context.currentTime;
  for (const [at, pitch] of [
    [0, 660],
    [0.13, 880],
  ] as const) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, from + at);
    volume.gain.linearRampToValueAtTime(0.12, from + at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, from + at + 0.32);
    tone.connect(volume).connect(context.destination);
    tone.start(from + at);
    tone.stop(from + at + 0.35);
  }
}
