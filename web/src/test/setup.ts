import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);

// A limit for what never comes, not a time that anything is expected to take: machines may be busy.
configure({ asyncUtilTimeout: 10_000 });

// Warnings are errors: React and the DOM report misuse here.
for (const level of ["error", "warn"] as const) {
  console[level] = (...messages: unknown[]) => {
    throw new Error(`console.${level}: ${messages.map(String).join(" ")}`);
  };
}

// What jsdom does not have, as far as the app needs it. Only where there is a window: most tests of the engine run without.
if (typeof window !== "undefined") {
  Object.assign(HTMLDialogElement.prototype, {
    /** HTML standard, "show a dialog": the first control gets the focus. */
    showModal(this: HTMLDialogElement) {
      if (this.hasAttribute("open")) return;
      this.setAttribute("open", "");
      (this.querySelector<HTMLElement>("button, input, [tabindex]") ?? this).focus();
    },
    close(this: HTMLDialogElement) {
      if (!this.hasAttribute("open")) return;
      this.removeAttribute("open");
      this.dispatchEvent(new Event("close"));
    },
  });
  Object.assign(HTMLElement.prototype, {
    hidePopover(this: HTMLElement) {
      this.removeAttribute("data-open");
    },
  });
  Object.assign(HTMLMediaElement.prototype, { play: () => Promise.resolve(), pause: () => undefined });
  Object.assign(window, {
    matchMedia: (query: string) =>
      Object.assign(new EventTarget(), { matches: false, media: query, onchange: null }),
    ResizeObserver: class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  });
}
