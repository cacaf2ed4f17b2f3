import { type ReactNode, useEffect, useId, useRef } from "react";

export interface DialogProps {
  /** Its accessible name, shown as the heading. */
  title: string;
  children: ReactNode;
  /** Escape or a click beside it. Without it the dialog stays until the person decides. */
  onDismiss?: () => void;
  className?: string;
  /** `alertdialog` interrupts for a decision. */
  role?: "dialog" | "alertdialog";
  /** Goes above the heading. */
  lead?: ReactNode;
  /** The focus goes to the dialog, not into it: for those that open by themselves, or at a key, so that a key meant for something else presses nothing. */
  unasked?: boolean;
}

/**
 * A modal dialog on the platform's own element: everything behind it is inert, the focus stays inside and goes back to where it was.
 * It is open while it is rendered.
 */
export function Dialog({
  title,
  children,
  onDismiss,
  className = "",
  role = "dialog",
  lead,
  unasked,
}: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const dismiss = useRef(onDismiss);
  useEffect(() => {
    dismiss.current = onDismiss;
  });

  useEffect(() => {
    const dialog = element.current;
    if (!dialog) return;
    const before = document.activeElement;
    let wanted = true;
    dialog.showModal();
    if (dialog.hasAttribute("data-focus-self")) {
      dialog.focus();
      // To show a dialog scrolls it to the first control, however far down that is.
      dialog.scrollTop = 0;
    }
    const cancel = (event: Event) => {
      event.preventDefault();
      dismiss.current?.();
    };
    // Browsers close a dialog on a second Escape whatever `cancel` says: one that must stay is opened again.
    const close = () => {
      if (wanted) dialog.showModal();
    };
    const press = (event: MouseEvent) => {
      if (event.target === dialog) dismiss.current?.(); // the backdrop: the content covers all of the element itself
    };
    dialog.addEventListener("cancel", cancel);
    dialog.addEventListener("close", close);
    dialog.addEventListener("mousedown", press);
    return () => {
      wanted = false;
      dialog.removeEventListener("cancel", cancel);
      dialog.removeEventListener("close", close);
      dialog.removeEventListener("mousedown", press);
      dialog.close();
      // `close` restores the focus only while the element is in the document, and React may have taken it out.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  return (
    <dialog
      ref={element}
      className={`dialog ${className}`}
      role={role}
      tabIndex={-1}
      data-focus-self={unasked}
      aria-labelledby={heading}
    >
      <div className="dialog-body">
        {lead}
        <h2 id={heading}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
