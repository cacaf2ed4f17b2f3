import type { CallQuality, QualityLevel } from "../call/model";

export const qualityWords: Record<QualityLevel, string> = {
  excellent: "Excellent",
  good: "Good",
  poor: "Poor",
  very_poor: "Very poor",
};

const bars: Record<QualityLevel, number> = { excellent: 4, good: 3, poor: 2, very_poor: 1 };

/** How well the call gets through: bars, a word, and the figures for whoever points at it. */
export function Quality({ quality }: { quality: CallQuality }) {
  const { level } = quality;
  return (
    <span className={`quality ${level}`} title={figures(quality)}>
      <svg viewBox="0 0 18 14" width="18" height="14" aria-hidden="true" focusable="false">
        {[0, 1, 2, 3].map((bar) => (
          <rect
            key={bar}
            className={bar < bars[level] ? "lit" : ""}
            x={bar * 4.8}
            y={9.5 - bar * 3}
            width="3.4"
            height={4.5 + bar * 3}
            rx="1.2"
          />
        ))}
      </svg>
      <span className="visually-hidden">Connection: </span>
      {qualityWords[level]}
    </span>
  );
}

/** Round trip, loss and rates in one line. */
export function figures({ roundTripMs, lossPercent, sendKbps, receiveKbps }: CallQuality): string {
  return [
    ...(roundTripMs === null ? [] : [`Round trip ${Math.round(roundTripMs)} ms`]),
    `Loss ${lossPercent < 10 ? lossPercent.toFixed(1) : Math.round(lossPercent)} %`,
    `Sending ${rate(sendKbps)}`,
    `Receiving ${rate(receiveKbps)}`,
  ].join(" · ");
}

function rate(kbps: number): string {
  return kbps < 1_000 ? `${Math.round(kbps)} kbit/s` : `${(kbps / 1_000).toFixed(1)} Mbit/s`;
}
