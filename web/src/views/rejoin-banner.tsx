import { Icon } from "./icons";

export interface RejoinBannerProps {
  /** Who is waiting at the other end. */
  name: string;
  onRejoin(): void;
  onHangUp(): void;
}

/** After a reload: the call goes on without us, and waits. */
export function RejoinBanner({ name, onRejoin, onHangUp }: RejoinBannerProps) {
  return (
    <section className="rejoin" aria-label="Unfinished call">
      <p className="rejoin-text" role="alert">
        <Icon name="phone" />
        <span>
          <strong>You are still in a call with {name}.</strong> The page was closed or reloaded, and they are
          waiting for you.
        </span>
      </p>
      <div className="rejoin-actions">
        <button type="button" className="button primary" onClick={onRejoin}>
          Rejoin call
        </button>
        <button type="button" className="button danger" onClick={onHangUp}>
          Hang up
        </button>
      </div>
    </section>
  );
}
