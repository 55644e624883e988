import { fault, isLanguage, isTimeZone, problem, refuse, type Fault, type Principal } from "engine";
import type { Workspace } from "../workspace.ts";
import { headAt } from "./live.ts";
import { operate } from "./operation.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { writeRecords } from "./write.ts";

/** How somebody wants to be spoken to; null is whatever the browser and the workspace say. */
export interface OwnSettings {
  readonly locale?: string | null;
  readonly time_zone?: string | null;
}

const settings = {
  locale: { wanted: "a language by BCP 47", sound: isLanguage },
  time_zone: { wanted: "a time zone, Asia/Tokyo for instance", sound: isTimeZone },
} as const;

/** How somebody is spoken to and reached, and where the events begin that she cannot have seen yet. */
export async function ownSettings({ pool, schema }: Workspace, id: string) {
  const { rows } = await pool.query(
    `select email, locale, time_zone, pg_snapshot_xmin(pg_current_snapshot())::text as xid from ${schema}."user" where id = $1`,
    [id],
  );
  const { xid, ...own } = rows[0] as Record<"email" | "locale" | "time_zone", string | null> & { xid: string };
  return { ...own, head: headAt(xid) };
}

/** Reads a body; tells all that is wrong with it. */
export function readOwnSettings(body: Readonly<Record<string, unknown>>): OwnSettings {
  const faults: Fault[] = [];
  for (const [name, value] of Object.entries(body)) {
    const path = `/${name}`;
    if (!Object.hasOwn(settings, name)) faults.push(fault("field.unknown", { entity: "me", field: name, path }));
    else if (value !== null) {
      const { wanted, sound } = settings[name as keyof typeof settings];
      if (typeof value !== "string" || !sound(value)) faults.push(fault("setup.value", { wanted, path }));
    }
  }
  refuse(faults);
  return body;
}

/** Changes how the caller herself is spoken to: this everybody may. */
export async function changeOwnSettings(workspace: Workspace, by: Principal, after: OwnSettings, now: Date) {
  const told = { kind: "update", title: "Change own settings", now, unbounded: true };
  const { operation } = await operate(workspace, by, told, async (tx, scene) => {
    const rows = await lockRecords(tx, scene, entityOf(scene, "user"), { ids: [by.id], trash: "without" });
    const before = rows.get(by.id);
    if (!before) throw problem("record.missing", { entity: "user" });
    await writeRecords(tx, scene, [{ act: "update", entity: "user", id: by.id, before, after: { ...after } }]);
  });
  return operation;
}
