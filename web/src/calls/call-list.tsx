import type { PastCall } from "../api/types";
import { Avatar } from "../views/avatar";
import { Icon, type IconName } from "../views/icons";
import { duration, moment } from "../views/time";

export interface CallListProps {
  calls: PastCall[];
  /** `Date.now()`: times are told relative to it. */
  now: number;
  /** Contacts that may be called; others have no button. */
  callable: ReadonlySet<string>;
  hasMore: boolean;
  loadingMore: boolean;
  onMore(): void;
  onCallBack(call: PastCall): void;
}

/** Past calls, newest first. */
export function CallList({ calls, now, callable, hasMore, loadingMore, onMore, onCallBack }: CallListProps) {
  if (calls.length === 0) {
    return (
      <div className="empty card">
        <span className="empty-icon">
          <Icon name="clock" size={36} />
        </span>
        <h3>No calls yet</h3>
        <p className="muted">Calls you make, get or miss are listed here.</p>
      </div>
    );
  }
  return (
    <div className="group">
      <ul className="rows card">
        {calls.map((call) => (
          <CallRow
            key={call.callId}
            call={call}
            now={now}
            callable={callable.has(call.contactId)}
            onCallBack={onCallBack}
          />
        ))}
      </ul>
      {hasMore && (
        <button type="button" className="button ghost more" aria-disabled={loadingMore} onClick={onMore}>
          {loadingMore ? "Loading…" : "Show earlier calls"}
        </button>
      )}
    </div>
  );
}

function CallRow({
  call,
  now,
  callable,
  onCallBack,
}: { call: PastCall; now: number; callable: boolean } & Pick<CallListProps, "onCallBack">) {
  const name = call.name || "Deleted account";
  return (
    <li className={call.missed ? "row missed" : "row"}>
      <Avatar name={name} id={call.contactId} />
      <span className="who">
        <span className="who-head">
          <span className="name">{name}</span>
          <time
            className="when muted"
            dateTime={new Date(call.startedAt).toISOString()}
            title={new Date(call.startedAt).toLocaleString()}
          >
            {moment(call.startedAt, now)}
          </time>
        </span>
        <span className="note">
          <Icon name={direction(call)} size={16} />
          <span>{callSummary(call)}</span>
        </span>
      </span>
      <span className="row-actions">
        {callable && (
          <button
            type="button"
            className="icon-button"
            aria-label={`Call back ${name}`}
            onClick={() => onCallBack(call)}
          >
            <Icon name={call.video ? "camera" : "phone"} />
          </button>
        )}
      </span>
    </li>
  );
}

function direction(call: PastCall): IconName {
  if (call.missed) return "missed";
  return call.direction === "incoming" ? "incoming" : "outgoing";
}

/** What became of a call, in a few words. */
export function callSummary(call: PastCall): string {
  if (call.missed) return "Missed call";
  if (call.answeredAt !== null) {
    const way = call.direction === "incoming" ? "Incoming" : "Outgoing";
    if (call.endedAt === null) return `${way}, going on`;
    return `${way}, ${duration(call.endedAt - call.answeredAt)}`;
  }
  switch (call.outcome) {
    case "declined":
      return call.direction === "incoming" ? "You declined" : "Declined";
    case "cancelled":
      return "Cancelled";
    case "timeout":
      return "No answer";
    case "busy":
      return "Busy";
    case "offline":
      return "Was offline";
    case "lost":
    case "hangup":
      return "Not connected";
    case null:
      return "Ringing";
  }
}
