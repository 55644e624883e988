import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { App } from "../app.ts";
import { clientAddress, networkOf } from "../client-address.ts";
import { deviceProof, type Trying } from "./sign-in-tries.ts";

const deviceCookie = "trellis.device";
const deviceSeconds = 180 * 86_400;

/** Who tries to prove herself, as tries are counted. */
export function trying(c: Context<App>, email: string): Trying {
  const network = networkOf(clientAddress(c, c.var.services.proxies) ?? "");
  return { email, network, device: getCookie(c, deviceCookie) };
}

/** The answer by which somebody is signed in, with the proof that she was in this browser. It opens nothing. */
export async function rememberBrowser(c: Context<App>, answer: Response, email: string): Promise<Response> {
  c.res = new Response(answer.body, answer);
  const secure = (c.var.services.origin ?? c.req.url).startsWith("https:");
  const options = { httpOnly: true, secure, sameSite: "Strict", path: "/api/auth", maxAge: deviceSeconds } as const;
  setCookie(c, deviceCookie, await deviceProof(c.var.workspace.pool, email), options);
  return c.res;
}
