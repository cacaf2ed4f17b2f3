import { StrictMode, useState } from "react";
import { createRoot, type Root } from "react-dom/client";
import "../styles/app.css";
import { createSession, type Session, type SignInProblem, wasSignedIn } from "../auth/session";
import { Failure, Starting } from "../views/failure";
import { Welcome } from "../views/welcome";
import { type Config, ConfigError, loadConfig } from "./config";

/** Reads where everything is, finds out who is signed in, and shows the fitting page. */
export async function boot(element: HTMLElement): Promise<void> {
  const root = createRoot(element);
  show(root, <Starting />);
  // Fetched beside the configuration instead of after it; a failure shows when it is needed.
  if (wasSignedIn(localStorage)) import("./signed-in").catch(() => undefined);
  try {
    const config = await loadConfig();
    const session = createSession(config.oidc, location.origin);
    if ((await session.start(new URL(location.href))) === "leaving") return;
    // Authorization code and state have done their work, and do not belong into the history.
    if (location.pathname !== "/") history.replaceState(null, "", "/");
    const state = session.getState();
    if (state.status === "signed_out") show(root, <WelcomePage session={session} problem={state.problem} />);
    else await showApp(root, config, session);
  } catch (error) {
    const text =
      error instanceof ConfigError
        ? "The server can’t be reached or is not set up. Check your connection, then try again."
        : "Something unexpected went wrong. Try again.";
    show(
      root,
      <Failure
        title="Video Chat can’t start"
        text={text}
        action="Try again"
        onAction={() => location.reload()}
      />,
    );
    throw error;
  }
}

/** Most of the code is for people who are signed in: others need not load it. */
async function showApp(root: Root, config: Config, session: Session): Promise<void> {
  const { createServices, App } = await import("./signed-in");
  const services = await createServices(config, session);
  session.subscribe(() => {
    // Only after signing out with a provider that has no page for it.
    if (session.getState().status === "signed_out") location.reload();
  });
  show(root, <App services={services} />);
}

function show(root: Root, page: React.ReactNode): void {
  root.render(<StrictMode>{page}</StrictMode>);
}

function WelcomePage({ session, problem: first }: { session: Session; problem: SignInProblem | null }) {
  const [problem, setProblem] = useState(first);
  const [leaving, setLeaving] = useState(false);
  async function leave(create: boolean) {
    if (leaving) return;
    setLeaving(true);
    setProblem(null);
    if (await session.signIn({ create })) return;
    setLeaving(false);
    setProblem("unreachable");
  }
  return (
    <Welcome
      problem={problem}
      leaving={leaving}
      onSignIn={() => void leave(false)}
      onCreateAccount={() => void leave(true)}
    />
  );
}
