import { type ReactNode, useState } from "react";
import type { User } from "../api/types";
import { Avatar } from "./avatar";
import { Icon } from "./icons";
import { Menu } from "./menu";
import { apiMessage } from "./texts";

/** Whether the server can reach this tab: only then can it ring. */
export type ConnectionState = "connecting" | "connected" | "reconnecting" | "offline";

/** A list from the server: on its way, there, or not to be had (the error's code). */
export type Loadable<T> =
  | { status: "loading" }
  | { status: "ready"; value: T }
  | { status: "failed"; code: string };

export interface HomeProps {
  user: User | null;
  connection: ConnectionState;
  /** The provider no longer renews the session. */
  sessionExpired: boolean;
  /** Something that did not work or happened just now. */
  notice: { text: string; kind: "info" | "error"; action?: { label: string; onSelect(): void } } | null;
  /** Number of missed calls since the list was last looked at. */
  missed: number;
  /** Offer to turn on notifications; `null` when they are on, refused, or were turned down. */
  notifications: { onTurnOn(): void; onDismiss(): void } | null;
  hasContacts: boolean;
  /** Which of the two lists a narrow window shows at first. */
  first?: "contacts" | "calls";
  /** Goes above everything else that is told. */
  lead?: ReactNode;
  contacts: ReactNode;
  calls: ReactNode;
  onAddContact(): void;
  /** Camera, microphone and speaker are to be chosen. */
  onDevices(): void;
  onSignIn(): void;
  onSignOut(): void;
  onDismissNotice(): void;
  onShowCalls(): void;
}

/** The page of a signed-in person: contacts and recent calls, side by side or one at a time. */
export function Home(props: HomeProps) {
  const { user, connection, sessionExpired, notice, missed, notifications } = props;
  const [tab, setTab] = useState(props.first ?? "contacts");
  return (
    <div className="home">
      <header className="top">
        <h1 className="brand">
          <img src="/icon.svg" alt="" />
          Video Chat
        </h1>
        <button
          type="button"
          className="icon-button top-devices"
          aria-label="Camera and sound"
          title="Camera and sound"
          onClick={props.onDevices}
        >
          <Icon name="settings" />
        </button>
        {user && (
          <Menu
            label={`Account: ${user.name}`}
            className="account"
            lead={
              <p className="menu-lead">
                <strong>{user.name}</strong>
                <span className="muted">{user.email}</span>
              </p>
            }
            items={[{ label: "Sign out", icon: "signOut", onSelect: props.onSignOut }]}
          >
            <Avatar name={user.name} id={user.userId} size="s" />
            <span className="account-name">{user.name}</span>
          </Menu>
        )}
      </header>

      <div className="banners">
        {props.lead}
        {sessionExpired ? (
          <div className="notice warn banner" role="alert">
            <Icon name="warning" />
            <span>Your session has ended.</span>
            <button type="button" className="button primary small" onClick={props.onSignIn}>
              Sign in again
            </button>
          </div>
        ) : (
          connection !== "connected" &&
          connection !== "connecting" && (
            <div className="notice warn banner" role="status">
              {connection === "offline" ? <Icon name="warning" /> : <span className="spinner" />}
              <span>
                {connection === "offline"
                  ? "You are offline. Nobody can call you until the connection is back."
                  : "Connection lost. Reconnecting… Nobody can call you until then."}
              </span>
            </div>
          )
        )}
        {notice && (
          <div
            className={`notice banner ${notice.kind === "error" ? "error" : ""}`}
            role={notice.kind === "error" ? "alert" : "status"}
          >
            <span>{notice.text}</span>
            {notice.action && (
              <button type="button" className="button small" onClick={notice.action.onSelect}>
                {notice.action.label}
              </button>
            )}
            <button
              type="button"
              className="icon-button"
              aria-label="Dismiss"
              onClick={props.onDismissNotice}
            >
              <Icon name="close" size={20} />
            </button>
          </div>
        )}
        {notifications && (
          <section className="notice banner" aria-label="Notifications">
            <Icon name="bell" />
            <span>Get a notification when somebody calls while you look at something else.</span>
            <button type="button" className="button small" onClick={notifications.onTurnOn}>
              Turn on
            </button>
            <button
              type="button"
              className="icon-button"
              aria-label="Not now"
              onClick={notifications.onDismiss}
            >
              <Icon name="close" size={20} />
            </button>
          </section>
        )}
      </div>

      <nav className="tabs" aria-label="Sections">
        <button
          type="button"
          aria-current={tab === "contacts" ? "page" : undefined}
          onClick={() => setTab("contacts")}
        >
          <Icon name="people" size={20} />
          Contacts
        </button>
        <button
          type="button"
          aria-current={tab === "calls" ? "page" : undefined}
          onClick={() => {
            setTab("calls");
            props.onShowCalls();
          }}
        >
          <Icon name="clock" size={20} />
          Recent calls
          {missed > 0 && (
            <span className="count attention">
              {missed}
              <span className="visually-hidden"> missed</span>
            </span>
          )}
        </button>
      </nav>

      <main className={`columns show-${tab}`}>
        <section className="column contacts" aria-labelledby="contacts-title">
          <div className="column-head">
            <h2 id="contacts-title">Contacts</h2>
            {props.hasContacts && (
              <button type="button" className="button primary" onClick={props.onAddContact}>
                <Icon name="plus" size={20} />
                Add contact
              </button>
            )}
          </div>
          {props.contacts}
        </section>
        <section className="column calls" aria-labelledby="calls-title">
          <div className="column-head">
            <h2 id="calls-title">Recent calls</h2>
          </div>
          {props.calls}
        </section>
      </main>
    </div>
  );
}

/** A list while it is not there: placeholders, or why it cannot be had. */
export function Pending<T>({
  state,
  onRetry,
  children,
}: {
  state: Loadable<T>;
  onRetry(): void;
  children: (value: T) => ReactNode;
}) {
  if (state.status === "ready") return children(state.value);
  if (state.status === "loading") {
    return (
      <div className="rows card skeletons" role="status">
        <span className="visually-hidden">Loading…</span>
        {[0, 1, 2].map((row) => (
          <div key={row} className="row" aria-hidden="true">
            <span className="skeleton round" />
            <span className="skeleton line" />
          </div>
        ))}
      </div>
    );
  }
  return (
    <div className="empty card" role="alert">
      <span className="empty-icon">
        <Icon name="warning" size={36} />
      </span>
      <p>{apiMessage(state.code)}</p>
      <button type="button" className="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
