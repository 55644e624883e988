import type { DescribedEntity, DescribedField, RecordForm } from "engine";
import { ask, Problem } from "../api.ts";

/** Which form it is: of a new record, of the record `id`, or of that record as an event moves it. */
interface Asked {
  readonly id?: string;
  readonly event?: string;
  /** What is entered from the start. */
  readonly values?: Readonly<Record<string, unknown>>;
}

const waitMs = 150;
const unconditional: RecordForm = { fields: {}, sections: [] };

/**
 * A form that follows what is typed into it: what it shows, asks for and offers is the server's word, asked for again
 * once one pauses. Entities whose forms depend on nothing are never asked about.
 */
export class LiveForm {
  /** What is entered, by field. What a field held stays here while it is away, and comes back with it. */
  values = $state<Record<string, unknown>>({});
  /** The fields that the last answer has brought, by their names. */
  appeared = $state.raw<readonly string[]>([]);
  readonly #entity: DescribedEntity;
  readonly #asked: Omit<Asked, "values">;
  #form = $state.raw<RecordForm | undefined>();
  #entered = "";
  #version: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | undefined;
  #work: Promise<void> = Promise.resolve();

  /** Whether it is known what the form shows. */
  readonly ready = $derived(this.#form !== undefined);

  /** Whether something is being entered. */
  readonly changed = $derived(Object.keys(this.values).length > 0);

  constructor(entity: DescribedEntity, { values = {}, ...asked }: Asked = {}) {
    this.#entity = entity;
    this.#asked = asked;
    this.values = { ...values };
    if (!entity.conditional) this.#form = unconditional;
  }

  /** For an effect: asks again when what is entered is another, or when the record has another version. */
  follow(version?: number): void {
    if (!this.#entity.conditional) return;
    const entered = JSON.stringify(this.values);
    const newer = this.#version !== undefined && version !== undefined && version !== this.#version;
    this.#version = version ?? this.#version;
    if (entered === this.#entered && !newer) return;
    this.#entered = entered;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), this.#asking ? waitMs : 0);
  }

  /** Resolves when the form has followed all that is entered. */
  async settled(): Promise<void> {
    if (!this.#entity.conditional) return;
    await this.#work;
    while (this.#timer !== undefined || JSON.stringify(this.values) !== this.#entered) {
      this.#entered = JSON.stringify(this.values);
      clearTimeout(this.#timer);
      await this.#look();
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  shows({ name }: DescribedField): boolean {
    return this.#form?.fields[name]?.shown ?? true;
  }

  /** Whether the section at this place of the layout is shown. */
  showsSection(at: number): boolean {
    return this.#form?.sections[at]?.shown ?? true;
  }

  /** Whether a new record works the value out where nothing is entered. */
  fillsIn(field: DescribedField): boolean {
    return this.#asked.id === undefined && typeof field.default === "object" && field.default !== null;
  }

  asksFor(field: DescribedField): boolean {
    const { name, required } = field;
    if (this.fillsIn(field)) return false;
    return this.#form?.fields[name]?.required ?? required;
  }

  /** Whether the value goes when the record is saved as it stands here. */
  clears({ name }: DescribedField): boolean {
    return this.#form?.fields[name]?.cleared ?? false;
  }

  /** Whether the value stays, though the field is shown no longer. */
  keeps({ name }: DescribedField): boolean {
    return this.#form?.fields[name]?.kept ?? false;
  }

  /** The field with the choices that it offers here. */
  offering(field: DescribedField): DescribedField {
    const offered = this.#form?.fields[field.name]?.choices;
    return offered
      ? { ...field, choices: (field.choices ?? []).filter(({ value }) => offered.includes(value)) }
      : field;
  }

  /** The values of a field that are not offered here. */
  refused({ name }: DescribedField, value: unknown = this.values[name]): readonly string[] {
    const offered = this.#form?.fields[name]?.choices;
    const given = Array.isArray(value) ? (value as unknown[]) : value === null || value === undefined ? [] : [value];
    return offered ? given.map(String).filter((it) => !offered.includes(it)) : [];
  }

  /** What is entered in a field, as far as it is offered. */
  value(field: DescribedField): unknown {
    const value = this.values[field.name] ?? null;
    const refused = this.refused(field);
    if (refused.length === 0) return value;
    const left = Array.isArray(value) ? value.filter((it) => !refused.includes(String(it))) : [];
    return left.length > 0 ? left : null;
  }

  /** What is entered in these fields, as it is saved: what goes is left out. */
  given(fields: readonly DescribedField[]): Record<string, unknown> {
    return Object.fromEntries(fields.filter((it) => !this.clears(it)).map((it) => [it.name, this.value(it)]));
  }

  /** The one choice that a new record must take, where there is no other. */
  only(field: DescribedField): string | undefined {
    const offered = this.#form?.fields[field.name]?.choices;
    if (this.#asked.id !== undefined || field.field !== "select" || !this.asksFor(field)) return undefined;
    return offered?.length === 1 ? offered[0] : undefined;
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const path = `/api/records/${this.#entity.name}/form`;
    const body = { ...this.#asked, values: JSON.parse(this.#entered) as unknown };
    this.#work = ask<RecordForm>("POST", path, { body, looks: true, signal: asking.signal }).then(
      ({ body: form }) => this.#take(form),
      (error: unknown) => {
        if (asking.signal.aborted) return;
        this.#form ??= unconditional;
        if (!(error instanceof Problem)) throw error;
      },
    );
    await this.#work;
  }

  #take(form: RecordForm): void {
    const before = this.#form;
    this.appeared = before
      ? Object.keys(form.fields).filter((name) => form.fields[name]?.shown && before.fields[name]?.shown === false)
      : [];
    this.#form = form;
    for (const field of this.#entity.fields) {
      const only = this.only(field);
      if (only !== undefined && (this.values[field.name] ?? null) === null) this.values[field.name] = only;
    }
  }
}
