import { Dialog } from "./dialog";

export interface ConfirmDialogProps {
  title: string;
  text: string;
  /** The button that does it. */
  confirm: string;
  onConfirm(): void;
  onCancel(): void;
}

/** "Really?" before something that cannot simply be undone. */
export function ConfirmDialog({ title, text, confirm, onConfirm, onCancel }: ConfirmDialogProps) {
  return (
    <Dialog title={title} role="alertdialog" onDismiss={onCancel}>
      <p className="muted">{text}</p>
      <div className="dialog-actions">
        <button type="button" className="button ghost" onClick={onCancel}>
          Cancel
        </button>
        <button type="button" className="button danger" onClick={onConfirm}>
          {confirm}
        </button>
      </div>
    </Dialog>
  );
}
