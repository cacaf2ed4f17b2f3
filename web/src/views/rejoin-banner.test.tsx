import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { RejoinBanner } from "./rejoin-banner";

it("offers to go back to the call, or to end it", async () => {
  const user = userEvent.setup();
  const actions = { onRejoin: vi.fn(), onHangUp: vi.fn() };
  render(<RejoinBanner name="Ada Okafor" {...actions} />);
  expect(screen.getByRole("alert")).toHaveTextContent("You are still in a call with Ada Okafor.");
  await user.click(screen.getByRole("button", { name: "Rejoin call" }));
  expect(actions.onRejoin).toHaveBeenCalledOnce();
  expect(actions.onHangUp).not.toHaveBeenCalled();
  await user.click(screen.getByRole("button", { name: "Hang up" }));
  expect(actions.onHangUp).toHaveBeenCalledOnce();
});
