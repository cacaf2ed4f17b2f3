import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { calls, now } from "../gallery/fixtures";
import { CallList, type CallListProps, callSummary } from "./call-list";

function show(more: Partial<CallListProps> = {}) {
  const props = { onMore: vi.fn(), onCallBack: vi.fn() };
  render(
    <CallList
      calls={calls}
      now={now}
      callable={new Set(["u-1", "u-2"])}
      hasMore={false}
      loadingMore={false}
      {...props}
      {...more}
    />,
  );
  return props;
}

describe("CallList", () => {
  it("calls back who may be called", async () => {
    const user = userEvent.setup();
    const { onCallBack } = show();
    await user.click(screen.getByRole("button", { name: "Call back Ada Okafor" }));
    expect(onCallBack).toHaveBeenCalledWith(calls[0]);
    expect(screen.getAllByRole("button").map((each) => each.getAttribute("aria-label"))).toEqual([
      "Call back Ada Okafor",
      "Call back Jonas Weber",
    ]);
  });

  it("asks for more while there is more", async () => {
    const user = userEvent.setup();
    const { onMore } = show({ hasMore: true });
    await user.click(screen.getByRole("button", { name: "Show earlier calls" }));
    expect(onMore).toHaveBeenCalledOnce();
  });

  it("has a name for who is gone", () => {
    show();
    expect(screen.getByText("Deleted account")).toBeInTheDocument();
  });
});

describe("callSummary", () => {
  const call = { ...calls[1], missed: false, answeredAt: null, endedAt: 2_000 } as (typeof calls)[number];

  it.each<[Partial<typeof call>, string]>([
    [{ missed: true, direction: "incoming", outcome: "timeout" }, "Missed call"],
    [{ answeredAt: 1_000, endedAt: 61_000, outcome: "hangup" }, "Outgoing, 1 min"],
    [{ answeredAt: 1_000, endedAt: 61_000, direction: "incoming", outcome: "lost" }, "Incoming, 1 min"],
    [{ answeredAt: 1_000, endedAt: null, outcome: null }, "Outgoing, going on"],
    [{ endedAt: null, outcome: null }, "Ringing"],
    [{ outcome: "declined" }, "Declined"],
    [{ outcome: "declined", direction: "incoming" }, "You declined"],
    [{ outcome: "cancelled" }, "Cancelled"],
    [{ outcome: "timeout" }, "No answer"],
    [{ outcome: "busy" }, "Busy"],
    [{ outcome: "offline" }, "Was offline"],
    [{ outcome: "lost" }, "Not connected"],
  ])("%j is %j", (more, text) => expect(callSummary({ ...call, ...more })).toBe(text));
});
