import type { MediaProblem } from "../call/model";
import { Icon } from "./icons";
import { mediaConsequence, mediaMessage } from "./texts";

export interface MediaProblemCardProps {
  problem: MediaProblem;
  onRetry(): void;
  onClose(): void;
}

/** Says why the other side does not see or hear us, and what to do about it. */
export function MediaProblemCard({ problem, onRetry, onClose }: MediaProblemCardProps) {
  const message = mediaMessage(problem);
  return (
    <div className="media-problem" role="alert">
      <Icon name="warning" />
      <div>
        <p className="media-problem-title">{message.title}</p>
        <p>
          {mediaConsequence(problem)} {message.detail}
        </p>
        <div className="media-problem-actions">
          {problem.problem !== "insecure" && (
            <button type="button" className="button primary small" onClick={onRetry}>
              Try again
            </button>
          )}
          <button type="button" className="button ghost small" onClick={onClose}>
            Continue without
          </button>
        </div>
      </div>
    </div>
  );
}
