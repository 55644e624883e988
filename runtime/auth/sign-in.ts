import { randomUUID } from "node:crypto";
import { betterAuth } from "better-auth";
import { twoFactor } from "better-auth/plugins/two-factor";
import { Kysely, PostgresDialect, type KyselyPlugin } from "kysely";
import type { Pool } from "../database/pool.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { hashedTokens } from "./session-tokens.ts";

export interface AuthOptions {
  readonly pool: Pool;
  readonly secret: string;
  /** Where people reach the product; without it, where the request came to. */
  readonly origin: string | undefined;
  /** Off in tests that sign in many times a second. */
  readonly rateLimit: boolean;
}

export type SignIn = ReturnType<typeof openSignIn>;

/** Sign-in, sessions and what goes with them: better-auth on our database. Nobody signs herself up. */
export function openSignIn({ pool, secret, origin, rateLimit }: AuthOptions) {
  const dialect = new PostgresDialect({ pool });
  const db = new Kysely<Record<string, never>>({ dialect, plugins: [momentsAsDates] }).withSchema("trellis");
  return betterAuth({
    database: { db, type: "postgres" },
    secret,
    basePath: "/api/auth",
    ...(origin === undefined ? {} : { baseURL: origin, trustedOrigins: [origin] }),
    telemetry: { enabled: false },
    appName: "Trellis",
    plugins: [hashedTokens, secondFactor],
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 8,
      maxPasswordLength: 200,
      password: { hash: hashPassword, verify: verifyPassword },
    },
    user: { modelName: "account", changeEmail: { enabled: false }, deleteUser: { enabled: false } },
    account: { modelName: "credential" },
    session: { modelName: "session", expiresIn: 14 * 86_400, updateAge: 86_400 },
    verification: { modelName: "verification" },
    rateLimit: {
      enabled: rateLimit,
      storage: "database",
      modelName: "rate_limit",
      window: 60,
      max: 120,
      customRules: { "/sign-in/email": false, "/two-factor/*": false },
    },
    advanced: {
      cookiePrefix: "trellis",
      // Our own routes say where a request comes from; what it says itself is not believed.
      ipAddress: { ipAddressHeaders: ["x-trellis-address"] },
      database: { generateId: () => randomUUID() },
    },
    logger: { disabled: true },
  });
}

/**
 * Codes by the clock (RFC 6238) and codes to fall back on. Our own routes count tries, by account, browser and network,
 * and let no browser skip the code: it is asked at each sign-in.
 */
const secondFactor = twoFactor({
  twoFactorTable: "second_factor",
  twoFactorCookieMaxAge: 600,
  totpOptions: { digits: 6, period: 30 },
  backupCodeOptions: { amount: 10, length: 10, storeBackupCodes: "encrypted" },
  accountLockout: { enabled: false },
});

/** better-auth compares moments with `Date`, against which the text that our connections read is neither past nor to come. */
const momentsAsDates: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => ({
    ...result,
    rows: result.rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) =>
          name.endsWith("At") && typeof value === "string" ? [name, new Date(value)] : [name, value],
        ),
      ),
    ),
  }),
};
