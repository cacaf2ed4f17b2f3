import type { MediaProblem } from "../call/model";

/** What the names of `getUserMedia`'s errors mean for a person (W3C Media Capture and Streams, section 10.2). */
export function classify(error: unknown): MediaProblem["problem"] {
  const name = error instanceof DOMException || error instanceof Error ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "in_use";
    default:
      return "failed";
  }
}

export type Problems = Partial<Record<"camera" | "microphone", MediaProblem["problem"]>>;

/** One problem to show. When the two devices have different ones the microphone's counts: without it nobody hears you. */
export function summarize({ camera, microphone }: Problems): MediaProblem | null {
  if (camera && camera === microphone) return { device: "both", problem: camera };
  if (microphone) return { device: "microphone", problem: microphone };
  if (camera) return { device: "camera", problem: camera };
  return null;
}
