import { type FormEvent, useId, useRef, useState } from "react";
import { Dialog } from "../views/dialog";
import { apiMessage } from "../views/texts";

export interface AddContactDialogProps {
  /** Code of the error that the last attempt ended with. */
  error: string | null;
  sending: boolean;
  onSend(email: string): void;
  onClose(): void;
}

/** Asks for the address of somebody to add. */
export function AddContactDialog({ error, sending, onSend, onClose }: AddContactDialogProps) {
  const [email, setEmail] = useState("");
  const [sent, setSent] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  // The message goes away as soon as the address is another one than it is about.
  const problem =
    email.trim() === "" && sent === ""
      ? "Enter an email address."
      : error && sent === email
        ? apiMessage(error)
        : null;

  function submit(event: FormEvent) {
    event.preventDefault();
    setSent(email.trim() === "" ? "" : email);
    if (email.trim() === "") input.current?.focus();
    else if (!sending) onSend(email.trim());
  }

  return (
    <Dialog title="Add contact" onDismiss={onClose}>
      {/* noValidate: the server decides what an address is, and its answer reads better than the browser's bubble. */}
      <form className="form" noValidate onSubmit={submit}>
        <p className="muted">They get a request. Once they accept, you can call each other.</p>
        <div className="field">
          <label htmlFor={id}>Email</label>
          <input
            ref={input}
            id={id}
            className="input"
            type="email"
            inputMode="email"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            placeholder="name@example.com"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
            aria-invalid={problem !== null}
            aria-describedby={problem ? `${id}-problem` : undefined}
          />
          <p id={`${id}-problem`} className="field-error" role="alert">
            {problem}
          </p>
        </div>
        <div className="dialog-actions">
          <button type="button" className="button ghost" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" aria-disabled={sending}>
            {sending ? "Sending…" : "Send request"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
