/** What the REST API answers, by the names that this app uses; the shapes are generated from the OpenAPI document. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type User = Schemas["UserProfile"];
export type Contact = Schemas["Contact"];
export type PastCall = Schemas["PastCall"];
export type CallHistory = Schemas["CallHistory"];
export type SocketTicket = Schemas["SocketTicket"];
export type IceServers = Schemas["IceServerList"];
