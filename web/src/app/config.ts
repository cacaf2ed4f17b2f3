/** Where everything is: the answer of `/config.json`, checked, with absolute addresses. */
export interface Config {
  apiUrl: string;
  wsUrl: string;
  oidc: {
    authority: string;
    clientId: string;
    /** The provider has ways of its own; see {@link createSession}. */
    dialect?: Dialect;
  };
}

/** OpenID Connect providers that need something special. */
export type Dialect = "cognito";

/** `/config.json` cannot be had or is not what it should be. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Checks a parsed `/config.json`; addresses may be relative to `base`. */
export function parseConfig(value: unknown, base: string): Config {
  const config = record(value, "the document");
  const oidc = record(config["oidc"], "oidc");
  return {
    apiUrl: address(config["apiUrl"], "apiUrl", base, ["http:", "https:"]),
    wsUrl: address(config["wsUrl"], "wsUrl", base.replace(/^http/, "ws"), ["ws:", "wss:"]),
    oidc: {
      authority: address(oidc["authority"], "oidc.authority", base, ["http:", "https:"]),
      clientId: text(oidc["clientId"], "oidc.clientId"),
      ...(oidc["dialect"] === "cognito" ? { dialect: "cognito" as const } : {}),
    },
  };
}

export async function loadConfig(fetcher: typeof fetch = fetch): Promise<Config> {
  let value: unknown;
  try {
    const response = await fetcher("/config.json", { cache: "no-cache" });
    if (!response.ok) throw new ConfigError(`/config.json: HTTP ${response.status}`);
    value = await response.json();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError("/config.json could not be read", { cause: error });
  }
  return parseConfig(value, location.origin);
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null)
    throw new ConfigError(`/config.json: ${name} is not an object`);
  return value as Record<string, unknown>;
}

function text(value: unknown, name: string): string {
  if (typeof value !== "string" || value === "") throw new ConfigError(`/config.json: ${name} is missing`);
  return value;
}

function address(value: unknown, name: string, base: string, protocols: string[]): string {
  const given = text(value, name);
  const url = URL.canParse(given, base) ? new URL(given, base) : null;
  if (!url || !protocols.includes(url.protocol))
    throw new ConfigError(`/config.json: ${name} is not a usable address`);
  // Trailing slashes off, so that paths can be appended. An OpenID issuer is compared letter by letter, so a full one stays as it is.
  return URL.canParse(given) ? given.replace(/\/+$/, "") : url.href.replace(/\/+$/, "");
}
