import { failure, json } from "./openapi-parts.ts";
import type { Part } from "./openapi-parts.ts";

const text = { type: "string" };
const tags = ["Workspace"];
const open = { type: "object", additionalProperties: true };
const moment = (name: string, description: string) => ({
  ...{ name, in: "query", description },
  schema: { type: "string", format: "date-time" },
});

/** What surveys look like, and what has come of them. */
export const surveyPaths: Part = {
  "/api/surveys/preview": {
    post: {
      tags,
      operationId: "preview_survey",
      summary: "The page and the mail of a survey that is being designed; admins",
      requestBody: { required: true, ...json(open) },
      responses: {
        200: {
          description: "Both as HTML",
          ...json({ type: "object", properties: { page: text, mail: text }, required: ["page", "mail"] }),
        },
        ...failure,
      },
    },
  },
  "/api/surveys/{name}/results": {
    parameters: [{ name: "name", in: "path", required: true, schema: text }],
    get: {
      tags,
      operationId: "survey_results",
      summary: "How many were asked and answered, CSAT with its interval, NPS, means, choices; admins",
      parameters: [moment("from", "Asked from then on."), moment("until", "Asked before then.")],
      responses: { 200: { description: "What has come of it", ...json(open) }, ...failure },
    },
  },
};
