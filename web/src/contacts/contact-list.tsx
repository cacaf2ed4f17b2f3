import { type ReactNode, useId, useState } from "react";
import type { Contact } from "../api/types";
import { Avatar } from "../views/avatar";
import { Icon } from "../views/icons";
import { Menu, type MenuItem } from "../views/menu";
import { groupContacts, matching } from "./grouping";

/** What can be asked for with a contact. Questions ("really?") are the receiver's business. */
export interface ContactActions {
  onCall(contact: Contact, options: { video: boolean }): void;
  onAccept(contact: Contact): void;
  onDecline(contact: Contact): void;
  onWithdraw(contact: Contact): void;
  onRemove(contact: Contact): void;
  onBlock(contact: Contact): void;
  onUnblock(contact: Contact): void;
}

export interface ContactListProps extends ContactActions {
  contacts: Contact[];
  /** Contacts with a change under way: their buttons wait. */
  busy: ReadonlySet<string>;
  onAdd(): void;
}

/** From this many contacts on there is a search field. */
const searchFrom = 8;

/** Everybody on the list: requests first, then contacts, then who is waited for, then who is blocked. */
export function ContactList({ contacts, busy, onAdd, ...actions }: ContactListProps) {
  const [query, setQuery] = useState("");
  const groups = groupContacts(contacts);

  if (contacts.length === 0) {
    return (
      <div className="empty card">
        <span className="empty-icon">
          <Icon name="people" size={36} />
        </span>
        <h3>Nobody here yet</h3>
        <p className="muted">
          Add somebody by the email address they signed up with. Once they accept, you can call each other.
        </p>
        <button type="button" className="button primary" onClick={onAdd}>
          <Icon name="plus" size={20} />
          Add contact
        </button>
      </div>
    );
  }

  const searching = groups.accepted.length >= searchFrom;
  const shown = searching ? matching(groups.accepted, query) : groups.accepted;
  return (
    <>
      {groups.received.length > 0 && (
        <Group title="Requests" count={groups.received.length}>
          {groups.received.map((contact) => (
            <Row key={contact.contactId} contact={contact} note="wants to be your contact">
              <RequestButtons contact={contact} disabled={busy.has(contact.contactId)} {...actions} />
            </Row>
          ))}
        </Group>
      )}
      {groups.accepted.length > 0 && (
        <Group
          title="Your contacts"
          {...(groups.received.length > 0 || groups.sent.length > 0 ? {} : { quiet: true })}
        >
          {searching && (
            <li className="search">
              <Icon name="search" size={20} />
              <input
                type="search"
                className="input"
                aria-label="Search contacts"
                placeholder="Search"
                value={query}
                onChange={(event) => setQuery(event.target.value)}
              />
            </li>
          )}
          {shown.map((contact) => (
            <AcceptedRow key={contact.contactId} contact={contact} {...actions} />
          ))}
          {shown.length === 0 && <li className="row muted">Nobody matches “{query}”.</li>}
        </Group>
      )}
      {groups.sent.length > 0 && (
        <Group title="Waiting for an answer">
          {groups.sent.map((contact) => (
            <Row key={contact.contactId} contact={contact} note="Request sent">
              <button
                type="button"
                className="button ghost small"
                disabled={busy.has(contact.contactId)}
                aria-label={`Withdraw request to ${contact.name}`}
                onClick={() => actions.onWithdraw(contact)}
              >
                Withdraw
              </button>
            </Row>
          ))}
        </Group>
      )}
      {groups.blocked.length > 0 && (
        <details className="group">
          <summary>
            <h3>Blocked</h3> <span className="count">{groups.blocked.length}</span>
          </summary>
          <ul className="rows card">
            {groups.blocked.map((contact) => (
              <Row key={contact.contactId} contact={contact} note="Can’t call you or see when you are here">
                <button
                  type="button"
                  className="button ghost small"
                  disabled={busy.has(contact.contactId)}
                  aria-label={`Unblock ${contact.name}`}
                  onClick={() => actions.onUnblock(contact)}
                >
                  Unblock
                </button>
              </Row>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** @param quiet a lone group needs no heading for the eye */
function Group({
  title,
  count,
  quiet = false,
  children,
}: {
  title: string;
  count?: number;
  quiet?: boolean;
  children: ReactNode;
}) {
  return (
    <div className="group">
      {!quiet && (
        <h3>
          {title} {count !== undefined && <span className="count">{count}</span>}
        </h3>
      )}
      <ul className="rows card" aria-label={title}>
        {children}
      </ul>
    </div>
  );
}

function Row({
  contact,
  note,
  online = false,
  children,
}: {
  contact: Contact;
  note: string;
  online?: boolean;
  children: ReactNode;
}) {
  return (
    <li className="row">
      <Avatar name={contact.name} id={contact.contactId} online={online} />
      <span className="who">
        <span className="name">{contact.name}</span>
        <span className="muted note">{note}</span>
      </span>
      <span className="row-actions">{children}</span>
    </li>
  );
}

function RequestButtons({
  contact,
  disabled,
  onAccept,
  onDecline,
  onBlock,
}: { contact: Contact; disabled: boolean } & Pick<ContactActions, "onAccept" | "onDecline" | "onBlock">) {
  const about = useId();
  return (
    <>
      <span id={about} hidden>
        Request from {contact.name}, {contact.email}
      </span>
      <button
        type="button"
        className="button primary small"
        aria-describedby={about}
        disabled={disabled}
        onClick={() => onAccept(contact)}
      >
        Accept
      </button>
      <button
        type="button"
        className="button ghost small"
        aria-describedby={about}
        disabled={disabled}
        onClick={() => onDecline(contact)}
      >
        Decline
      </button>
      <Menu
        label={`More options for ${contact.name}`}
        items={[{ label: "Block", danger: true, onSelect: () => onBlock(contact) }]}
      >
        <Icon name="more" />
      </Menu>
    </>
  );
}

function AcceptedRow({ contact, onCall, onRemove, onBlock }: { contact: Contact } & ContactActions) {
  const items: MenuItem[] = [
    { label: "Voice call", icon: "phone", onSelect: () => onCall(contact, { video: false }) },
    { label: "Remove contact", danger: true, onSelect: () => onRemove(contact) },
    { label: "Block", danger: true, onSelect: () => onBlock(contact) },
  ];
  return (
    <Row contact={contact} note={contact.online ? "Online" : "Offline"} online={contact.online}>
      <button
        type="button"
        className="icon-button call"
        aria-label={`Call ${contact.name}`}
        onClick={() => onCall(contact, { video: true })}
      >
        <Icon name="camera" />
      </button>
      <Menu
        label={`More options for ${contact.name}`}
        items={items}
        lead={<p className="menu-lead muted">{contact.email}</p>}
      >
        <Icon name="more" />
      </Menu>
    </Row>
  );
}
