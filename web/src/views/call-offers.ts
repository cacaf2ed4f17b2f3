import type { MenuItem } from "./menu";

/** What opens over a call. */
export type CallTool = "devices" | "verification" | "shortcuts";

interface Switch {
  active: boolean;
  toggle(): void;
}

/** What can be done in a call right now; `null` for what cannot. */
export interface Offers {
  microphone(): void;
  camera(): void;
  screen: (() => void) | null;
  chat: (() => void) | null;
  fullScreen: Switch | null;
  pictureInPicture: Switch | null;
  verify: boolean;
  open(tool: CallTool): void;
}

export interface CallShortcut {
  /** As `KeyboardEvent.key` gives it, in lower case. */
  key: string;
  /** As it stands on the key. */
  keys: string;
  does: string;
  run(): void;
}

/** The single keys of a call, in the order in which they are listed. */
export function shortcutsOf(offers: Offers): CallShortcut[] {
  const all: [key: string, does: string, run: (() => void) | null | undefined][] = [
    ["m", "Mute or unmute", offers.microphone],
    ["v", "Camera off or on", offers.camera],
    ["s", "Share or stop sharing the screen", offers.screen],
    ["c", "Open or close the chat", offers.chat],
    ["f", "Full screen", offers.fullScreen?.toggle],
    ["p", "Picture in picture", offers.pictureInPicture?.toggle],
    ["?", "Show these shortcuts", () => offers.open("shortcuts")],
  ];
  return all.flatMap(([key, does, run]) => (run ? [{ key, keys: key.toUpperCase(), does, run }] : []));
}

/** The menu of a call. */
export function menuOf(offers: Offers): MenuItem[] {
  const { fullScreen, pictureInPicture } = offers;
  const items: (MenuItem | null | false)[] = [
    { label: "Camera and sound", icon: "settings", onSelect: () => offers.open("devices") },
    offers.verify && {
      label: "Verify this call",
      icon: "shield",
      onSelect: () => offers.open("verification"),
    },
    pictureInPicture && {
      label: pictureInPicture.active ? "Leave picture in picture" : "Picture in picture",
      icon: "pictureInPicture",
      onSelect: pictureInPicture.toggle,
    },
    fullScreen && {
      label: fullScreen.active ? "Leave full screen" : "Full screen",
      icon: fullScreen.active ? "leaveFullScreen" : "fullScreen",
      onSelect: fullScreen.toggle,
    },
    { label: "Keyboard shortcuts", icon: "keyboard", onSelect: () => offers.open("shortcuts") },
  ];
  return items.filter((item) => item !== null && item !== false);
}
