import { useEffect, useRef } from "react";
import type { CallModel } from "../call/model";
import { Avatar } from "./avatar";
import { Icon } from "./icons";
import { endMessage } from "./texts";
import { clockTime } from "./time";

export interface CallEndedProps {
  model: CallModel;
  onCallAgain(): void;
  onClose(): void;
}

/** What became of a call that had our attention: one that we made or talked in. */
export function CallEnded({ model, onCallAgain, onClose }: CallEndedProps) {
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => close.current?.focus(), []);
  const peer = model.peer ?? { userId: "", name: "" };
  const { title, detail } = endMessage(model);
  return (
    <main className="call-screen ended" aria-labelledby="ended-title">
      <div className="call-person">
        <Avatar name={peer.name} id={peer.userId} size="xl" />
        <h1 id="ended-title" className="call-name">
          {title}
        </h1>
        {detail && <p className="call-state">{detail}</p>}
        {model.durationMs !== null && <p className="call-state">{clockTime(model.durationMs)}</p>}
        <div className="ended-actions">
          <button ref={close} type="button" className="button large glass" onClick={onClose}>
            Close
          </button>
          {model.ended?.reason !== "not_allowed" && (
            <button type="button" className="button primary large" onClick={onCallAgain}>
              <Icon name={model.video ? "camera" : "phone"} />
              Call again
            </button>
          )}
        </div>
      </div>
    </main>
  );
}
