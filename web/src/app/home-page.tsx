import { type UseQueryResult, useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { memo, type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import type { Contact } from "../api/types";
import { CallList } from "../calls/call-list";
import { useMissed } from "../calls/use-missed";
import { AddContactDialog } from "../contacts/add-contact-dialog";
import { ContactList } from "../contacts/contact-list";
import { codeOf, useContactChanges } from "../contacts/use-contact-changes";
import { ConfirmDialog } from "../views/confirm-dialog";
import { Home, type Loadable, Pending } from "../views/home";
import { apiMessage } from "../views/texts";
import { useTools } from "../views/use-tools";
import type { Notice } from "./notice";
import { useServices } from "./services";
import { useNotifications } from "./use-notifications";

export interface HomePageProps {
  /** Goes above everything else. */
  lead: ReactNode;
  notice: Notice | null;
  tell(notice: Notice): void;
  onDismissNotice(): void;
}

interface Question {
  change: "remove" | "block";
  contact: Contact;
}

const questions = {
  remove: {
    title: (name: string) => `Remove ${name}?`,
    text: "You can no longer call each other. To be in touch again, one of you has to send a new request.",
    confirm: "Remove",
  },
  block: {
    title: (name: string) => `Block ${name}?`,
    text: "They can no longer call you or see when you are online. They are not told.",
    confirm: "Block",
  },
};

function loadable<T>({ data, error }: Pick<UseQueryResult<T>, "data" | "error">): Loadable<T> {
  if (data !== undefined) return { status: "ready", value: data };
  return error ? { status: "failed", code: codeOf(error) } : { status: "loading" };
}

/** The home page with what it shows and what its buttons do. Remembered: a call changes often, and nothing of it is shown here. */
export const HomePage = memo(function HomePage({ lead, notice, tell, onDismissNotice }: HomePageProps) {
  const { session, data, calls, connection } = useServices();
  const sessionState = useSyncExternalStore(session.subscribe, session.getState);
  const connectionState = useSyncExternalStore(connection.subscribe, connection.getState);
  const user = useQuery(data.user);
  const contacts = useQuery(data.contacts);
  const history = useInfiniteQuery(data.calls);
  const past = history.data?.pages.flatMap((page) => page.calls);
  const { missed, onSeen } = useMissed(past ?? []);
  const [adding, setAdding] = useState(false);
  const [choosingDevices, setChoosingDevices] = useState(false);
  const [question, setQuestion] = useState<Question | null>(null);
  const accepted = (contacts.data ?? []).filter(({ state }) => state === "accepted");
  const notifications = useNotifications(accepted.length > 0);
  const { busy, change } = useContactChanges(data, (code) => tell({ kind: "error", text: apiMessage(code) }));
  const now = useNow();
  const { tools, failed, retry } = useTools(choosingDevices);

  useEffect(() => {
    if (!failed) return;
    setChoosingDevices(false);
    retry();
    tell({ kind: "error", text: apiMessage("network") });
  }, [failed, retry, tell]);

  const add = useMutation({
    mutationFn: (email: string) => data.api.addContact(email),
    onSuccess: (contact) => {
      data.contactIs(contact);
      setAdding(false);
      const text =
        contact.state === "accepted"
          ? `${contact.name} is now your contact`
          : `Request sent to ${contact.name}`;
      tell({ kind: "info", text });
    },
  });

  function openAdding() {
    add.reset();
    setAdding(true);
  }

  return (
    <>
      <Home
        user={user.data ?? null}
        lead={lead}
        connection={connectionState}
        sessionExpired={sessionState.status === "expired"}
        notice={notice}
        missed={missed}
        notifications={notifications}
        hasContacts={(contacts.data ?? []).length > 0}
        onAddContact={openAdding}
        onDevices={() => setChoosingDevices(true)}
        onSignIn={() => void session.signIn()}
        onSignOut={() => void session.signOut()}
        onDismissNotice={onDismissNotice}
        onShowCalls={onSeen}
        contacts={
          <Pending state={loadable(contacts)} onRetry={() => void contacts.refetch()}>
            {(list) => (
              <ContactList
                contacts={list}
                busy={busy}
                onAdd={openAdding}
                onCall={({ contactId, name }, options) => calls.call({ userId: contactId, name }, options)}
                onAccept={(contact) => change("accept", contact)}
                onDecline={(contact) => change("decline", contact)}
                onWithdraw={(contact) => change("withdraw", contact)}
                onUnblock={(contact) => change("unblock", contact)}
                onRemove={(contact) => setQuestion({ change: "remove", contact })}
                onBlock={(contact) => setQuestion({ change: "block", contact })}
              />
            )}
          </Pending>
        }
        calls={
          <Pending
            state={loadable({ data: past, error: history.error })}
            onRetry={() => void history.refetch()}
          >
            {(list) => (
              <CallList
                calls={list}
                now={now}
                callable={new Set(accepted.map(({ contactId }) => contactId))}
                hasMore={history.hasNextPage}
                loadingMore={history.isFetchingNextPage}
                onMore={() => {
                  if (!history.isFetchingNextPage) void history.fetchNextPage();
                }}
                onCallBack={({ contactId, name, video }) =>
                  calls.call({ userId: contactId, name }, { video })
                }
              />
            )}
          </Pending>
        }
      />
      {adding && (
        <AddContactDialog
          error={add.error ? codeOf(add.error) : null}
          sending={add.isPending}
          onSend={(email) => add.mutate(email)}
          onClose={() => setAdding(false)}
        />
      )}
      {choosingDevices && tools && (
        <tools.DeviceSettings devices={calls.devices} onClose={() => setChoosingDevices(false)} />
      )}
      {question && (
        <ConfirmDialog
          title={questions[question.change].title(question.contact.name)}
          text={questions[question.change].text}
          confirm={questions[question.change].confirm}
          onConfirm={() => {
            change(question.change, question.contact);
            setQuestion(null);
          }}
          onCancel={() => setQuestion(null)}
        />
      )}
    </>
  );
});

/** The time, every minute: what is told relative to it grows old. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
