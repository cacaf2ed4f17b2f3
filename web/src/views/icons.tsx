import type { ReactNode } from "react";

/** Pictures beside or instead of words. They say nothing to a screen reader: whatever holds one carries the name. */
const shapes = {
  mic: (
    <>
      <rect x="9" y="3" width="6" height="11" rx="3" />
      <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
    </>
  ),
  micOff: (
    <>
      <path d="M9 6a3 3 0 0 1 6 0v5c0 .5-.1 1-.3 1.4M9 9.5V11a3 3 0 0 0 4.4 2.6M5.5 11.5a6.5 6.5 0 0 0 10.3 5.3M18.5 11.5c0 .9-.2 1.8-.5 2.6M12 18v3" />
      <path d="m4 4 16 16" />
    </>
  ),
  camera: (
    <>
      <rect x="2.5" y="6" width="12.5" height="12" rx="3" />
      <path d="m15 10.6 4.8-3.1a1 1 0 0 1 1.6.8v7.4a1 1 0 0 1-1.6.8L15 13.4" />
    </>
  ),
  cameraOff: (
    <>
      <path d="M9 6h3a3 3 0 0 1 3 3v3M15 15a3 3 0 0 1-3 3H5.5A3 3 0 0 1 2.5 15V9a3 3 0 0 1 2.3-2.9M15 10.6l4.8-3.1a1 1 0 0 1 1.6.8v7.4c0 .6-.5 1-1 1" />
      <path d="m4 4 16 16" />
    </>
  ),
  screen: (
    <>
      <rect x="2.5" y="4" width="19" height="13" rx="2.5" />
      <path d="M12 14V8M9.2 10.5 12 7.7l2.8 2.8M8 20.5h8" />
    </>
  ),
  screenOff: (
    <>
      <rect x="2.5" y="4" width="19" height="13" rx="2.5" />
      <path d="m9.8 8.3 4.4 4.4m0-4.4-4.4 4.4M8 20.5h8" />
    </>
  ),
  phone: (
    <path d="M6.2 3.5h2.3a1.5 1.5 0 0 1 1.5 1.2l.6 2.9a1.5 1.5 0 0 1-.5 1.4L8.6 10.3a12.5 12.5 0 0 0 5.1 5.1l1.3-1.5a1.5 1.5 0 0 1 1.4-.5l2.9.6a1.5 1.5 0 0 1 1.2 1.5v2.3a2.7 2.7 0 0 1-2.9 2.7A15.6 15.6 0 0 1 3.5 6.4 2.7 2.7 0 0 1 6.2 3.5Z" />
  ),
  phoneDown: (
    <path d="M21.4 15.2 20 16.9a1.5 1.5 0 0 1-1.8.4l-2.7-1.3a1.5 1.5 0 0 1-.8-1.3v-1.9a12.6 12.6 0 0 0-5.4 0v1.9a1.5 1.5 0 0 1-.8 1.3l-2.7 1.3a1.5 1.5 0 0 1-1.8-.4l-1.4-1.7a2.3 2.3 0 0 1 .1-3.1C6.7 8 17.3 8 21.3 12.1a2.3 2.3 0 0 1 .1 3.1Z" />
  ),
  plus: <path d="M12 5v14M5 12h14" />,
  check: <path d="m5 12.5 4.5 4.5L19 7.5" />,
  close: <path d="M6 6l12 12M18 6 6 18" />,
  search: (
    <>
      <circle cx="11" cy="11" r="6.5" />
      <path d="m16 16 4.5 4.5" />
    </>
  ),
  more: (
    <>
      <circle cx="12" cy="5.5" r="0.8" />
      <circle cx="12" cy="12" r="0.8" />
      <circle cx="12" cy="18.5" r="0.8" />
    </>
  ),
  incoming: <path d="M18 6 7 17M7 8.5V17h8.5" />,
  outgoing: <path d="M6 18 17 7M8.5 7H17v8.5" />,
  missed: <path d="m4 7 7 7 9-9M4 13V7h6" />,
  people: (
    <>
      <circle cx="9" cy="8.5" r="3.5" />
      <path d="M2.5 19.5a6.5 6.5 0 0 1 13 0M16 5.3a3.5 3.5 0 0 1 0 6.4M18 14.3a6.5 6.5 0 0 1 3.5 5.2" />
    </>
  ),
  clock: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 7v5l3.5 2" />
    </>
  ),
  warning: (
    <>
      <path d="M10.5 4.5 2.9 17.6a1.7 1.7 0 0 0 1.5 2.6h15.2a1.7 1.7 0 0 0 1.5-2.6L13.5 4.5a1.7 1.7 0 0 0-3 0ZM12 9.5v4.5" />
      <circle cx="12" cy="17" r="0.5" />
    </>
  ),
  speaker: <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5ZM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11" />,
  bell: <path d="M6 10a6 6 0 1 1 12 0c0 5 2 6 2 6.5H4c0-.5 2-1.5 2-6.5ZM10 20a2.3 2.3 0 0 0 4 0" />,
  signOut: (
    <path d="M14 4.5H7a2.5 2.5 0 0 0-2.5 2.5v10A2.5 2.5 0 0 0 7 19.5h7M10 12h10.5M17 8.5l3.5 3.5-3.5 3.5" />
  ),
  chat: (
    <path d="M6.5 4.5h11a3 3 0 0 1 3 3v6.5a3 3 0 0 1-3 3h-5.4l-4.4 3.4c-.5.4-1.2 0-1.2-.6V17a3 3 0 0 1-3-3V7.5a3 3 0 0 1 3-3ZM8 9h8M8 12.5h5" />
  ),
  send: (
    <path d="M4.2 11.2 4 5.3c0-.9.9-1.5 1.7-1.1l14 6.7c.9.4.9 1.7 0 2.1l-14 6.8c-.8.4-1.7-.3-1.7-1.1l.2-6 7.3-.8Z" />
  ),
  settings: (
    <>
      <path d="M4 7h8.5M17.5 7H20M4 17h2.5M11.5 17H20" />
      <circle cx="15" cy="7" r="2.5" />
      <circle cx="9" cy="17" r="2.5" />
    </>
  ),
  pictureInPicture: (
    <>
      <path d="M20.5 10V7a2.5 2.5 0 0 0-2.5-2.5H5.5A2.5 2.5 0 0 0 3 7v9.5A2.5 2.5 0 0 0 5.5 19H9" />
      <rect x="12.5" y="13" width="9" height="6.5" rx="1.5" />
    </>
  ),
  fullScreen: (
    <path d="M4 9V5.5A1.5 1.5 0 0 1 5.5 4H9M15 4h3.5A1.5 1.5 0 0 1 20 5.5V9M20 15v3.5a1.5 1.5 0 0 1-1.5 1.5H15M9 20H5.5A1.5 1.5 0 0 1 4 18.5V15" />
  ),
  leaveFullScreen: (
    <path d="M9 4v3.5A1.5 1.5 0 0 1 7.5 9H4M20 9h-3.5A1.5 1.5 0 0 1 15 7.5V4M15 20v-3.5a1.5 1.5 0 0 1 1.5-1.5H20M4 15h3.5A1.5 1.5 0 0 1 9 16.5V20" />
  ),
  shield: <path d="M12 3.5 5 6v5.5c0 4.3 2.9 7.5 7 9 4.1-1.5 7-4.7 7-9V6ZM9 11.8l2.2 2.2 4-4.2" />,
  keyboard: (
    <>
      <rect x="2.5" y="6" width="19" height="12" rx="2.5" />
      <path d="M6.5 10h.01M10.2 10h.01M13.8 10h.01M17.5 10h.01M8 14h8" />
    </>
  ),
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.9"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {shapes[name]}
    </svg>
  );
}
