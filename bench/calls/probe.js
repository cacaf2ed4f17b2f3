/**
 * Runs in every page before its own scripts and notes what happens when, in ms since the Unix epoch: `performance.timeOrigin` relates
 * pages of one machine to each other. The same for the product and for what it is compared with, so what it costs it costs all.
 */
(() => {
  const absolute = (time = performance.now()) => performance.timeOrigin + time;

  /** The latest call. `marks` are the first times of what happens once, `frames` what went through the socket. */
  let call;
  let watched = new WeakSet();

  function begin() {
    const done = {};
    const promise = (name) => new Promise((resolve) => (done[name] = resolve));
    watched = new WeakSet();
    call = { marks: {}, frames: [], connections: 0, done };
    call.ringing = promise("ringing");
    call.connected = promise("connected");
    call.firstFrame = promise("firstFrame");
    look();
  }

  function mark(name, at = absolute()) {
    if (name in call.marks) return;
    call.marks[name] = at;
    call.done[name]?.(at);
  }

  const isSeen = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true, contentVisibilityAuto: true }) &&
    element.getBoundingClientRect().width > 0;

  // -- what the person does and sees

  document.addEventListener(
    "click",
    (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (!button) return;
      const name = (button.getAttribute("aria-label") ?? button.textContent).trim();
      for (const word of ["Call", "Accept", "Hang up"])
        if (name === word || name.startsWith(`${word} `)) mark(`click ${word}`, absolute(event.timeStamp));
    },
    { capture: true },
  );

  /** The dialog counts as visible in the frame in which it is painted, the video when a frame is presented while it can be seen. */
  function look() {
    if (!("ringing" in call.marks)) {
      const accept = [...document.querySelectorAll("dialog[open] button")].find(
        (button) => button.textContent.trim() === "Accept",
      );
      if (accept) awaitSight(accept, call.marks);
    }
    for (const video of document.querySelectorAll('video[data-testid="remote-video"]')) {
      if (watched.has(video)) continue;
      watched.add(video);
      watch(video, call.marks);
    }
  }

  /** Frame by frame: a dialog that fades in is seen later than it is there. */
  function awaitSight(accept, marks) {
    requestAnimationFrame(() => {
      if (marks !== call.marks || !accept.isConnected) return;
      if (isSeen(accept)) mark("ringing");
      else awaitSight(accept, marks);
    });
  }

  function watch(video, marks) {
    video.requestVideoFrameCallback((_, { presentationTime, receiveTime }) => {
      if (marks !== call.marks) return;
      // Hidden, or shown only in the next rendering; or not from the other side: a track that is switched off is black.
      if (!isSeen(video) || receiveTime === undefined) {
        mark("frame unseen", absolute(presentationTime));
        watch(video, marks);
        return;
      }
      mark("frame received", absolute(receiveTime));
      mark("firstFrame", absolute(presentationTime));
    });
  }

  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });

  // -- the way from the click to the picture

  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (...rest) => {
    mark("camera asked");
    const stream = await open(...rest);
    mark("camera open");
    return stream;
  };

  const replace = RTCRtpSender.prototype.replaceTrack;
  RTCRtpSender.prototype.replaceTrack = async function replaceTrack(track) {
    if (track?.kind === "video") mark("track set");
    await replace.call(this, track);
    if (track?.kind === "video") mark("track is set");
  };

  const say = RTCDataChannel.prototype.send;
  RTCDataChannel.prototype.send = function send(data) {
    if (String(data).includes("accept")) mark("accept said");
    return say.call(this, data);
  };

  const Connection = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class RTCPeerConnection extends Connection {
    constructor(...rest) {
      super(...rest);
      call.connections += 1;
      this.addEventListener("connectionstatechange", () => {
        if (this.connectionState === "connected") mark("connected");
      });
      this.addEventListener("track", ({ track }) => {
        if (track.kind === "video") track.addEventListener("unmute", () => mark("video arrives"));
      });
    }

    createDataChannel(...rest) {
      const channel = super.createDataChannel(...rest);
      channel.addEventListener("message", ({ data }) => {
        if (String(data).includes("accept")) mark("accept heard");
      });
      return channel;
    }

    addTransceiver(...rest) {
      const transceiver = super.addTransceiver(...rest);
      const { track } = transceiver.receiver;
      if (track.kind === "video") track.addEventListener("unmute", () => mark("video arrives"));
      return transceiver;
    }
  };

  // -- the signaling path

  const nameOf = (data) => {
    try {
      const { action, type } = JSON.parse(data);
      return String(action ?? type);
    } catch {
      return "?";
    }
  };

  const Socket = globalThis.WebSocket;
  globalThis.WebSocket = class WebSocket extends Socket {
    constructor(...rest) {
      super(...rest);
      this.addEventListener("message", ({ data }) => note("received", data));
    }

    send(data) {
      note("sent", data);
      super.send(data);
    }
  };

  function note(way, data) {
    call.frames.push({ at: absolute(), way, name: nameOf(data), bytes: String(data).length });
  }

  begin();

  globalThis.__bench = {
    begin,
    mark,
    ringing: () => call.ringing,
    connected: () => call.connected,
    firstFrame: () => call.firstFrame,
    read: () => ({ marks: call.marks, frames: call.frames, connections: call.connections }),
  };
})();
