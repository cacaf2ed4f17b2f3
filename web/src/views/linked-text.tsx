import type { ReactNode } from "react";

/** Web addresses; what closes a sentence or a bracket around one is not part of it. */
const address = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?')\]}]/gi;

/**
 * Text with its web addresses as links. Nothing is fetched before somebody follows one, and the page that it leads to learns neither where it
 * was found nor gets hold of this window.
 */
export function LinkedText({ text }: { text: string }) {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(address)) {
    const [url] = match;
    if (!URL.canParse(url)) continue;
    parts.push(
      text.slice(end, match.index),
      <a key={match.index} href={url} target="_blank" rel="noopener noreferrer">
        {url}
      </a>,
    );
    end = match.index + url.length;
  }
  parts.push(text.slice(end));
  return parts;
}
