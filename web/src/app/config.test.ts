import { describe, expect, it } from "vitest";
import { ConfigError, loadConfig, parseConfig } from "./config";

const good = {
  apiUrl: "https://api.example/v1/",
  wsUrl: "wss://ws.example/dev",
  oidc: { authority: "https://id.example/pool", clientId: "web" },
};

describe("parseConfig", () => {
  it("takes absolute addresses, without a slash at the end", () => {
    expect(parseConfig(good, "https://app.example")).toEqual({ ...good, apiUrl: "https://api.example/v1" });
  });

  it("takes addresses relative to the page", () => {
    const config = parseConfig({ ...good, apiUrl: "/api", wsUrl: "/ws" }, "https://app.example");
    expect(config).toMatchObject({ apiUrl: "https://app.example/api", wsUrl: "wss://app.example/ws" });
  });

  it.each([
    ["null", null],
    ["no apiUrl", { ...good, apiUrl: undefined }],
    ["no oidc", { ...good, oidc: undefined }],
    ["an empty client id", { ...good, oidc: { ...good.oidc, clientId: "" } }],
    ["a script for an address", { ...good, apiUrl: "javascript:alert(1)" }],
    ["a socket by http", { ...good, wsUrl: "https://ws.example" }],
  ])("refuses %s", (_what, value) => {
    expect(() => parseConfig(value, "https://app.example")).toThrow(ConfigError);
  });
});

describe("loadConfig", () => {
  it.each([
    ["no network", () => Promise.reject(new TypeError("Failed to fetch"))],
    ["an error", () => Promise.resolve(new Response("{}", { status: 404 }))],
    ["something else", () => Promise.resolve(new Response("<html>"))],
  ])("says so when there is %s", async (_what, answer) => {
    await expect(loadConfig(answer as typeof fetch)).rejects.toBeInstanceOf(ConfigError);
  });
});
