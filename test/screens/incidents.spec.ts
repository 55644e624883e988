import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import type { Action } from "schemas";
import { parcelDocuments } from "../fixtures/parcels.ts";
import { receiver } from "../fixtures/receiver.ts";
import { accessible, showSales, signIn } from "./sales.ts";

const does: Readonly<Record<string, readonly Action[]>> = {
  book: [
    {
      type: "http.call",
      params: { connection: "carrier", name: "book", method: "PUT", url: "/bookings", keep: { booking: "/id" } },
    },
  ],
  print: [{ type: "document.create", params: { title: { cel: "record.name" }, name: "Packing list" } }],
};

test("what has stopped is tried again, left out or gone around by a person, and the document that was made is saved", async ({
  page,
  playwright,
}) => {
  const there = await receiver();
  there.answer = (_, response) =>
    void response.setHeader("content-type", "application/json").end(JSON.stringify({ id: "B 1" }));
  const sales = await showSales(playwright, { samples: false, env: { TRELLIS_OUTBOUND_OPEN: "127.0.0.0/8" } });
  const { api, product } = sales;
  const change = (await (await api.post("/api/changes", { data: { reason: "Parcels" } })).json()).id;
  for (const document of parcelDocuments(there.url, does) as readonly any[]) {
    const name = `${document.$schema.split(":")[2]}/${document.$id ?? document.id}`;
    expect((await api.put(`/api/documents/${name}?change=${change}`, { data: document })).ok()).toBe(true);
  }
  expect((await api.post(`/api/changes/${change}/publish`, { data: {} })).ok()).toBe(true);
  const ids: string[] = [];
  for (const name of ["Cables", "Drums", "Anchors", "Buoys"]) {
    await expect.poll(async () => (await api.get("/api/records/parcel")).status()).toBe(200);
    const { id } = await (await api.post("/api/records/parcel", { data: { name } })).json();
    ids.push(id);
    for (const type of ["parcel.print", "parcel.book"])
      expect((await api.post(`/api/records/parcel/${id}/events`, { data: { type } })).ok()).toBe(true);
  }
  const stopped = async () => (await (await api.get("/api/incidents")).json()).items.length;
  await expect.poll(stopped).toBe(4);

  await signIn(page, product);
  await page.goto(`${product.address}/design/incidents`);
  const list = page.getByRole("region", { name: "Incidents" });
  await expect(list.getByRole("heading", { name: "Not done: book" })).toHaveCount(4);
  await expect(list.getByText("The connection is not switched on").first()).toBeVisible();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await accessible(page);
  }
  expect((await api.put("/api/connections/carrier", { data: { secret: "token" } })).ok()).toBe(true);
  await list.getByRole("link", { name: "Buoys" }).focus();
  await page.keyboard.press("Tab");
  await expect(list.getByRole("button", { name: "Try again" }).first()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(list.getByRole("link", { name: "Buoys" })).toBeHidden();
  await expect(list).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await expect(list.getByRole("button", { name: "Move on" }).first()).toBeFocused();
  await page.keyboard.press("Enter");
  const asked = page.getByRole("dialog");
  await expect(asked.getByLabel("Into the state")).toHaveValue("booked");
  await page.keyboard.press("Escape");
  await expect(asked).toBeHidden();
  const of = (name: string) => list.getByRole("listitem").filter({ hasText: name });
  await of("Anchors").getByRole("button", { name: "Move on" }).press("Enter");
  await asked.getByLabel("Into the state").selectOption("Failed");
  await asked.getByRole("button", { name: "Move on" }).press("Enter");
  await expect(page.getByText("Anchors: it stands elsewhere now")).toBeVisible();
  await expect(of("Anchors")).toBeHidden();
  await of("Drums").getByRole("button", { name: "Leave out" }).press("Enter");
  await asked.getByLabel("What it would have answered").fill("B 7");
  await asked.getByRole("button", { name: "Leave out" }).press("Enter");
  await expect(asked.getByText("This is no JSON.")).toBeVisible();
  await asked.getByLabel("What it would have answered").fill('{ "id": "B 7" }');
  await accessible(page);
  await asked.getByRole("button", { name: "Leave out" }).press("Enter");
  await expect(page.getByText("Drums: it is left out")).toBeVisible();
  await expect(of("Drums")).toBeHidden();
  await page.getByLabel("Status").selectOption("All");
  await expect(of("Anchors").getByText(/Failed .*Moved on, /)).toBeVisible();
  await expect(of("Drums").getByText(/Booked .*Left out, /)).toBeVisible();
  const recordOf = (at: number) => api.get(`/api/records/parcel/${ids[at]}`).then((it) => it.json());
  expect([(await recordOf(1)).number, (await recordOf(2)).stage]).toEqual(["B 7", "failed"]);

  await page.goto(`${product.address}/parcel/${ids[3]}`);
  await expect(page.getByText("B 1").first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Incidents" })).toBeHidden();
  const saving = page.waitForEvent("download");
  await page.getByRole("region", { name: "Files" }).getByRole("link", { name: "Packing list.pdf" }).press("Enter");
  const saved = await saving;
  expect(saved.suggestedFilename()).toBe("Packing list.pdf");
  expect((await readFile(await saved.path())).subarray(0, 5).toString()).toBe("%PDF-");
  await sales.close();
  await there.close();
});
