import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { segmentDrift } from "../../runtime/store/segment-build.ts";
import { dataFolder, withoutData } from "../data.ts";
import { world, type World } from "../world.ts";

vi.setConfig({ hookTimeout: 600_000, testTimeout: 600_000 });

const field = (name: string, type: string, more: object = {}) => ({
  $anchor: `fld_${name}`,
  field: type,
  title: name,
  ...more,
});
const documents = [
  {
    $schema: "urn:trellis:entity:1",
    $id: "prospect",
    $anchor: "ent_prospect",
    type: "object",
    title: "Prospect",
    name_field: "number",
    properties: {
      number: field("number", "text"),
      source: field("source", "text"),
      origin: field("origin", "text"),
      minutes: field("minutes", "integer"),
      visits: field("visits", "integer"),
      no_mail: field("no_mail", "boolean"),
      converted: field("converted", "boolean"),
    },
  },
  {
    $schema: "urn:trellis:segment:1",
    $id: "referred",
    $anchor: "seg_referred",
    title: "Referred",
    entity: "prospect",
    where: { cel: "source == 'Reference' || source == 'Welingak Website'" },
  },
  {
    $schema: "urn:trellis:segment:1",
    $id: "keen",
    $anchor: "seg_keen",
    title: "Keen",
    entity: "prospect",
    where: { cel: "minutes >= 1000 && no_mail != true" },
    in: [{ segment: "referred", not: true }],
  },
  {
    $schema: "urn:trellis:segment:1",
    $id: "hot",
    $anchor: "seg_hot",
    title: "Hot",
    entity: "prospect",
    score: [{ score: "likely" }],
  },
  {
    $schema: "urn:trellis:score:1",
    $id: "likely",
    $anchor: "sco_likely",
    title: "Likely",
    entity: "prospect",
    fit: [
      { title: "Added by hand", when: { cel: "origin == 'Lead Add Form'" }, points: 50 },
      { title: "Long on the site", when: { cel: "minutes >= 1000" }, points: 30 },
      { title: "Comes back", when: { cel: "visits >= 5" }, points: 10 },
      { title: "Wants no mail", when: { cel: "no_mail" }, points: -20 },
    ],
    threshold: { enter: 40, leave: 40 },
  },
] as unknown as AnyDocument[];

interface Lead {
  readonly [name: string]: string | number | boolean | null;
}

describe.skipIf(!dataFolder)(dataFolder ? "9,240 leads of an online-course seller" : withoutData, () => {
  let w: World;
  let leads: readonly Lead[];
  let reference: any;
  beforeAll(async () => {
    const folder = join(dataFolder!, "x-education-leads");
    reference = JSON.parse(readFileSync(join(folder, "reference.json"), "utf8"));
    const rows: Record<string, string>[] = parse(readFileSync(join(folder, "leads-repaired.csv")), { columns: true });
    leads = rows.map((row) => ({
      number: row["Lead Number"]!,
      source: row["Lead Source"] === "" ? null : row["Lead Source"]!,
      origin: row["Lead Origin"]!,
      minutes: Number(row["Total Time Spent on Website"]),
      visits: row.TotalVisits === "" ? null : Number(row.TotalVisits),
      no_mail: row["Do Not Email"] === "Yes",
      converted: row.Converted === "1",
    }));
    w = await world({ documents });
    for (let from = 0; from < leads.length; from += 1000) {
      const answer = await w.admin.post("/api/records/prospect", leads.slice(from, from + 1000));
      expect(answer.status, answer.text.slice(0, 400)).toBe(201);
    }
  });
  afterAll(() => w?.close());

  const countOf = async (filter: string) =>
    (await w.admin.get(`/api/records/prospect?limit=1&count=exact&filter=${encodeURIComponent(filter)}`)).json.count
      .value;

  test("segments and the score have whom plain loops over the file find, and convert as the reference says", async () => {
    const isReferred = ({ source }: Lead) => source === "Reference" || source === "Welingak Website";
    const keen = leads.filter((it) => Number(it.minutes) >= 1000 && !it.no_mail && !isReferred(it));
    const fit = (it: Lead) =>
      Math.max(
        0,
        (it.origin === "Lead Add Form" ? 50 : 0) +
          (Number(it.minutes) >= 1000 ? 30 : 0) +
          (it.visits !== null && Number(it.visits) >= 5 ? 10 : 0) -
          (it.no_mail ? 20 : 0),
      );
    const by = reference.conversion_by["Lead Source"];
    expect(await countOf("in_segment('referred')")).toBe(by.Reference.leads + by["Welingak Website"].leads);
    expect(await countOf("in_segment('referred') && converted")).toBe(
      by.Reference.converted + by["Welingak Website"].converted,
    );
    expect(await countOf("in_segment('keen')")).toBe(keen.length);
    expect(await countOf("in_segment('hot')")).toBe(leads.filter((it) => fit(it) >= 40).length);
    const fits = await w.sql("select fit, count(*)::integer as n from {ws}._score group by fit order by fit");
    const plain = [...Map.groupBy(leads, fit)].map(([of, them]) => ({ fit: of, n: them.length }));
    expect(fits).toEqual(plain.sort((one, other) => one.fit - other.fit));
    expect(await segmentDrift(w.pool, w.workspace, w.clock.now())).toEqual([]);
  });
});
