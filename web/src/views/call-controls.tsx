import type { CallActions, CallModel } from "../call/model";
import { Icon, type IconName } from "./icons";
import { Menu, type MenuItem } from "./menu";

interface ControlProps {
  /** The accessible name; `caption`, which is seen, is part of it. */
  label: string;
  caption: string;
  icon: IconName;
  kind?: "on" | "off" | "hang-up";
  shortcut?: string;
  /** Whether what it opens is open. */
  expanded?: boolean;
  /** A number to catch the eye; 0 shows none. */
  badge?: number;
  /** The badge, in words. */
  description?: string | undefined;
  onClick(): void;
}

function Control(props: ControlProps) {
  const { label, caption, icon, kind = "on", shortcut, expanded, badge = 0, description, onClick } = props;
  return (
    <button
      type="button"
      className={`control ${kind}`}
      aria-label={label}
      aria-description={description}
      aria-expanded={expanded}
      aria-keyshortcuts={shortcut}
      title={shortcut ? `${label} (${shortcut})` : label}
      onClick={onClick}
    >
      <span className="control-face">
        <Icon name={icon} size={26} />
        {/* Drawn by the style sheet, as the avatars' letters are. */}
        {badge > 0 && <span className="control-badge" data-badge={badge > 9 ? "9+" : badge} />}
      </span>
      <span className="control-caption">{caption}</span>
    </button>
  );
}

export interface CallControlsProps {
  local: CallModel["local"];
  /** Phones' browsers cannot share the screen. */
  canShareScreen: boolean;
  /** Sharing makes sense once there is somebody to see it. */
  connected: boolean;
  actions: Pick<CallActions, "setMicrophone" | "setCamera" | "setScreen" | "hangUp">;
  chat: { open: boolean; unread: number; onToggle(): void };
  /** What else there is to do. */
  menu: MenuItem[];
}

/** The row of buttons of a call, ringing or under way. */
export function CallControls({ local, canShareScreen, connected, actions, chat, menu }: CallControlsProps) {
  return (
    <fieldset className="controls" aria-label="Call controls">
      <Control
        label={local.audio ? "Mute" : "Unmute"}
        caption={local.audio ? "Mute" : "Unmute"}
        icon={local.audio ? "mic" : "micOff"}
        kind={local.audio ? "on" : "off"}
        shortcut="M"
        onClick={() => actions.setMicrophone(!local.audio)}
      />
      <Control
        label={local.video ? "Turn camera off" : "Turn camera on"}
        caption="Camera"
        icon={local.video ? "camera" : "cameraOff"}
        kind={local.video ? "on" : "off"}
        shortcut="V"
        onClick={() => actions.setCamera(!local.video)}
      />
      {canShareScreen && connected && (
        <Control
          label={local.screen ? "Stop sharing" : "Share screen"}
          caption={local.screen ? "Stop" : "Share"}
          icon={local.screen ? "screenOff" : "screen"}
          kind={local.screen ? "off" : "on"}
          shortcut="S"
          onClick={() => actions.setScreen(!local.screen)}
        />
      )}
      {connected && (
        <Control
          label="Chat"
          caption="Chat"
          icon="chat"
          shortcut="C"
          expanded={chat.open}
          badge={chat.unread}
          description={unreadWords(chat.unread)}
          onClick={chat.onToggle}
        />
      )}
      <Menu label="More" className="control" items={menu}>
        <span className="control-face">
          <Icon name="more" size={26} />
        </span>
        <span className="control-caption">More</span>
      </Menu>
      <Control
        label="Hang up"
        caption="Hang up"
        icon="phoneDown"
        kind="hang-up"
        onClick={() => actions.hangUp()}
      />
    </fieldset>
  );
}

function unreadWords(unread: number): string | undefined {
  if (unread === 0) return undefined;
  return unread === 1 ? "1 new message" : `${unread} new messages`;
}
