/** What is only needed inside a call, or of the settings: not part of the first load. See `use-tools.ts`. */
import "../styles/tools.css";

export { ChatPanel } from "./chat-panel";
export { DeviceSettings } from "./device-settings";
export { ShortcutsDialog } from "./shortcuts-dialog";
export { VerificationDialog } from "./verification-dialog";
