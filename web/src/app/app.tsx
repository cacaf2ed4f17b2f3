import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useSyncExternalStore } from "react";
import { announcement } from "../views/announcement";
import { CallEnded } from "../views/call-ended";
import { CallScreen } from "../views/call-screen";
import { IncomingCall } from "../views/incoming-call";
import { RejoinBanner } from "../views/rejoin-banner";
import { fillsWindow, useQuietEnd } from "./call-ending";
import { HomePage } from "./home-page";
import { useNotice } from "./notice";
import { type Services, ServicesProvider, useServices } from "./services";
import { useReturnOfFocus } from "./use-return-of-focus";
import { useWakeLock } from "./use-wake-lock";

/** Everything for a signed-in person. */
export function App({ services }: { services: Services }) {
  return (
    <ServicesProvider value={services}>
      <QueryClientProvider client={services.data.client}>
        <Pages />
      </QueryClientProvider>
    </ServicesProvider>
  );
}

/** The home page, which stays as it is under a call, and the call. */
function Pages() {
  const { calls, data, session, canShareScreen } = useServices();
  const model = useSyncExternalStore(calls.subscribe, calls.getModel);
  const sessionState = useSyncExternalStore(session.subscribe, session.getState);
  const user = useQuery(data.user).data;
  const { notice, tell, dismiss } = useNotice();
  const filled = fillsWindow(model);
  const ringing = model.phase === "ringing_in";
  // Who calls is shown first; what the call will need is made ready after that.
  const prepared = useDeferredValue(ringing);
  const home = useReturnOfFocus(filled);
  useQuietEnd(model, calls, tell);
  useWakeLock(filled && model.phase !== "ended");

  const userId = sessionState.status === "signed_out" ? "" : sessionState.userId;
  return (
    <>
      <div ref={home} hidden={filled}>
        <HomePage
          lead={
            model.rejoin && (
              <RejoinBanner
                name={model.rejoin.peer.name}
                onRejoin={() => calls.rejoin()}
                onHangUp={() => calls.hangUp()}
              />
            )
          }
          notice={notice}
          tell={tell}
          onDismissNotice={dismiss}
        />
      </div>
      {ringing && <IncomingCall key={`ring-${model.callId}`} model={model} actions={calls} />}
      {(filled || (ringing && prepared)) && model.phase !== "ended" && (
        <CallScreen
          key={`screen-${model.callId}`}
          model={model}
          actions={calls}
          devices={calls.devices}
          me={{ userId, name: user?.name ?? "" }}
          canShareScreen={canShareScreen}
        />
      )}
      {filled && model.phase === "ended" && (
        <CallEnded
          model={model}
          onCallAgain={() => {
            if (model.peer) calls.call(model.peer, { video: model.video });
          }}
          onAttend={(on) => calls.attend(on)}
          onClose={() => calls.dismiss()}
        />
      )}
      <p className="visually-hidden" role="status">
        {announcement(model)}
      </p>
    </>
  );
}
