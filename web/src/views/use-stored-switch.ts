import { useState } from "react";

/** Something that is on until the person switches it off, remembered on this machine. */
export function useStoredSwitch(key: string): [on: boolean, setOn: (on: boolean) => void] {
  const [on, setOn] = useState(() => localStorage.getItem(key) !== "off");
  return [
    on,
    (next) => {
      if (next) localStorage.removeItem(key);
      else localStorage.setItem(key, "off");
      setOn(next);
    },
  ];
}
