import { expect, type APIRequestContext } from "@playwright/test";

const companies: readonly (readonly [name: string, industry: string, city: string, employees: number])[] = [
  ["Kestrel Logistics", "transportation", "Rotterdam", 860],
  ["Northfield Clinics", "healthcare", "Minneapolis", 2300],
  ["Sakura Foods", "food__beverage", "Osaka", 1450],
  ["Harbour Light Hotels", "hospitality", "Lisbon", 720],
  ["Verde Energía", "energy", "Valencia", 390],
  ["Alpine Instruments", "electronics", "Graz", 210],
  ["Batik Nusa", "apparel", "Bandung", 540],
  ["Morrow & Pike", "consulting", "Dublin", 95],
];
const things = [
  "Kiosks for the north",
  "Care plan renewal",
  "Checkout refit",
  "Pilot store",
  "Spare parts",
  "Roll-out",
];
/** The way from the first stage to the last one. */
const way = ["deal.advance", "deal.propose", "deal.negotiate", "deal.win"];
const dayMs = 86_400_000;

/** Adds to the samples what makes a pipeline look like one: companies, and deals in every stage. */
export async function fillPipeline(api: APIRequestContext): Promise<void> {
  const send = async (path: string, data: object) => {
    const answer = await api.post(path, { data });
    expect(answer.ok(), await answer.text()).toBe(true);
    return answer.json();
  };
  const { user } = await (await api.get("/api/model")).json();
  const { items: known } = await send(
    "/api/records/company",
    companies.map(([name, industry, city, employees]) => ({ name, industry, city, employees, type: "customer" })),
  );
  for (let n = 0; n < 40; n++) {
    const [name] = companies[n % companies.length]!;
    const amount = (((n * 37) % 29) + 3) * 3200;
    const deal = await send("/api/records/deal", {
      title: `${things[n % things.length]}, ${name.split(" ")[0]}`,
      company: known[n % companies.length].id,
      amount: { amount: `${amount}.00`, currency: "USD" },
      close_date: new Date(Date.now() + ((n % 11) + 2) * 9 * dayMs).toISOString().slice(0, 10),
      owner: user.id,
    });
    const events = `/api/records/deal/${deal.id}/events`;
    for (const type of way.slice(0, n % 5)) await send(events, { type });
    if (n % 15 === 3) await send(events, { type: "deal.hold" });
    else if (n % 15 === 7) await send(events, { type: "deal.lose", values: { lost_reason: "price" } });
    if (n % 6 === 1)
      await send("/api/records/call", {
        subject: `About ${deal.title}`,
        about: { entity: "deal", id: deal.id },
        minutes: n,
      });
  }
}
