import { useEffect, useRef } from "react";
import { Icon } from "./icons";

export interface ToastProps {
  text: string;
  onClose(): void;
  action?: { label: string; onSelect(): void };
}

/** Time to read two lines twice. */
const shownMs = 10_000;

/** News in a call that needs no answer. Goes away by itself, unless there is something to press. */
export function Toast({ text, onClose, action }: ToastProps) {
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  const waits = action !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text has its own time
  useEffect(() => {
    if (waits) return;
    const timer = setTimeout(() => close.current(), shownMs);
    return () => clearTimeout(timer);
  }, [waits, text]);
  return (
    <div className="toast" role="status">
      <span>{text}</span>
      {action && (
        <button type="button" className="button small" onClick={action.onSelect}>
          {action.label}
        </button>
      )}
      <button
        type="button"
        className="icon-button"
        aria-label="Dismiss"
        onClick={({ currentTarget }) => {
          // The button goes away: the focus stays in the call.
          currentTarget.closest<HTMLElement>("main")?.focus();
          onClose();
        }}
      >
        <Icon name="close" size={20} />
      </button>
    </div>
  );
}
