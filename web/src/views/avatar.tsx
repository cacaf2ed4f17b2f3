/** Up to two letters that stand for a name: of its first and its last word. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s._-]+/)
    .filter(Boolean);
  const first = [...(words[0] ?? "")][0] ?? "?";
  const last = words.length > 1 ? ([...(words[words.length - 1] ?? "")][0] ?? "") : "";
  return (first + last).toLocaleUpperCase();
}

/** How many `avatar-N` colours app.css has. */
const colours = 8;

/** The same person has the same colour everywhere. */
function colourOf(key: string): number {
  let hash = 0;
  for (const char of key) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash % colours;
}

export interface AvatarProps {
  name: string;
  /** Decides the colour; the user id. */
  id: string;
  size?: "s" | "m" | "l" | "xl";
  online?: boolean;
}

/** A decoration: the name stands beside it in words. */
export function Avatar({ name, id, size = "m", online = false }: AvatarProps) {
  return (
    // The letters are drawn by the style sheet: as text they would be part of the label of a button that holds them.
    <span
      className={`avatar avatar-${size} avatar-${colourOf(id)}`}
      data-initials={initials(name)}
      aria-hidden="true"
    >
      {online && <span className="online-dot" />}
    </span>
  );
}
