/** What the pages that the product is compared with have in common: the least there is to a call. */

/** As the product asks for it, so that all encode the same picture. */
const CONSTRAINTS = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30, max: 30 },
    facingMode: "user",
  },
};

const element = (id) => document.getElementById(id);
const { room, role, size, peerPort } = Object.fromEntries(new URLSearchParams(location.search));

/** Camera and microphone, when they are open. */
let stream = null;

async function openCamera() {
  stream ??= await navigator.mediaDevices.getUserMedia(CONSTRAINTS);
  for (const track of stream.getVideoTracks()) track.contentHint = "motion";
  element("local").srcObject = stream;
}

function closeCamera() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  element("local").srcObject = null;
}
