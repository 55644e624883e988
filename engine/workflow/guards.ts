import type { ExpressionGuard, Guard, RightGuard, RolloutGuard } from "schemas";
import type { Checked } from "../expression/check.ts";
import { holds, type Environment } from "../expression/evaluate.ts";
import type { RunScene } from "./reading.ts";

/** What a guard is asked with. */
export interface GuardScene {
  readonly expression: (cel: string) => Checked | undefined;
  readonly environment: Environment;
  readonly may: RunScene["may"];
}

interface GuardType<Params> {
  readonly holds: (params: Params, scene: GuardScene) => boolean;
  /** Its condition in words; those of an expression are its text. */
  readonly told: (params: Params) => string;
}

/** The guards of transitions, by the names that documents call them by. */
export const guards = {
  expr: {
    holds: ({ cel }, { expression, environment }) => {
      const checked = expression(cel);
      return checked !== undefined && holds(checked, environment);
    },
    told: ({ cel }) => cel,
  } satisfies GuardType<ExpressionGuard["params"]>,
  can: {
    holds: ({ right }, { may }) => may?.(right) ?? false,
    told: ({ right }) => right,
  } satisfies GuardType<RightGuard["params"]>,
  rollout: {
    holds: ({ percent, salt }, { environment }) => {
      const { id } = (environment.record ?? {}) as { readonly id?: unknown };
      return shareOf(salt, String(id ?? "")) < percent;
    },
    told: ({ percent }) => `${percent} %`,
  } satisfies GuardType<RolloutGuard["params"]>,
} as const;

/** Whether a transition with this guard is open; without one it always is. */
export function guardHolds(guard: Guard | undefined, scene: GuardScene): boolean {
  return guard === undefined || (guards[guard.type] as GuardType<object>).holds(guard.params, scene);
}

/** A guard in words. */
export function guardText({ type, params }: Guard): string {
  return (guards[type] as GuardType<object>).told(params);
}

/** The expression of a guard that is one. */
export function celOf(guard: Guard | undefined): string | undefined {
  return guard?.type === "expr" ? guard.params.cel : undefined;
}

/**
 * Where a record stands among all under a salt, from 0 up to 100: the same for ever, evenly spread, and under another
 * salt elsewhere. (FNV-1a over both, then the finalizer of MurmurHash3.)
 */
export function shareOf(salt: string, id: string): number {
  let hash = 0x811c9dc5;
  for (const sign of new TextEncoder().encode(`${salt} ${id}`)) hash = Math.imul(hash ^ sign, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000) * 100;
}
