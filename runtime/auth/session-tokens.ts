import { createHash } from "node:crypto";
import type { BetterAuthPlugin } from "better-auth";

type Adapter = Parameters<NonNullable<BetterAuthPlugin["init"]>>[0]["adapter"];
type Where = NonNullable<Parameters<Adapter["findMany"]>[0]["where"]>[number];
type TransactionAdapter = Omit<Adapter, "transaction">;

/**
 * Keeps the tokens of sessions as hashes: who reads the table, or a copy of it, signs in with nothing that stands there.
 * better-auth has no setting for it, so every call that goes to its table of sessions is translated on its way; what
 * comes back bears the token that was asked by, and lists bear hashes.
 */
export const hashedTokens: BetterAuthPlugin = {
  id: "hashed-tokens",
  init: ({ adapter }) => ({ context: { adapter: hashing(adapter) } }),
};

function hashing(adapter: Adapter): Adapter {
  return {
    ...ofSessions(adapter),
    transaction: (callback) => adapter.transaction((within) => callback(ofSessions(within))),
  };
}

function ofSessions(adapter: TransactionAdapter): TransactionAdapter {
  const told = <Asked extends { readonly model: string; readonly where?: Where[] | undefined }>(asked: Asked): Asked =>
    asked.model === "session" && asked.where ? { ...asked, where: asked.where.map(hashedWhere) } : asked;
  const asWas = <Found>({ model, where = [] }: { model: string; where?: Where[] | undefined }, found: Found): Found => {
    const token = model === "session" ? where.find(({ field }) => field === "token")?.value : undefined;
    return found && typeof token === "string" ? { ...found, token } : found;
  };
  return {
    ...adapter,
    async create<Given extends Record<string, any>, Made = Given>(asked: Parameters<typeof adapter.create<Given>>[0]) {
      const { token } = asked.data as { token?: unknown };
      if (asked.model !== "session" || typeof token !== "string") return adapter.create<Given, Made>(asked);
      const made = await adapter.create<Given, Made>({ ...asked, data: { ...asked.data, token: tokenHash(token) } });
      return { ...made, token };
    },
    findOne: async <Found>(asked: Parameters<typeof adapter.findOne>[0]) =>
      asWas(asked, await adapter.findOne<Found>(told(asked))),
    findMany: async <Found>(asked: Parameters<typeof adapter.findMany>[0]) =>
      (await adapter.findMany<Found>(told(asked))).map((found) => asWas(asked, found)),
    update: async <Found>(asked: Parameters<typeof adapter.update>[0]) =>
      asWas(asked, await adapter.update<Found>(told(asked))),
    count: (asked) => adapter.count(told(asked)),
    updateMany: (asked) => adapter.updateMany(told(asked)),
    delete: (asked) => adapter.delete(told(asked)),
    deleteMany: (asked) => adapter.deleteMany(told(asked)),
  };
}

function hashedWhere(where: Where): Where {
  const { field, value } = where;
  if (field !== "token") return where;
  if (Array.isArray(value)) return { ...where, value: value.map((token) => tokenHash(String(token))) };
  return typeof value === "string" ? { ...where, value: tokenHash(value) } : where;
}

/** Long random tokens need no salt and no slow hash. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
