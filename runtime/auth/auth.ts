import type { AuthOptions, SignIn } from "./sign-in.ts";

/** Sign-in and sessions, for whoever asks for them. */
export type Auth = () => Promise<SignIn>;

/** Opens sign-in and sessions when somebody first signs in or brings a session: programs with keys need neither. */
export function openAuth(options: AuthOptions): Auth {
  let opened: Promise<SignIn> | undefined;
  return () => (opened ??= import("./sign-in.ts").then(({ openSignIn }) => openSignIn(options)));
}
