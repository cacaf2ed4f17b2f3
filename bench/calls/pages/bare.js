/**
 * A call reduced to WebRTC: connected while it rings, accepted over the data channel, tracks put in place by `replaceTrack`. No
 * framework, no states, no errors handled: the best that the browser can do.
 */
const socket = new WebSocket(`ws://${location.host}/signal?room=${room}`);
const signal = (message) => socket.send(JSON.stringify(message));
socket.onopen = () => document.body.setAttribute("data-ready", "");

let connection = null;
let channel = null;

function connect() {
  connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  channel = connection.createDataChannel("call", { negotiated: true, id: 0 });
  channel.onmessage = ({ data }) => {
    if (data === "accept") send();
  };
  connection.onicecandidate = ({ candidate }) => candidate && signal({ type: "candidate", candidate });
}

function showRemote() {
  element("remote").srcObject = new MediaStream(connection.getReceivers().map(({ track }) => track));
}

function send() {
  for (const { sender, receiver } of connection.getTransceivers()) {
    const track = stream.getTracks().find(({ kind }) => kind === receiver.track.kind);
    sender.replaceTrack(track);
  }
}

/** As the product begins: it sends half the width and height for the first seconds. */
function sendSmall() {
  for (const { sender, receiver } of connection.getTransceivers()) {
    if (receiver.track.kind !== "video") continue;
    const parameters = sender.getParameters();
    for (const encoding of parameters.encodings) encoding.scaleResolutionDownBy = 2;
    sender.setParameters(parameters);
  }
}

function end() {
  connection.close();
  connection = null;
  closeCamera();
  element("remote").srcObject = null;
}

socket.onmessage = async ({ data }) => {
  const { type, description, candidate } = JSON.parse(data);
  if (type === "invite") {
    element("ring").showModal();
    connect();
    connection.addTransceiver("audio", { direction: "sendrecv" });
    connection.addTransceiver("video", { direction: "sendrecv" });
    showRemote();
    if (size === "small") sendSmall();
    await connection.setLocalDescription();
    signal({ type: "description", description: connection.localDescription });
  } else if (type === "candidate") {
    await connection.addIceCandidate(candidate);
  } else if (description.type === "offer") {
    await connection.setRemoteDescription(description);
    for (const transceiver of connection.getTransceivers()) transceiver.direction = "sendrecv";
    showRemote();
    if (size === "small") sendSmall();
    await connection.setLocalDescription();
    signal({ type: "description", description: connection.localDescription });
  } else {
    await connection.setRemoteDescription(description);
  }
};

element("call").onclick = () => {
  connect();
  signal({ type: "invite" });
};

element("accept").onclick = async () => {
  channel.send("accept");
  element("ring").close();
  await openCamera();
  send();
};

element("hangup").onclick = end;
