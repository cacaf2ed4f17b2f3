"""Short films of drawn people, for Chromium to show as its fake camera while pictures of the product are taken."""

from base64 import b64decode
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

WIDTH: Final = 1280
HEIGHT: Final = 720
FRAMES: Final = 12
FRAMES_A_SECOND: Final = 12


@dataclass(frozen=True)
class Actor:
    """How somebody and their room look: CSS colours."""

    skin: str
    hair: str
    clothes: str
    wall: str
    light: str
    long_hair: bool


ADA: Final = Actor(
    skin="#e8b998", hair="#2d1d16", clothes="#6b4a8f", wall="#d9c9b4", light="#fff2d8", long_hair=True
)
GRACE: Final = Actor(
    skin="#c98f6b", hair="#5b5650", clothes="#1f4e5f", wall="#9fb8ad", light="#eaf6ee", long_hair=False
)

# Draws frame `number` and returns it as planar YUV 4:2:0 (BT.601, limited range), in Base64.
DRAW: Final = """
({ actor, number, frames, width, height }) => {
  const canvas = new OffscreenCanvas(width, height);
  const c = canvas.getContext("2d", { willReadFrequently: true });
  const sway = Math.sin((2 * Math.PI * number) / frames);
  const fill = (colour, path) => { c.fillStyle = colour; c.beginPath(); path(); c.fill(); };
  // The room, out of focus: a window, a shelf, a plant.
  c.filter = "blur(14px)";
  const wall = c.createRadialGradient(width * 0.2, height * 0.2, 60, width * 0.4, height * 0.5, width);
  wall.addColorStop(0, actor.light);
  wall.addColorStop(1, actor.wall);
  fill(wall, () => c.rect(-40, -40, width + 80, height + 80));
  fill("#ffffffb0", () => c.roundRect(90, 50, 250, 330, 10));
  fill("#00000018", () => { c.rect(210, 50, 10, 330); c.rect(90, 205, 250, 10); });
  fill("#6b4f3a", () => c.rect(930, 250, 350, 22));
  ["#b5564a", "#3d6b7d", "#d8a24a", "#5c7a4d", "#8a5a83", "#c9c2b3"].forEach((colour, i) =>
    fill(colour, () => c.rect(950 + i * 38, 140 + (i % 3) * 16, 30, 110 - (i % 3) * 16)));
  fill("#4d7a52", () => { c.ellipse(1210, 180, 46, 74, 0.3, 0, 7); c.ellipse(1180, 190, 30, 60, -0.5, 0, 7); });
  c.filter = "blur(1px)";
  // The person.
  const x = width / 2 + sway * 6;
  const y = height * 0.43 + sway * 3;
  if (actor.long_hair) fill(actor.hair, () => c.ellipse(x, y + 70, 158, 240, 0, 0, 7));
  fill(actor.clothes, () => {
    c.moveTo(x - 330, height + 20);
    c.bezierCurveTo(x - 310, y + 250, x - 190, y + 235, x - 70, y + 205);
    c.lineTo(x + 70, y + 205);
    c.bezierCurveTo(x + 190, y + 235, x + 310, y + 250, x + 330, height + 20);
  });
  fill(actor.skin, () => c.roundRect(x - 55, y + 80, 110, 150, 50));
  fill("#00000022", () => c.ellipse(x, y + 138, 62, 40, 0, 0, 7));
  fill(actor.skin, () => c.ellipse(x, y, 118, 150, 0, 0, 7));
  fill(actor.hair, () => {
    c.moveTo(x - 128, y + 20);
    c.bezierCurveTo(x - 150, y - 210, x + 150, y - 210, x + 128, y + 20);
    c.bezierCurveTo(x + 116, y - 60, x + 60, y - 88, x - 20, y - 92);
    c.bezierCurveTo(x - 80, y - 84, x - 112, y - 50, x - 128, y + 20);
  });
  for (const side of [-1, 1]) {
    fill("#fffdf8", () => c.ellipse(x + side * 45, y - 8, 20, 12, 0, 0, 7));
    fill("#2b211c", () => c.ellipse(x + side * 45 + sway * 2, y - 8, 9, 10, 0, 0, 7));
    c.strokeStyle = actor.hair;
    c.lineWidth = 7;
    c.lineCap = "round";
    c.beginPath(); c.moveTo(x + side * 26, y - 36); c.quadraticCurveTo(x + side * 46, y - 48, x + side * 68, y - 36); c.stroke();
    fill("#d9605030", () => c.ellipse(x + side * 66, y + 40, 26, 18, 0, 0, 7));
  }
  c.strokeStyle = "#00000030";
  c.lineWidth = 6;
  c.beginPath(); c.moveTo(x + 2, y + 2); c.quadraticCurveTo(x + 16, y + 36, x - 4, y + 40); c.stroke();
  fill("#8f3d3a", () => { c.moveTo(x - 46, y + 72); c.quadraticCurveTo(x, y + 88, x + 46, y + 72); c.quadraticCurveTo(x, y + 122 + sway * 4, x - 46, y + 72); });
  fill("#fffdf8", () => { c.moveTo(x - 38, y + 76); c.quadraticCurveTo(x, y + 88, x + 38, y + 76); c.quadraticCurveTo(x, y + 102, x - 38, y + 76); });

  const { data } = c.getImageData(0, 0, width, height);
  const yuv = new Uint8Array(width * height * 1.5);
  for (let row = 0; row < height; row += 1) for (let column = 0; column < width; column += 1) {
    const at = row * width + column;
    const [r, g, b] = data.subarray(4 * at, 4 * at + 3);
    yuv[at] = 16 + 0.257 * r + 0.504 * g + 0.098 * b;
    if (row % 2 === 0 && column % 2 === 0) {
      const chroma = width * height + (row / 2) * (width / 2) + column / 2;
      yuv[chroma] = 128 - 0.148 * r - 0.291 * g + 0.439 * b;
      yuv[chroma + (width * height) / 4] = 128 + 0.439 * r - 0.368 * g - 0.071 * b;
    }
  }
  let text = "";
  for (let i = 0; i < yuv.length; i += 32768) text += String.fromCharCode(...yuv.subarray(i, i + 32768));
  return btoa(text);
}
"""


def film(browser: Browser, actor: Actor, path: Path) -> Path:
    """Writes a film of ``actor`` that can be played in a loop, as YUV4MPEG2; returns its path."""
    page = browser.new_page()
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_A_SECOND}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(FRAMES):
            options = {
                "actor": asdict(actor),
                "number": number,
                "frames": FRAMES,
                "width": WIDTH,
                "height": HEIGHT,
            }
            file.write(b"FRAME\n" + b64decode(page.evaluate(DRAW, options)))
    page.close()
    return path
