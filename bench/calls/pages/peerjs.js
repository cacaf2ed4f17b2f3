/** The same with PeerJS, as its documentation shows it: `call` on one side, `answer` after the click on the other. */
const names = { caller: `${room}-caller`, callee: `${room}-callee` };
const peer = new Peer(names[role], {
  host: location.hostname,
  port: Number(peerPort),
  path: "/",
  config: { iceServers: [] },
});
peer.on("open", () => document.body.setAttribute("data-ready", ""));

let call = null;

function take(taken) {
  call = taken;
  call.on("stream", (remote) => {
    element("remote").srcObject = remote;
  });
}

peer.on("call", (incoming) => {
  take(incoming);
  element("ring").showModal();
});

element("call").onclick = () => take(peer.call(names.callee, stream));

element("accept").onclick = async () => {
  element("ring").close();
  await openCamera();
  call.answer(stream);
};

// Each side by itself: the other would notice only after seconds.
element("hangup").onclick = () => {
  call.close();
  closeCamera();
  element("remote").srcObject = null;
};
