export interface FailureProps {
  title: string;
  text: string;
  action: string;
  onAction(): void;
}

/** The whole app cannot go on. */
export function Failure({ title, text, action, onAction }: FailureProps) {
  return (
    <main className="centered">
      <div className="card" role="alert">
        <span className="brand">
          <img src="/icon.svg" alt="" />
          Video Chat
        </span>
        <h1>{title}</h1>
        <p className="muted">{text}</p>
        <button type="button" className="button primary wide" onClick={onAction}>
          {action}
        </button>
      </div>
    </main>
  );
}

/** Until it is known whether somebody is signed in. */
export function Starting() {
  return (
    <main className="centered starting">
      <img src="/icon.svg" alt="" width="64" height="64" />
      <p className="visually-hidden" role="status">
        Video Chat is starting…
      </p>
    </main>
  );
}
