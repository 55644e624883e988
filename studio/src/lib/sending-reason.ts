import { words } from "./words/index.ts";

/** Why a mail waits or does not go, in words; a reason that we do not know as it is. */
export function sendingReason(reason: string): string {
  const known: Readonly<Record<string, string>> = words.sendingReasons;
  const [, fields] = /^missing\.(.+)$/s.exec(reason) ?? [];
  return fields === undefined ? (known[reason] ?? reason) : words.sendingMissing(fields);
}
