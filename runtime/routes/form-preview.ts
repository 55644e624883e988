import { refuse, shapeFaults } from "engine";
import { Hono } from "hono";
import type { FormDocument } from "schemas";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { formPage, languageOf, spokenForm } from "../forms/page.ts";
import { onlyAdmins } from "../people.ts";

/** How a form that is being designed will look: its page as visitors get it, without what sends it. */
export const formPreview = new Hono<App>().use(onlyAdmins("design forms")).post("/preview", async (c) => {
  const given = await readObject(c);
  refuse(shapeFaults(given));
  const form = given as unknown as FormDocument;
  const language = languageOf(form, undefined);
  const shown = {
    ...{ model: spokenForm(c.var.model, form, language).model, form, language },
    ...{ path: `/f/${form.$id}`, embedded: false, query: {}, answers: () => [], faults: new Map<string, string>() },
  };
  return c.json({ html: String(formPage({ ...shown, preview: true })) });
});
