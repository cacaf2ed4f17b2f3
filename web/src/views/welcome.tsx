import type { SignInProblem } from "../auth/session";
import { Icon } from "./icons";

const problems: Record<SignInProblem, string> = {
  refused: "Signing in did not work. Please try again.",
  interrupted: "Signing in was interrupted. Please try again.",
  unreachable: "The sign-in page can’t be reached. Check your connection and try again.",
};

export interface WelcomeProps {
  problem: SignInProblem | null;
  /** On the way to the sign-in page. */
  leaving: boolean;
  onSignIn(): void;
  onCreateAccount(): void;
}

/** The first page, for people who are not signed in. */
export function Welcome({ problem, leaving, onSignIn, onCreateAccount }: WelcomeProps) {
  return (
    <div className="welcome">
      <header className="welcome-top">
        <span className="brand">
          <img src="/icon.svg" alt="" />
          Video Chat
        </span>
      </header>
      <main className="welcome-main">
        <div className="welcome-text">
          <h1>See and hear the people you know</h1>
          <p className="lead muted">
            Add somebody by email, and call them with one click. Nothing to install.
          </p>
          {problem && (
            <p className="notice error" role="alert">
              {problems[problem]}
            </p>
          )}
          <div className="welcome-actions">
            <button type="button" className="button primary large" aria-disabled={leaving} onClick={onSignIn}>
              Sign in
            </button>
            <button
              type="button"
              className="button ghost large"
              aria-disabled={leaving}
              onClick={onCreateAccount}
            >
              Create account
            </button>
          </div>
          <ul className="welcome-points">
            <li>
              <Icon name="check" size={20} />
              Only people you have accepted can call you
            </li>
            <li>
              <Icon name="check" size={20} />
              Picture and sound are encrypted from person to person
            </li>
          </ul>
        </div>
        <Illustration />
      </main>
    </div>
  );
}

/** Two people in a call; says nothing that the text does not. */
function Illustration() {
  return (
    <svg className="welcome-art" viewBox="0 0 480 400" aria-hidden="true" focusable="false">
      <rect className="art-back" x="10" y="30" width="420" height="300" rx="32" />
      <circle className="art-skin" cx="220" cy="150" r="52" />
      <path className="art-body" d="M110 330c6-74 52-108 110-108s104 34 110 108z" />
      <path
        className="art-hair"
        d="M166 146c-6-50 24-76 58-74 36 2 56 32 48 72-14-8-26-20-32-34-16 20-44 32-74 36z"
      />
      <rect className="art-tile" x="310" y="190" width="150" height="180" rx="26" />
      <circle className="art-skin2" cx="385" cy="262" r="30" />
      <path className="art-body2" d="M322 370c3-42 29-64 63-64s60 22 63 64z" />
      <path
        className="art-hair2"
        d="M353 264c-4-34 14-46 33-46s36 14 31 46c-6-14-12-20-18-24-14 10-30 16-46 24z"
      />
      <g className="art-bar">
        <rect x="70" y="306" width="180" height="64" rx="32" />
        <circle className="art-button" cx="108" cy="338" r="20" />
        <circle className="art-button" cx="160" cy="338" r="20" />
        <circle className="art-end" cx="212" cy="338" r="20" />
      </g>
    </svg>
  );
}
