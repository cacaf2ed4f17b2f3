"""What a page's peer connections are doing, as the browser itself tells (``RTCPeerConnection.getStats``)."""

from typing import Any, Final

from playwright.sync_api import Page

# Runs before the page's own scripts: keeps hold of every peer connection, and of the states it has been through.
WATCH_LINKS: Final = """
(() => {
  if (globalThis.__links) return;
  const links = (globalThis.__links = []);
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...rest) {
      super(...rest);
      const link = { pc: this, states: [], users: [] };
      const note = (configuration) => {
        for (const { username } of configuration?.iceServers ?? []) if (username) link.users.push(username);
      };
      note(rest[0]);
      this.setConfiguration = (configuration) => {
        note(configuration);
        super.setConfiguration(configuration);
      };
      this.addEventListener("connectionstatechange", () => link.states.push(this.connectionState));
      links.push(link);
    }
  };
})()
"""

# The newest peer connection that is not closed; null while there is none.
READ_LINK: Final = """
async () => {
  const link = globalThis.__links.filter(({ pc }) => pc.signalingState !== "closed").at(-1);
  if (!link) return null;
  const report = [...(await link.pc.getStats()).values()];
  const byId = Object.fromEntries(report.map((entry) => [entry.id, entry]));
  const selected = report.map((entry) => byId[entry.selectedCandidatePairId]).find((pair) => pair)
    ?? report.find((entry) => entry.type === "candidate-pair" && entry.selected);
  const end = (id) => ({ type: byId[id]?.candidateType ?? null, protocol: byId[id]?.protocol ?? null,
    relay: byId[id]?.relayProtocol ?? null });
  const inbound = report.filter((entry) => entry.type === "inbound-rtp");
  const sentWidths = report.map((entry) =>
    entry.type === "outbound-rtp" && entry.kind === "video" && entry.active ? (entry.frameWidth ?? 0) : 0);
  const sum = (key) => inbound.reduce((total, entry) => total + (entry[key] ?? 0), 0);
  return {
    state: link.pc.connectionState,
    states: [...link.states],
    users: [...link.users],
    fragment: /a=ice-ufrag:(\\S+)/.exec(link.pc.localDescription?.sdp ?? "")?.[1] ?? null,
    local: selected ? end(selected.localCandidateId) : null,
    remote: selected ? end(selected.remoteCandidateId) : null,
    frames: sum("framesDecoded"),
    received: sum("packetsReceived"),
    lost: sum("packetsLost"),
    samples: sum("totalSamplesReceived"),
    concealed: sum("concealedSamples"),
    sentWidth: Math.max(0, ...sentWidths),
  };
}
"""

# How far every peer connection has come, closed ones too, and what it counts. Of descriptions only how many candidates they hold.
READ_ALL: Final = """
async () => {
  const candidates = (description) => description?.sdp.match(/^a=candidate:/gm)?.length ?? 0;
  return Promise.all((globalThis.__links ?? []).map(async ({ pc, states }) => ({
    states,
    signaling: pc.signalingState,
    ice: pc.iceConnectionState,
    gathering: pc.iceGatheringState,
    local: [pc.localDescription?.type ?? null, candidates(pc.localDescription)],
    remote: [pc.remoteDescription?.type ?? null, candidates(pc.remoteDescription)],
    stats: pc.signalingState === "closed" ? [] : [...(await pc.getStats()).values()],
  })));
}
"""


class Link:
    """One reading of a page's peer connection.

    :param reading: what :data:`READ_LINK` returned.
    """

    def __init__(self, reading: dict[str, Any]) -> None:
        self.state: str = reading["state"]
        self.states: list[str] = reading["states"]
        """Every ``connectionState`` so far."""
        self.users: list[str] = reading["users"]
        """The TURN user names it was given, oldest first."""
        self.fragment: str | None = reading["fragment"]
        """The ICE user name fragment; each restart makes a new one."""
        self.local: dict[str, str | None] = reading["local"] or {}
        self.remote: dict[str, str | None] = reading["remote"] or {}
        self.frames: int = reading["frames"]
        """Video frames decoded."""
        self.received: int = reading["received"]
        self.lost: int = reading["lost"]
        """RTP packets that came, and that did not."""
        self.samples: int = reading["samples"]
        """Of sound, 48,000 a second; played, whether they came or not."""
        self.concealed: int = reading["concealed"]
        """Those among them that did not come in time and were made up."""
        self.sent_width: int = reading["sentWidth"]
        """Pixels across in the pictures that are sent; 0 while none are."""

    @property
    def path(self) -> tuple[str | None, str | None]:
        """Candidate types of the selected pair, own side first: ``host``, ``srflx``, ``prflx`` or ``relay``."""
        return self.local.get("type"), self.remote.get("type")

    def __repr__(self) -> str:
        return f"Link({vars(self)})"


def read_link(page: Page) -> Link | None:
    """The state of the page's newest peer connection that is not closed, or ``None``."""
    reading = page.evaluate(READ_LINK)
    return None if reading is None else Link(reading)
