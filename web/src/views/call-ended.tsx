import { useEffect, useRef, useState } from "react";
import type { CallModel } from "../call/model";
import { Avatar } from "./avatar";
import { Icon } from "./icons";
import { endMessage } from "./texts";
import { clockTime } from "./time";

export interface CallEndedProps {
  model: CallModel;
  onCallAgain(): void;
  /** Whether somebody is about to press something: then this stays. */
  onAttend(on: boolean): void;
  onClose(): void;
}

/**
 * What became of a call that had our attention: one that we made or talked in. It goes by itself, but not under the hands of somebody who
 * uses the keyboard or has the pointer on a button. The focus is on the whole: a key that was meant for the call presses nothing here.
 */
export function CallEnded({ model, onCallAgain, onAttend, onClose }: CallEndedProps) {
  const root = useRef<HTMLElement>(null);
  const [touched, setTouched] = useState(false);
  const [over, setOver] = useState(false);
  useEffect(() => {
    root.current?.focus();
    // The browser knows who goes by keyboard.
    if (root.current?.matches(":focus-visible")) setTouched(true);
  }, []);
  const attends = touched || over;
  const attend = useRef(onAttend);
  useEffect(() => {
    attend.current = onAttend;
  });
  useEffect(() => attend.current(attends), [attends]);
  const peer = model.peer ?? { userId: "", name: "" };
  const { title, detail } = endMessage(model);
  return (
    <main
      ref={root}
      className="call-screen ended"
      aria-labelledby="ended-title"
      tabIndex={-1}
      onKeyDown={() => setTouched(true)}
      onPointerDown={() => setTouched(true)}
    >
      <div className="call-person">
        <Avatar name={peer.name} id={peer.userId} size="xl" />
        <h1 id="ended-title" className="call-name">
          {title}
        </h1>
        {detail && <p className="call-state">{detail}</p>}
        {model.durationMs !== null && (
          <p className="call-state">
            <span className="visually-hidden">Call time: </span>
            {clockTime(model.durationMs)}
          </p>
        )}
        <div
          className="ended-actions"
          onPointerEnter={() => setOver(true)}
          onPointerLeave={() => setOver(false)}
        >
          <button type="button" className="button large glass" onClick={onClose}>
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
