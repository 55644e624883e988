/** Whether an effect may be carried out once more when nobody knows whether it was. */
export type Repeats =
  /** The other side knows its key: as often as one likes. */
  | "idempotent"
  /** It is looked up first whether it is there already. */
  | "check_then_act"
  /** Never without a person's word. */
  | "unsafe";

/**
 * What leaves the database. It is written down with the step, carried out after it, and comes back as an event of the
 * engine: `<do>.done` or `<do>.failed`.
 */
export interface OutgoingEffect {
  readonly do: "http.call" | "webhook" | "document.create" | "message.send" | "survey.ask";
  /** What tells it apart from others of its kind in the same workflow. */
  readonly name: string | null;
  readonly repeats: Repeats;
  /** How often it is tried; without it as often as everything that leaves. */
  readonly tries?: number;
  readonly params: Readonly<Record<string, unknown>>;
  /** Names of the run's context and the places (JSON Pointers) of the output from which they take their values. */
  readonly keep?: Readonly<Record<string, string>>;
  /** What takes it back once it is done; places of its output stand in it as `{/id}`. */
  readonly undo?: Readonly<Record<string, unknown>>;
}

/** People who are told something together: those who have a role, or who take from a queue. */
export type NotifiedGroup = { readonly role: string } | { readonly queue: string };

/** What a machine asks for on its way; the runtime performs it in the step's transaction, or after it. */
export type Effect =
  /** Part of the run itself: names of its context and their new values. */
  | { readonly do: "context.set"; readonly values: Readonly<Record<string, unknown>> }
  /** An event to the same run, taken before the step ends. */
  | { readonly do: "raise"; readonly event: string; readonly data?: unknown }
  /** A change of the record that the run is bound to. */
  | { readonly do: "record.update"; readonly values: Readonly<Record<string, unknown>> }
  | {
      readonly do: "record.create";
      readonly entity: string;
      readonly values: Readonly<Record<string, unknown>>;
      /** Records that are made below it: `link` of each points at it. */
      readonly below?: readonly {
        readonly entity: string;
        readonly link: string;
        readonly values: Readonly<Record<string, unknown>>;
      }[];
    }
  /** A change of another record. */
  | {
      readonly do: "record.change";
      readonly entity: string;
      readonly id: string;
      readonly values: Readonly<Record<string, unknown>>;
    }
  /** Something that a person is told, or everybody of a group. */
  | {
      readonly do: "notify";
      readonly to: string | null;
      readonly group?: NotifiedGroup;
      readonly title: string;
      readonly body: string | null;
    }
  /** An event to the runs that wait for it by a key. */
  | {
      readonly do: "event.send";
      readonly entity: string;
      readonly event: string;
      readonly key: string;
      readonly data: unknown;
    }
  /** Something that has happened to a record. */
  | {
      readonly do: "fact.tell";
      readonly type: string;
      readonly entity: string;
      readonly record: string;
      readonly data: Readonly<Record<string, unknown>>;
    }
  /** A process of another record. */
  | {
      readonly do: "run.begin";
      readonly workflow: string;
      readonly record: string;
      readonly values: Readonly<Record<string, unknown>>;
    }
  /** Who is next in a rotation: kept where the rotation is. */
  | { readonly do: "rotation.turn"; readonly rotation: string; readonly to: string }
  /** What the run has done outside is taken back, the last first. */
  | { readonly do: "compensate" }
  | OutgoingEffect;
