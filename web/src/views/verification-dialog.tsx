import type { CallVerification } from "../call/model";
import { Dialog } from "./dialog";
import { Icon } from "./icons";

export interface VerificationDialogProps {
  /** Who we talk to. */
  name: string;
  verification: CallVerification;
  /** Asks the other side once more. */
  onRepeat(): void;
  onClose(): void;
}

/** Tells two people how to find out that nobody sits between them. */
export function VerificationDialog({ name, verification, onRepeat, onClose }: VerificationDialogProps) {
  return (
    <Dialog title="Verify this call" className="verification" onDismiss={onClose}>
      <Body name={name} verification={verification} />
      <div className="dialog-actions">
        {verification.status === "unanswered" && (
          <button type="button" className="button" onClick={onRepeat}>
            Try again
          </button>
        )}
        <button type="button" className="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}

function Body({
  name,
  verification: { status, code },
}: Pick<VerificationDialogProps, "name" | "verification">) {
  if (status === "ready" && code) {
    return (
      <>
        <p>
          Read this code to {name}, or let {name} read theirs to you. If both of you see the same, nobody can
          listen in or watch, not even the server.
        </p>
        {/* biome-ignore lint/a11y/useSemanticElements: <output> would be read out again and again */}
        <p className="verification-code" role="group" aria-label={`Code: ${[...code].join(" ")}`}>
          <span aria-hidden="true">{code.slice(0, 3)}</span>
          <span aria-hidden="true">{code.slice(3)}</span>
        </p>
        <p className="hint">If the codes differ, hang up: somebody may have got between you.</p>
      </>
    );
  }
  if (status === "failed") {
    return (
      <p className="notice error verification-notice" role="alert">
        <Icon name="warning" />
        <span>
          The check failed. Somebody may be listening to this call: say nothing private, hang up and call
          again.
        </span>
      </p>
    );
  }
  if (status === "unanswered") {
    return (
      <div className="verification-unanswered" role="status">
        <p>
          {name}’s app has not answered, so there is no code yet. It may be an older version, or the
          connection is too poor right now.
        </p>
        <p className="hint">The call is encrypted all the same, but nobody has checked it.</p>
      </div>
    );
  }
  if (status === "unavailable") {
    return (
      <p className="muted">
        This call can’t be verified, because {name}’s app or this browser does not know how. It is encrypted
        all the same.
      </p>
    );
  }
  return (
    <p className="verification-waiting" role="status">
      <span className="spinner" />
      The code will be here as soon as you are connected.
    </p>
  );
}
