import { ErrorResponse, UserManager, type UserManagerSettings, WebStorageStateStore } from "oidc-client-ts";
import type { Dialect } from "../app/config";
import { Emitter } from "../app/emitter";

/** Who is signed in, as the views see it. */
export type SessionState =
  | { status: "signed_out"; problem: SignInProblem | null }
  | { status: "signed_in"; userId: string }
  /** The provider no longer renews the session. What runs goes on; new requests need a new sign-in. */
  | { status: "expired"; userId: string };

export type SignInProblem = "refused" | "interrupted" | "unreachable";

/** There is no valid token and only the person can get one, by signing in. */
export class SignInRequired extends Error {
  override readonly name = "SignInRequired";
}

/** Whether somebody was signed in on this browser and has not signed out: then the signed-in app will probably be needed. */
export function wasSignedIn(hint: Pick<Storage, "getItem">): boolean {
  return hint.getItem(hintKey) !== null;
}

/** The part of a signed-in user that the session needs (oidc-client-ts' `User` fits). */
export interface Tokens {
  access_token: string;
  id_token?: string | undefined;
  /** Seconds since the Unix epoch. */
  expires_at?: number | undefined;
  profile: { sub: string };
}

/** What the session asks of the OpenID Connect library; tests hand in a fake. */
export interface OidcClient {
  getUser(): Promise<Tokens | null>;
  removeUser(): Promise<void>;
  signinRedirect(args: { prompt?: string; scope?: string }): Promise<void>;
  signinRedirectCallback(url?: string): Promise<Tokens>;
  signinSilent(): Promise<Tokens | null>;
  signoutRedirect(args?: { extraQueryParams: Record<string, string> }): Promise<void>;
  readonly metadataService: {
    getMetadata(): Promise<object>;
  };
}

/** What is special about a provider. */
export interface ProviderWays {
  /** The API takes ID tokens. */
  idTokens?: boolean;
  /** Goes along to the provider's logout address. */
  logoutParameters?: Record<string, string>;
}

/** The token is renewed this long before it ends, or after two thirds of its life, whichever is later. */
const renewalMarginMs = 120_000;
/** In `localStorage`; no secret. */
const hintKey = "videochat.signed-in";
const firstRetryMs = 5_000;
const longestRetryMs = 60_000;

/**
 * Keeps a valid access token for as long as the provider allows.
 *
 * Renewal goes by refresh token. A failure of the network is retried until it works; a refusal by the provider makes the
 * session `expired`, which ends nothing that is under way: a call goes on without a token.
 */
export class Session {
  readonly #client: OidcClient;
  readonly #hint: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  readonly #ways: ProviderWays;
  readonly #changed = new Emitter();
  #state: SessionState = { status: "signed_out", problem: null };
  #tokens: Tokens | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retryMs = firstRetryMs;
  #renewal: Promise<void> | null = null;

  /** @param hint outlives the tab: remembers whether somebody was signed in here */
  constructor(
    client: OidcClient,
    hint: Pick<Storage, "getItem" | "setItem" | "removeItem">,
    ways: ProviderWays = {},
  ) {
    this.#client = client;
    this.#hint = hint;
    this.#ways = ways;
  }

  getState = (): SessionState => this.#state;

  subscribe = (listener: () => void): (() => void) => this.#changed.subscribe(listener);

  /**
   * Takes up a stored session, or finishes a sign-in when `url` is the redirect URI. To be called once, first.
   *
   * Resolves `"leaving"` when the browser is on its way to the provider, who may still know the person: then a new tab needs no click.
   */
  async start(url: URL): Promise<"here" | "leaving"> {
    if (url.pathname === "/callback") {
      await this.#finishSignIn(url);
      return "here";
    }
    const stored = await this.#client.getUser();
    if (stored) {
      this.#take(stored);
      if (this.#remainingMs() <= 0) await this.#renewOnce();
      return "here";
    }
    if (!wasSignedIn(this.#hint)) return "here";
    return (await this.#leave({ prompt: "none" })) ? "leaving" : "here";
  }

  /**
   * A token that is good for at least a few seconds more.
   *
   * @throws {SignInRequired} when there is none and none can be had
   * @throws whatever the network throws when a renewal is due and the provider cannot be reached
   */
  async accessToken(): Promise<string> {
    if (this.#tokens && this.#state.status === "signed_in" && this.#remainingMs() > 10_000) {
      return this.#apiToken(this.#tokens);
    }
    return this.freshToken();
  }

  /** A new token, whatever the present one says about itself: for when the server has refused that. */
  async freshToken(): Promise<string> {
    if (this.#state.status !== "signed_in") throw new SignInRequired();
    await this.#renew();
    if (!this.#tokens || this.getState().status !== "signed_in") throw new SignInRequired();
    return this.#apiToken(this.#tokens);
  }

  /** The server refuses even fresh tokens: only a new sign-in helps. */
  expire(): void {
    if (this.#state.status !== "signed_in") return;
    clearTimeout(this.#timer);
    this.#set({ status: "expired", userId: this.#state.userId });
  }

  /** Leaves for the provider's page. Resolves `false` when that cannot be reached. */
  async signIn(options: { create?: boolean } = {}): Promise<boolean> {
    // "Initiating User Registration via OpenID Connect 1.0", section 4: `prompt=create`.
    return this.#leave(options.create ? { prompt: "create" } : {});
  }

  async #leave({ prompt }: { prompt?: "create" | "none" }): Promise<boolean> {
    try {
      const metadata = await this.#client.metadataService.getMetadata();
      const announced = prompt !== undefined && offers(metadata, "prompt_values_supported", prompt);
      if (prompt === "none" && !announced) return false;
      await this.#client.signinRedirect({ scope: scopeFor(metadata), ...(announced ? { prompt } : {}) });
      return true;
    } catch {
      if (this.#state.status === "signed_out") this.#set({ status: "signed_out", problem: "unreachable" });
      return false;
    }
  }

  /** Ends the session here and at the provider. */
  async signOut(): Promise<void> {
    clearTimeout(this.#timer);
    this.#hint.removeItem(hintKey);
    try {
      const extraQueryParams = this.#ways.logoutParameters;
      await this.#client.signoutRedirect(extraQueryParams && { extraQueryParams });
    } catch {
      // The provider has no logout address or cannot be reached: forget the tokens here at least.
      await this.#client.removeUser();
      this.#tokens = null;
      this.#set({ status: "signed_out", problem: null });
    }
  }

  async #finishSignIn(url: URL): Promise<void> {
    try {
      this.#take(await this.#client.signinRedirectCallback(url.href));
    } catch (error) {
      // A reload of the callback page finds its state used up, but the tokens there.
      const stored = await this.#client.getUser();
      if (stored) this.#take(stored);
      else {
        this.#hint.removeItem(hintKey);
        this.#set({ status: "signed_out", problem: problemOf(error) });
      }
    }
  }

  #take(tokens: Tokens): void {
    this.#tokens = tokens;
    this.#retryMs = firstRetryMs;
    const remaining = this.#remainingMs();
    this.#schedule(Math.max(remaining - renewalMarginMs, (remaining * 2) / 3));
    this.#hint.setItem(hintKey, "1");
    const userId = tokens.profile.sub;
    if (this.#state.status !== "signed_in" || this.#state.userId !== userId)
      this.#set({ status: "signed_in", userId });
  }

  #apiToken(tokens: Tokens): string {
    return (this.#ways.idTokens && tokens.id_token) || tokens.access_token;
  }

  #remainingMs(): number {
    const end = this.#tokens?.expires_at;
    return end === undefined ? Number.POSITIVE_INFINITY : end * 1000 - Date.now();
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    if (Number.isFinite(ms)) this.#timer = setTimeout(() => void this.#renewOnce(), Math.max(ms, 0));
  }

  /** Renews; when the network fails, plans the next attempt instead of throwing. */
  async #renewOnce(): Promise<void> {
    try {
      await this.#renew();
    } catch {
      this.#schedule(this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
    }
  }

  /** One renewal at a time: a second use of a rotated refresh token would look like theft. */
  #renew(): Promise<void> {
    this.#renewal ??= this.#requestTokens().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #requestTokens(): Promise<void> {
    try {
      const tokens = await this.#client.signinSilent();
      if (tokens) this.#take(tokens);
      else this.expire();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.expire();
    }
  }

  #set(state: SessionState): void {
    this.#state = state;
    this.#changed.emit();
  }
}

/** The provider has answered, and trying again will not change the answer (RFC 6749, section 5.2). */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof ErrorResponse &&
    error.error !== null &&
    !["temporarily_unavailable", "server_error", "slow_down"].includes(error.error)
  );
}

function problemOf(error: unknown): SignInProblem | null {
  if (error instanceof ErrorResponse) {
    // The answer to `prompt=none` when the provider does not know the person any more (OpenID Connect Core, section 3.1.2.6).
    const asks = ["login_required", "consent_required", "interaction_required", "account_selection_required"];
    return asks.includes(error.error ?? "") ? null : "refused";
  }
  return error instanceof TypeError ? "unreachable" : "interrupted";
}

function offers(metadata: object, list: string, value: string): boolean {
  const values = (metadata as Record<string, unknown>)[list];
  return Array.isArray(values) && values.includes(value);
}

/** `offline_access` only where it is announced: some providers give refresh tokens without it and refuse it. */
function scopeFor(metadata: object): string {
  const base = "openid profile email";
  return offers(metadata, "scopes_supported", "offline_access") ? `${base} offline_access` : base;
}

/**
 * The session of this tab. Tokens live in `sessionStorage`: they survive a reload, are gone with the tab, and two tabs never
 * share (and thereby wear out) a rotating refresh token.
 */
export function createSession(
  oidc: { authority: string; clientId: string; dialect?: Dialect },
  origin: string,
): Session {
  const settings: UserManagerSettings = {
    authority: oidc.authority,
    client_id: oidc.clientId,
    redirect_uri: `${origin}/callback`,
    post_logout_redirect_uri: `${origin}/`,
    response_type: "code",
    scope: "openid profile email",
    loadUserInfo: false,
    monitorSession: false,
    automaticSilentRenew: false, // {@link Session} does it, with retries
    userStore: new WebStorageStateStore({ store: window.sessionStorage }),
    stateStore: new WebStorageStateStore({ store: window.sessionStorage }),
  };
  const ways: ProviderWays =
    oidc.dialect === "cognito"
      ? {
          // API Gateway's Cognito authorizer takes ID tokens, and Cognito's logout has parameters of its own.
          idTokens: true,
          logoutParameters: { client_id: oidc.clientId, logout_uri: `${origin}/` },
        }
      : {};
  return new Session(new UserManager(settings), window.localStorage, ways);
}
