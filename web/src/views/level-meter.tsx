/** How loud the microphone hears the person. `level` goes from 0 to 1. */
export function LevelMeter({ level, label }: { level: number; label: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, level)) * 100);
  return (
    // The platform's <meter> looks different in every browser and cannot be animated.
    // biome-ignore lint/a11y/useSemanticElements: see above
    <span
      className="level"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <span className="level-bar" style={{ transform: `scaleX(${percent / 100})` }} />
    </span>
  );
}
