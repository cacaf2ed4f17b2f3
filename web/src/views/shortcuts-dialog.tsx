import { Dialog } from "./dialog";

export interface Shortcut {
  keys: string;
  does: string;
}

export interface ShortcutsDialogProps {
  shortcuts: readonly Shortcut[];
  /** Whether single keys do something. */
  on: boolean;
  onSwitch(on: boolean): void;
  onClose(): void;
}

/**
 * What single keys do in a call. They can be switched off, for people whose speech input or tremor presses keys by chance (WCAG 2.1,
 * success criterion 2.1.4).
 */
export function ShortcutsDialog({ shortcuts, on, onSwitch, onClose }: ShortcutsDialogProps) {
  return (
    <Dialog title="Keyboard shortcuts" className="shortcuts" unasked onDismiss={onClose}>
      <dl className={on ? "" : "off"}>
        {shortcuts.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input type="checkbox" checked={on} onChange={(event) => onSwitch(event.target.checked)} />
        Use single-key shortcuts
      </label>
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
