import { test } from "vitest";
import { documents, furnish, knowledge, load, readers, rowsBy, users } from "../fixtures/guarded.ts";
import { world } from "../world.ts";
test("x", async () => {
  const w = await world({ documents }); await furnish(w);
  const data = rowsBy(Math.random);
  await load(w, data);
  for (const r of readers) { const c = await w.as(users[r.at]!, "x");
  for (const t of ["offer","firm"] as const) {
    const a = await c.get(`/api/records/${t}?limit=2&count=exact`);
    console.log(r.at, t, a.status, a.text.slice(0, 1500), knowledge(r, t, data).size);
  } }
  console.log(data.offer.map((o) => users.indexOf(o.owner)).join());
  await w.close();
});
