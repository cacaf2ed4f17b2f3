import { type ReactNode, useId, useRef } from "react";
import { Icon, type IconName } from "./icons";

export interface MenuItem {
  label: string;
  onSelect: () => void;
  icon?: IconName;
  danger?: boolean;
}

export interface MenuProps {
  /** The accessible name of the button. */
  label: string;
  items: MenuItem[];
  /** What the button shows. */
  children: ReactNode;
  className?: string;
  /** Goes above the items. */
  lead?: ReactNode;
}

/** Distance between button and panel, and least distance to the window's edge, in px. */
const gap = 6;

/** A button that opens a panel of further buttons: the platform's popover, which closes on Escape and on a click elsewhere. */
export function Menu({ label, items, children, className = "icon-button", lead }: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);

  function place() {
    if (!button.current || !panel.current) return;
    const anchor = button.current.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = panel.current;
    const below = anchor.bottom + gap + height <= window.innerHeight - gap;
    const top = below ? anchor.bottom + gap : Math.max(gap, anchor.top - gap - height);
    const left = Math.min(Math.max(gap, anchor.right - width), window.innerWidth - width - gap);
    panel.current.style.top = `${top}px`;
    panel.current.style.left = `${left}px`;
  }

  return (
    <>
      <button ref={button} type="button" className={className} aria-label={label} popoverTarget={id}>
        {children}
      </button>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset has a look and a minimum width of its own */}
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="group"
        aria-label={label}
        className="menu card"
        onToggle={(event) => {
          if (event.newState !== "open") return;
          place();
          panel.current?.querySelector("button")?.focus();
        }}
        onKeyDown={(event) => {
          const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
          if (step === 0) return;
          event.preventDefault();
          const all = [...event.currentTarget.querySelectorAll("button")];
          const at = all.indexOf(document.activeElement as HTMLButtonElement);
          all[(at + step + all.length) % all.length]?.focus();
        }}
      >
        {lead}
        {items.map((item) => (
          <button
            key={item.label}
            type="button"
            className={item.danger ? "menu-item danger" : "menu-item"}
            onClick={() => {
              panel.current?.hidePopover();
              item.onSelect();
            }}
          >
            {item.icon && <Icon name={item.icon} size={20} />}
            {item.label}
          </button>
        ))}
      </div>
    </>
  );
}
