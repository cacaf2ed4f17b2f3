import { ErrorResponse } from "oidc-client-ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type OidcClient, Session, SignInRequired, type Tokens } from "./session";

const start = new Date("2026-11-24T12:00:00Z").getTime();
const home = new URL("https://video.example/");
const callback = new URL("https://video.example/callback?code=c&state=s");

/** Tokens of the `n`th issue, good for `minutes` from now. */
function tokens(n: number, minutes = 60): Tokens {
  return {
    access_token: `token-${n}`,
    expires_at: Date.now() / 1000 + minutes * 60,
    profile: { sub: "u-1" },
  };
}

const refusal = (error: string) => new ErrorResponse({ error });

class FakeOidc implements OidcClient {
  stored: Tokens | null = null;
  metadata: object = {
    scopes_supported: ["openid", "profile", "email", "offline_access"],
    prompt_values_supported: ["none", "create"],
  };
  /** What the next renewals come to; the last one stays. */
  renewals: (Tokens | Error | null)[] = [];
  renewed = 0;
  redirects: { prompt?: string; scope?: string }[] = [];
  unreachable = false;
  signInResult: Tokens | Error = new Error("No matching state found in storage");
  signedOut = false;
  logoutSupported = true;
  logoutParameters: Record<string, string> | undefined;

  readonly metadataService = {
    getMetadata: async () => {
      if (this.unreachable) throw new TypeError("Failed to fetch");
      return this.metadata;
    },
  };

  async getUser() {
    return this.stored;
  }

  async removeUser() {
    this.stored = null;
  }

  async signinRedirect(args: { prompt?: string; scope?: string }) {
    this.redirects.push(args);
  }

  async signinRedirectCallback() {
    if (this.signInResult instanceof Error) throw this.signInResult;
    return this.signInResult;
  }

  async signinSilent() {
    this.renewed += 1;
    const result = this.renewals.length > 1 ? this.renewals.shift() : this.renewals[0];
    if (result instanceof Error) throw result;
    return result ?? null;
  }

  async signoutRedirect(args?: { extraQueryParams: Record<string, string> }) {
    if (!this.logoutSupported) throw new Error("No end session endpoint");
    this.signedOut = true;
    this.logoutParameters = args?.extraQueryParams;
  }
}

let oidc: FakeOidc;
let hints: Map<string, string>;
let session: Session;

beforeEach(() => {
  vi.useFakeTimers({ now: start });
  oidc = new FakeOidc();
  hints = new Map();
  session = new Session(oidc, {
    getItem: (key) => hints.get(key) ?? null,
    setItem: (key, value) => hints.set(key, value),
    removeItem: (key) => hints.delete(key),
  });
});

afterEach(() => {
  vi.useRealTimers();
});

async function signedIn(minutes = 60) {
  oidc.stored = tokens(1, minutes);
  await session.start(home);
}

describe("starting", () => {
  it("is signed out in a new browser, and goes nowhere", async () => {
    expect(await session.start(home)).toBe("here");
    expect(session.getState()).toEqual({ status: "signed_out", problem: null });
    expect(oidc.redirects).toEqual([]);
  });

  it("takes up the tokens of this tab", async () => {
    await signedIn();
    expect(session.getState()).toEqual({ status: "signed_in", userId: "u-1" });
    expect(await session.accessToken()).toBe("token-1");
  });

  it("renews stored tokens that have ended", async () => {
    oidc.renewals = [tokens(2)];
    await signedIn(-5);
    expect(await session.accessToken()).toBe("token-2");
  });

  it("asks the provider, without a page, in a new tab of a browser that was signed in", async () => {
    await signedIn();
    oidc.stored = null;
    const tab = new Session(oidc, {
      getItem: () => "1",
      setItem: () => undefined,
      removeItem: () => undefined,
    });
    expect(await tab.start(home)).toBe("leaving");
    expect(oidc.redirects).toEqual([{ scope: "openid profile email offline_access", prompt: "none" }]);
  });

  it("stays where it is when the provider cannot do that", async () => {
    hints.set("videochat.signed-in", "1");
    oidc.metadata = {};
    expect(await session.start(home)).toBe("here");
    expect(oidc.redirects).toEqual([]);
  });
});

describe("coming back from the provider", () => {
  it("is signed in", async () => {
    oidc.signInResult = tokens(1);
    await session.start(callback);
    expect(session.getState()).toEqual({ status: "signed_in", userId: "u-1" });
  });

  it("goes by the stored tokens when the page is loaded again", async () => {
    oidc.stored = tokens(1);
    await session.start(callback);
    expect(session.getState().status).toBe("signed_in");
  });

  it.each([
    ["a refusal", refusal("access_denied"), "refused"],
    ["a lost state", new Error("No matching state found in storage"), "interrupted"],
    ["a failing network", new TypeError("Failed to fetch"), "unreachable"],
    ["that nobody is signed in there", refusal("login_required"), null],
  ])("tells of %s", async (_what, error, problem) => {
    hints.set("videochat.signed-in", "1");
    oidc.signInResult = error;
    await session.start(callback);
    expect(session.getState()).toEqual({ status: "signed_out", problem });
    expect(hints.size, "the next tab must not try again by itself").toBe(0);
  });
});

describe("signing in and out", () => {
  it("asks for the sign-up page where the provider has one", async () => {
    await session.signIn({ create: true });
    expect(oidc.redirects).toEqual([{ scope: "openid profile email offline_access", prompt: "create" }]);
  });

  it("asks for nothing that the provider does not announce", async () => {
    oidc.metadata = {};
    await session.signIn({ create: true });
    expect(oidc.redirects).toEqual([{ scope: "openid profile email" }]);
  });

  it("says so when the provider cannot be reached", async () => {
    oidc.unreachable = true;
    expect(await session.signIn()).toBe(false);
    expect(session.getState()).toEqual({ status: "signed_out", problem: "unreachable" });
  });

  it("signs out at the provider, and forgets that somebody was here", async () => {
    await signedIn();
    await session.signOut();
    expect(oidc.signedOut).toBe(true);
    expect(hints.size).toBe(0);
  });

  it("forgets the tokens when the provider has no way to sign out", async () => {
    await signedIn();
    oidc.logoutSupported = false;
    await session.signOut();
    expect(oidc.stored).toBeNull();
    expect(session.getState()).toEqual({ status: "signed_out", problem: null });
  });
});

describe("renewal", () => {
  it("comes two minutes before the end", async () => {
    await signedIn(60);
    await vi.advanceTimersByTimeAsync(57 * 60_000);
    expect(oidc.renewed).toBe(0);
    oidc.renewals = [tokens(2)];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(oidc.renewed).toBe(1);
    expect(await session.accessToken()).toBe("token-2");
  });

  it("does not come again and again with tokens that live shorter than that", async () => {
    await signedIn(1);
    await vi.advanceTimersByTimeAsync(39_000);
    expect(oidc.renewed).toBe(0);
    oidc.renewals = [tokens(2)];
    await vi.advanceTimersByTimeAsync(2_000);
    expect(oidc.renewed).toBe(1);
  });

  it("is tried again while the network fails, and the session stays", async () => {
    await signedIn(10);
    oidc.renewals = [new TypeError("Failed to fetch"), refusal("temporarily_unavailable"), tokens(2)];
    await vi.advanceTimersByTimeAsync(8 * 60_000);
    expect(oidc.renewed).toBe(1);
    expect(session.getState().status).toBe("signed_in");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(oidc.renewed).toBe(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(oidc.renewed).toBe(3);
    expect(await session.accessToken()).toBe("token-2");
  });

  it("ends in an expired session when the provider refuses", async () => {
    await signedIn(10);
    oidc.renewals = [refusal("invalid_grant")];
    const changes = vi.fn();
    session.subscribe(changes);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(session.getState()).toEqual({ status: "expired", userId: "u-1" });
    expect(changes).toHaveBeenCalledTimes(1);
    expect(oidc.renewed).toBe(1);
    await expect(session.accessToken()).rejects.toBeInstanceOf(SignInRequired);
  });

  it("happens once for everybody who waits for it", async () => {
    await signedIn(60);
    oidc.renewals = [tokens(2)];
    expect(await Promise.all([session.freshToken(), session.freshToken(), session.freshToken()])).toEqual([
      "token-2",
      "token-2",
      "token-2",
    ]);
    expect(oidc.renewed).toBe(1);
  });

  it("is made up for when a sleeping machine has missed it", async () => {
    await signedIn(60);
    vi.setSystemTime(start + 2 * 3600_000);
    oidc.renewals = [tokens(2)];
    expect(await session.accessToken()).toBe("token-2");
  });
});

describe("a provider with ways of its own", () => {
  beforeEach(() => {
    const hint = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
    session = new Session(oidc, hint, {
      idTokens: true,
      logoutParameters: { client_id: "c-1", logout_uri: "https://video.example/" },
    });
  });

  it("gets ID tokens from us where its API takes those", async () => {
    oidc.stored = { ...tokens(1), id_token: "id-1" };
    oidc.renewals = [{ ...tokens(2), id_token: "id-2" }];
    await session.start(home);
    expect(await session.accessToken()).toBe("id-1");
    expect(await session.freshToken()).toBe("id-2");
  });

  it("is told on sign-out what it asks for", async () => {
    await signedIn();
    await session.signOut();
    expect(oidc.logoutParameters).toEqual({ client_id: "c-1", logout_uri: "https://video.example/" });
  });
});
