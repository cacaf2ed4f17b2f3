import { createContext, useContext } from "react";
import type { Session } from "../auth/session";
import type { CallController } from "../call/model";
import type { ConnectionState } from "../views/home";
import type { Data } from "./data";

/** Whether the server reaches this tab, for `useSyncExternalStore`. */
export interface Connection {
  getState(): ConnectionState;
  subscribe(listener: () => void): () => void;
}

/** What the pages of a signed-in person stand on. */
export interface Services {
  session: Session;
  data: Data;
  calls: CallController;
  connection: Connection;
  canShareScreen: boolean;
}

const Context = createContext<Services | null>(null);

export const ServicesProvider = Context.Provider;

export function useServices(): Services {
  const services = useContext(Context);
  if (!services) throw new Error("useServices() outside of a ServicesProvider");
  return services;
}
