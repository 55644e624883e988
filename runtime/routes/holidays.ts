import { Hono } from "hono";
import type { App } from "../app.ts";
import { holidayCountries, holidaysOf } from "../holidays.ts";
import { onlyAdmins } from "../people.ts";

/** The holidays of the world, for whoever designs calendars; what a calendar takes of them stands in it as its own days. */
export const holidays = new Hono<App>()

  .use(onlyAdmins("design calendars"))

  .get("/", async (c) => c.json({ items: await holidayCountries() }))

  .get("/:place", async (c) => {
    const { year, language } = c.req.query();
    return c.json(await holidaysOf(c.req.param("place"), Number(year ?? c.var.now.getUTCFullYear()), language));
  });
