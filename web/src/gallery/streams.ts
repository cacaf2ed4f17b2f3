/** Moving pictures without a camera: a drawn scene as a `MediaStream`. */

type Paint = (context: CanvasRenderingContext2D, width: number, height: number) => void;

function canvasStream(width: number, height: number, paint: Paint): MediaStream {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser has no 2D canvas");
  paint(context, width, height);
  // A frame reaches the stream only when something is drawn after it has been captured.
  setInterval(() => paint(context, width, height), 200);
  return canvas.captureStream(5);
}

function scene(sky: [string, string], skin: string, hair: string, shirt: string): Paint {
  return (context, width, height) => {
    const unit = Math.min(width, height) / 10;
    const wall = context.createLinearGradient(0, 0, width, height);
    wall.addColorStop(0, sky[0]);
    wall.addColorStop(1, sky[1]);
    context.fillStyle = wall;
    context.fillRect(0, 0, width, height);
    context.fillStyle = "#ffffff22";
    context.fillRect(width * 0.08, height * 0.1, width * 0.2, height * 0.4);
    const x = width / 2;
    const y = height * 0.48;
    context.fillStyle = shirt;
    context.beginPath();
    context.ellipse(x, height * 1.08, unit * 3.6, unit * 3.6, 0, 0, 7);
    context.fill();
    context.fillStyle = hair;
    context.beginPath();
    context.ellipse(x, y - unit * 0.35, unit * 1.8, unit * 2.1, 0, 0, 7);
    context.fill();
    context.fillStyle = skin;
    context.beginPath();
    context.ellipse(x, y + unit * 0.2, unit * 1.4, unit * 1.75, 0, 0, 7);
    context.fill();
    context.fillRect(x - unit * 0.6, y + unit, unit * 1.2, unit * 1.8);
    context.fillStyle = "#2a1d19";
    for (const side of [-1, 1]) {
      context.beginPath();
      context.arc(x + side * unit * 0.55, y, unit * 0.13, 0, 7);
      context.fill();
    }
    context.lineWidth = unit * 0.12;
    context.strokeStyle = "#7a3b30";
    context.beginPath();
    context.arc(x, y + unit * 0.65, unit * 0.5, 0.3, 2.84);
    context.stroke();
  };
}

const slide: Paint = (context, width, height) => {
  context.fillStyle = "#fbfaf7";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#12211e";
  context.font = `700 ${height / 11}px system-ui, sans-serif`;
  context.fillText("Garden plan, spring", width * 0.07, height * 0.18);
  const colours = ["#0b7a6b", "#e3a63b", "#c8553d", "#35619e", "#8a4b9c"];
  colours.forEach((colour, i) => {
    context.fillStyle = colour;
    const bar = height * (0.2 + 0.1 * ((i * 3) % 5));
    context.fillRect(width * (0.08 + i * 0.17), height * 0.9 - bar, width * 0.12, bar);
  });
};

/** The pictures that states are made with; `null` where there can be none. */
export interface Pictures {
  ada(): MediaStream | null;
  adaOnPhone(): MediaStream | null;
  mara(): MediaStream | null;
  screen(): MediaStream | null;
}

export const streams: Pictures = {
  ada: () => canvasStream(1280, 720, scene(["#caa27a", "#6d5546"], "#7b4a2e", "#1c1413", "#d8a13a")),
  adaOnPhone: () => canvasStream(540, 960, scene(["#9fb8c9", "#4e6474"], "#7b4a2e", "#1c1413", "#d8a13a")),
  mara: () => canvasStream(640, 480, scene(["#b9cfc4", "#6f8f82"], "#e8bd9a", "#6b3f24", "#27527a")),
  screen: () => canvasStream(1280, 800, slide),
};
