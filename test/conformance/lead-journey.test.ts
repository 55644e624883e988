import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { dataFolder, withoutData } from "../data.ts";
import { nurtured, nurtureDocuments, type Lead } from "../fixtures/nurture.ts";
import { world, type World } from "../world.ts";

vi.setConfig({ hookTimeout: 600_000, testTimeout: 600_000 });

describe.skipIf(!dataFolder)(dataFolder ? "9,240 leads of an online-course seller" : withoutData, () => {
  let w: World;
  let reference: any;
  const leads: (Lead & { readonly source: string })[] = [];
  beforeAll(async () => {
    const folder = join(dataFolder!, "x-education-leads");
    reference = JSON.parse(readFileSync(join(folder, "reference.json"), "utf8"));
    const rows: Record<string, string>[] = parse(readFileSync(join(folder, "leads-repaired.csv")), { columns: true });
    const given = rows.map((row) => ({
      number: row["Lead Number"],
      source: row["Lead Source"],
      minutes: Number(row["Total Time Spent on Website"]),
      no_mail: row["Do Not Email"] === "Yes",
      stage: row.Converted === "1" ? "won" : null,
    }));
    w = await world({ documents: nurtureDocuments });
    for (let from = 0; from < given.length; from += 1000) {
      const answer = await w.admin.post("/api/records/prospect", given.slice(from, from + 1000));
      expect(answer.status, answer.text.slice(0, 400)).toBe(201);
      leads.push(...answer.json.items);
    }
    await w.work();
  });
  afterAll(() => w?.close());

  /** So many records are played as a job. */
  async function dryRun(body: object) {
    const queued = await w.admin.post("/api/workflows/nurture/dry-run", { span: "P30D", ...body });
    expect(queued.status, queued.text).toBe(202);
    const work = async () => (await w.admin.get(`/api/operations/${queued.json.operation}`)).json;
    await expect.poll(async () => (await work()).status, { timeout: 600_000, interval: 500 }).toBe("done");
    return (await work()).detail.result;
  }

  test("a dry run counts at every node what plain loops over the file count", async () => {
    expect(leads).toHaveLength(reference.rows);
    expect(await dryRun({})).toMatchObject(nurtured(leads));
  });

  test("of those of one source as many are played as the reference has", async () => {
    const google = leads.filter(({ source }) => source === "Google");
    const told = await dryRun({ filter: "source == 'Google'" });
    expect(told.cases).toBe(reference.conversion_by["Lead Source"].Google.leads);
    expect(told).toMatchObject(nurtured(google, true));
  });
});
