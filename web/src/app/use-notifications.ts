import { useCallback, useState } from "react";

const dismissedKey = "videochat.notifications-dismissed";

/** The offer to turn on notifications, while it makes sense to show it. */
export function useNotifications(wanted: boolean): { onTurnOn(): void; onDismiss(): void } | null {
  const [open, setOpen] = useState(
    () =>
      "Notification" in window &&
      Notification.permission === "default" &&
      localStorage.getItem(dismissedKey) === null,
  );
  const onDismiss = useCallback(() => {
    localStorage.setItem(dismissedKey, "1");
    setOpen(false);
  }, []);
  const onTurnOn = useCallback(() => {
    // Whatever the answer, the browser keeps it: there is nothing left to offer.
    Notification.requestPermission().finally(() => setOpen(false));
  }, []);
  return open && wanted ? { onTurnOn, onDismiss } : null;
}
