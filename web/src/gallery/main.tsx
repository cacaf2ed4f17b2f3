import { createRoot } from "react-dom/client";
import "../styles/app.css";
import "../styles/call.css";
import { loadTools } from "../views/use-tools";
import { createStates } from "./states";
import { streams } from "./streams";

/** `?state=NAME` shows one state; without it there is a list of them. Only for development: the build leaves this page out. */
const name = new URLSearchParams(location.search).get("state");
const states = createStates(streams);
const root = document.getElementById("root");
if (!root) throw new Error("gallery.html has no #root");
// Calls begin without them, and these states are in the middle of one.
await loadTools();
const state = name ? states[name] : undefined;
createRoot(root).render(
  state ? (
    state()
  ) : (
    <ul>
      {Object.keys(states).map((each) => (
        <li key={each}>
          <a href={`?state=${each}`}>{each}</a>
        </li>
      ))}
    </ul>
  ),
);
