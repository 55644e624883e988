import { covers, type Access, type EntityAccess, type Right } from "./access.ts";
import { valueSchema } from "./ajv.ts";
import type { JsonSchema } from "./field-types/field-type.ts";
import { choicesOf, type Field, type Inverse, type Model } from "./model.ts";
import {
  asked,
  bulk,
  changeMany,
  failure,
  form,
  generalPaths,
  json,
  once,
  orNull,
  problemSchema,
  ref,
  seen,
  shaped,
  type Part,
} from "./openapi-parts.ts";
import { aggregate, facets, reportPaths } from "./openapi-reports.ts";
import { lists, presence, upserts } from "./openapi-writes.ts";
import { consentPaths } from "./openapi-consents.ts";
import { clockAdminPaths, clockPaths } from "./openapi-clocks.ts";
import { despite, duplicatePaths } from "./openapi-duplicates.ts";
import { queuePaths } from "./openapi-queues.ts";
import { surveyPaths } from "./openapi-surveys.ts";
import { connectionPaths } from "./openapi-connections.ts";
import { eventPaths } from "./openapi-events.ts";
import { mailPaths } from "./openapi-mails.ts";
import { filePaths } from "./openapi-files.ts";
import { delegationPaths, sharesPaths, sharingPaths } from "./openapi-sharing.ts";
import { factPaths } from "./openapi-facts.ts";
import { convertPaths } from "./openapi-conversions.ts";
import { personPaths } from "./openapi-persons.ts";
import { segmentPaths, segmentsOfRecordPaths } from "./openapi-segments.ts";
import { conversationPaths, mailboxPaths } from "./openapi-mailboxes.ts";
import { watchingPaths } from "./openapi-watching.ts";
import { taskPaths, taskSchema } from "./openapi-tasks.ts";
import { workflowAdminPaths, workflowPaths } from "./openapi-workflows.ts";
import { adminPaths, recordStory, signedInPaths } from "./openapi-workspace.ts";
import { workflowsOf } from "./workflow/of-entity.ts";
import { movesOf, placesOf } from "./workflow/places.ts";
import { requiredAt } from "./workflow/rules/ways.ts";

/**
 * OpenAPI 3.1 (spec.openapis.org/oas/v3.1.1) of a workspace for one reader: the entities that she reads, the fields that
 * she may read and write, the events that she may send. What she may not know is not in it.
 */
export function openApi(model: Model, access: Access): Part {
  const readable = [...model.entities.values()].flatMap((entity) => {
    const own = access.entity(entity.name);
    return own && own.rule("read").kind !== "none" ? [own] : [];
  });
  const described = readable.map((own) => new Described(model, own, readable));
  return {
    openapi: "3.1.1",
    info: {
      title: model.workspace.name,
      version: String(model.version),
      description:
        "Records by their entities. Empty and null are one; decimals travel as strings, moments as UTC, money as an amount with its currency. Writes answer the header `Trellis-Operation`, by which they are undone.",
    },
    security: [{ bearer: [] }],
    tags: described.map(({ tag }) => tag),
    paths: Object.assign(
      {},
      ...described.map((it) => it.paths()),
      generalPaths,
      delegationPaths,
      sharesPaths,
      taskPaths,
      factPaths,
      reportPaths,
      mailboxPaths,
      segmentPaths,
      signedInPaths,
      consentPaths,
      clockPaths,
      queuePaths,
      workflowPaths,
      duplicatePaths,
      access.admin
        ? { ...connectionPaths, ...mailPaths, ...clockAdminPaths, ...surveyPaths, ...workflowAdminPaths, ...adminPaths }
        : {},
    ),
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "An API key." } },
      schemas: Object.assign(
        { Problem: problemSchema, WorkflowTask: taskSchema },
        ...described.map((it) => it.schemas()),
      ),
      responses: {
        Problem: {
          description: "What was wrong, all faults at once (RFC 9457).",
          content: { "application/problem+json": { schema: ref("Problem") } },
        },
      },
    },
  };
}

/** One entity as its reader may know it. */
class Described {
  readonly #model: Model;
  readonly #own: EntityAccess;
  readonly #others: ReadonlySet<string>;
  /** Lists whose records may be made together with one of its own. */
  readonly #lists: readonly Inverse[];
  readonly #name: string;

  constructor(model: Model, own: EntityAccess, readable: readonly EntityAccess[]) {
    this.#model = model;
    this.#own = own;
    this.#others = new Set(readable.map(({ entity }) => entity.name));
    this.#lists = [...own.entity.inverses.values()].filter(({ entity, reference }) => {
      const child = readable.find((it) => it.entity.name === entity);
      return child && child.readable(reference).kind !== "none" && child.rule("create").kind !== "none";
    });
    this.#name = schemaName(own.entity.name);
  }

  get tag(): Part {
    const { title, plural, document } = this.#own.entity;
    return { name: plural || title, ...(document.description ? { description: document.description } : {}) };
  }

  /** The fields whose values tell records apart, of those that she sees of every record. */
  #unique(): readonly string[] {
    const { entity, rule, readable } = this.#own;
    if (!this.#may("create") || !this.#may("update")) return [];
    const open = [...entity.fields.values()].filter((field) => covers(readable(field), rule("read")));
    return open.filter(({ property, readOnly }) => property.unique === true && !readOnly).map(({ name }) => name);
  }

  schemas(): Part {
    const { entity } = this.#own;
    const visible = [...entity.fields.values()].filter((field) => this.#own.readable(field).kind !== "none");
    const made = this.#writable("create");
    const changed = this.#writable("update");
    const events = this.#events();
    const record = {
      title: entity.title,
      type: "object",
      properties: {
        ...Object.fromEntries(visible.map((field) => [field.name, this.#answered(field)])),
        version: { type: "integer" },
        _names: { type: "object", description: "What references point at is called.", additionalProperties: true },
        _masked: { type: "array", items: { type: "string" }, description: "Fields hidden on this record." },
      },
      required: ["id", "version"],
    };
    const asked = made.filter(({ required, property }) => required && property.default === undefined);
    return {
      [this.#name]: record,
      ...(this.#may("create")
        ? {
            [`${this.#name}New`]: withLists(
              written(
                made,
                asked.map(({ name }) => name),
                this.#model,
              ),
              this.#lists,
            ),
          }
        : {}),
      ...(this.#may("update") ? { [`${this.#name}Patch`]: written(changed, [], this.#model) } : {}),
      ...(events.length > 0 ? { [`${this.#name}Event`]: { oneOf: events } } : {}),
    };
  }

  paths(): Part {
    const { name, title, plural } = this.#own.entity;
    const tags = [plural || title];
    const one = { 200: { description: title, ...json(ref(this.#name)) }, ...failure };
    const id = { name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } };
    const at = `/api/records/${name}`;
    const list = {
      type: "object",
      properties: {
        items: { type: "array", items: ref(this.#name) },
        next: orNull({ type: "string" }),
        count: { type: "object", properties: { value: { type: "integer" }, more: { type: "boolean" } } },
      },
      required: ["items", "next"],
    };
    const make = {
      tags,
      operationId: `create_${name}`,
      summary: `Create one of ${plural}, or many at once`,
      parameters: [despite, once],
      requestBody: {
        required: true,
        ...json({ oneOf: [ref(`${this.#name}New`), { type: "array", items: ref(`${this.#name}New`) }] }),
      },
      responses: {
        201: {
          description: "Made; many all or none.",
          ...json({
            oneOf: [
              ref(this.#name),
              {
                type: "object",
                properties: { operation: { type: "string" }, items: { type: "array", items: ref(this.#name) } },
                required: ["operation", "items"],
              },
            ],
          }),
        },
        ...failure,
      },
    };
    const change = {
      tags,
      operationId: `change_${name}`,
      summary: `Change ${title}`,
      parameters: [seen, despite, once],
      requestBody: { required: true, ...json(ref(`${this.#name}Patch`)) },
      responses: one,
    };
    const trash = {
      tags,
      operationId: `trash_${name}`,
      summary: `Move ${title} to the trash`,
      parameters: [seen],
      responses: { 204: { description: "In the trash." }, ...failure },
    };
    const read = { tags, operationId: `get_${name}`, summary: `One of ${plural}`, parameters: shaped, responses: one };
    return {
      [at]: {
        get: {
          tags,
          operationId: `list_${name}`,
          summary: plural,
          parameters: [...asked, ...shaped],
          responses: { 200: { description: plural, ...json(list) }, ...failure },
        },
        ...(this.#may("create") ? { post: make } : {}),
        ...(this.#may("update") ? { patch: changeMany(tags, name, plural, this.#name) } : {}),
      },
      [`${at}/{id}`]: {
        parameters: [id],
        get: read,
        ...(this.#may("update") ? { patch: change } : {}),
        ...(this.#may("delete") ? { delete: trash } : {}),
      },
      ...upserts(at, tags, { name, title, plural, schema: this.#name, fields: this.#unique() }),
      [`${at}/{id}/presence`]: presence(tags, name, title, id),
      [`${at}/form`]: { post: form(tags, name, title) },
      [`${at}/aggregate`]: { post: aggregate(tags, name, plural) },
      [`${at}/facets`]: facets(tags, name, plural),
      ...(this.#may("update") || this.#may("delete")
        ? { [`${at}/bulk`]: { post: bulk(tags, name, plural, this.#name) } }
        : {}),
      ...(this.#may("update") ? convertPaths(this.#model, at, tags, name, title) : {}),
      ...this.#eventPaths(at, id, tags, one),
      ...personPaths(at, tags, id, this.#own.entity),
      ...segmentsOfRecordPaths(at, id, tags, this.#own.entity.name),
      ...recordStory(
        at,
        tags,
        { name, title, id },
        { restored: this.#may("delete") ? one : undefined, run: this.#own.entity.stateFields.length > 0 },
      ),
      ...filePaths(at, tags, { name, title, id }, this.#may("update")),
      ...conversationPaths(at, tags, { name, title, id }, this.#may("update")),
      ...watchingPaths(at, tags, { name, title, id }),
      ...sharingPaths(at, tags, name, title, this.#own.entity.document.sharing === true),
    };
  }

  #eventPaths(at: string, id: Part, tags: readonly string[], one: { readonly 200: object }): Part {
    const { name, title } = this.#own.entity;
    if (this.#events().length === 0) return {};
    return eventPaths(at, id, tags, { name, title, schema: this.#name, one });
  }

  #may(right: Right): boolean {
    return this.#own.rule(right).kind !== "none";
  }

  #writable(right: "create" | "update"): readonly Field[] {
    return [...this.#own.entity.fields.values()].filter(
      (field) => !field.readOnly && !computed(field) && this.#own.writable(field, right).kind !== "none",
    );
  }

  /** A field in an answer: empty is null, a reference may be expanded. */
  #answered(field: Field): Part {
    const value = clean(valueSchema(withChoices(field, this.#model)));
    if (field.name === "id") return value;
    const targets = field.targets.filter((target) => this.#others.has(target)).map((target) => ref(schemaName(target)));
    return { anyOf: [value, ...targets, { type: "null" }] };
  }

  /** The events that the reader may send, each with the fields that it may ask for. */
  #events(): readonly Part[] {
    const { entity } = this.#own;
    return workflowsOf(this.#model, entity).flatMap((workflow) => {
      const places = placesOf(workflow);
      const moves = movesOf(workflow, places);
      return Object.entries(workflow.meta.events).flatMap(([type, event]) => {
        if (event.source !== "user" || this.#own.event(type).kind === "none") return [];
        const asked = moves
          .filter((move) => move.event === type)
          .flatMap(({ transition, target }) => [
            ...(transition.meta.form ?? []).map(({ field }) => field),
            ...(target ? requiredAt({ places }, target) : []),
          ]);
        const fields = [...new Set(asked)].flatMap(
          (name) => this.#writable("update").find((it) => it.name === name) ?? [],
        );
        return [
          {
            title: event.title,
            type: "object",
            properties: {
              type: { const: type },
              values: written(fields, [], this.#model, false),
              data: event.payload ?? { type: "object", additionalProperties: true },
            },
            required: ["type"],
            additionalProperties: false,
          },
        ];
      });
    });
  }
}

const computed = ({ type, system }: Field) => type.computed === true || (system && type.name !== "user");

function schemaName(entity: string): string {
  return entity.replaceAll(/(?:^|_)([a-z0-9])/g, (_, first: string) => first.toUpperCase());
}

function withChoices(field: Field, model: Model): Field["property"] {
  const choices = choicesOf(model, field.property);
  return choices.length > 0 ? { ...field.property, choices } : field.property;
}

function withLists(schema: Part, own: readonly Inverse[]): Part {
  return { ...schema, properties: { ...lists(own), ...(schema.properties as Part) } };
}

/** A reference that says what its record holds. */
function matching({ targets }: Field): JsonSchema {
  const match = { type: "object", minProperties: 1, maxProperties: 4, additionalProperties: true };
  const several = targets.length > 1;
  return {
    type: "object",
    description: "The one record that holds these values.",
    properties: { match, ...(several ? { entity: { enum: [...targets] } } : {}) },
    required: several ? ["entity", "match"] : ["match"],
    additionalProperties: false,
  };
}

/** The schema of a body: what is asked for must be there, everything else may be left out or null. */
function written(fields: readonly Field[], required: readonly string[], model: Model, matches = true): Part {
  const properties = fields.map((field) => {
    const plain = clean(valueSchema(withChoices(field, model)));
    const value = matches && field.targets.length > 0 ? { anyOf: [plain, matching(field)] } : plain;
    const given = field.property.default;
    const literal = given !== undefined && (typeof given !== "object" || given === null);
    const noted = literal ? { ...value, default: given } : value;
    return [field.name, required.includes(field.name) ? noted : orNull(noted)] as const;
  });
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

const own = new Set(["decimal", "storable", "x-document", "x-entity", "x-field"]);

/** A schema without the keywords that are the engine's own. */
function clean(schema: JsonSchema): JsonSchema {
  const part = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(part);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).flatMap(([key, it]) => (own.has(key) ? [] : [[key, part(it)]])));
  };
  return part(schema) as JsonSchema;
}
