import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { LinkedText } from "./linked-text";

function linksIn(text: string): string[] {
  const { container, unmount } = render(<LinkedText text={text} />);
  expect(container).toHaveTextContent(text, { normalizeWhitespace: false });
  const links = screen.queryAllByRole("link").map((link) => link.textContent ?? "");
  unmount();
  return links;
}

describe("LinkedText", () => {
  it.each([
    ["see https://example.org/a?b=c#d", ["https://example.org/a?b=c#d"]],
    ["(https://example.org/a), or http://b.example!", ["https://example.org/a", "http://b.example"]],
    ["HTTPS://EXAMPLE.ORG/A.", ["HTTPS://EXAMPLE.ORG/A"]],
    ["two\nhttps://a.example\nhttps://b.example", ["https://a.example", "https://b.example"]],
    ["javascript:alert(1) data:text/html,x ftp://a.example example.org", []],
    ["https:// http://", []],
    ["<img src=x onerror=alert(1)>", []],
    ["", []],
  ])("finds web addresses, and only those: %j", (text, links) => {
    expect(linksIn(text)).toEqual(links);
  });

  it("leads to another window that knows nothing of this one", () => {
    render(<LinkedText text="https://example.org/" />);
    const link = screen.getByRole("link");
    expect(link).toHaveAttribute("href", "https://example.org/");
    expect(link).toHaveAttribute("target", "_blank");
    expect(link).toHaveAttribute("rel", "noopener noreferrer");
  });
});
