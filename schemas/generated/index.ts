/* Written by `pnpm run types` from the JSON Schemas beside it. */

export type AnyDocument =
  | CalendarDocument
  | ConnectionDocument
  | EntityDocument
  | IntakeDocument
  | LayoutDocument
  | RoleDocument
  | TemplateDocument
  | TestDocument
  | TranslationDocument
  | ValueSetDocument
  | ViewDocument
  | WorkflowDocument
  | WorkspaceDocument;
/**
 * Spans of local time in their order, `09:00-17:00`: from the first minute up to, without, the last; `24:00` is the end of the day.
 *
 * @maxItems 24
 *
 * This interface was referenced by `CalendarDocument`'s JSON-Schema
 * via the `definition` "day".
 */
export type DayHours = string[];
/**
 * Spans of local time in their order, `09:00-17:00`: from the first minute up to, without, the last; `24:00` is the end of the day.
 *
 * @maxItems 24
 */
export type DayHours1 = string[];
/**
 * `own`: the reader owns it. `team`: the owner is the reader, shares a team with her or reports to her. `below`: the owner is the reader or stands under her in the tree of managers. `all`. `none`. Or a condition over the record and `user`.
 *
 * This interface was referenced by `RoleDocument`'s JSON-Schema
 * via the `definition` "scope".
 */
export type Scope = ("none" | "own" | "team" | "below" | "all") | Expression;
/**
 * `own`: the reader owns it. `team`: the owner is the reader, shares a team with her or reports to her. `below`: the owner is the reader or stands under her in the tree of managers. `all`. `none`. Or a condition over the record and `user`.
 */
export type Scope1 = ("none" | "own" | "team" | "below" | "all") | Expression;
/**
 * @minItems 1
 *
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "transitions".
 */
export type Transitions = [Transition, ...Transition[]];
/**
 * Whether a transition is open: by an expression, by a right of whoever sends the event, or for a share of all runs.
 *
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "guard".
 */
export type Guard = ExpressionGuard | RightGuard | RolloutGuard;
/**
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "actions".
 */
export type Actions = Action[];
/**
 * Taken when a final state in this one is reached; in a parallel state, when all regions have come to theirs.
 *
 * @minItems 1
 */
export type Transitions1 = [Transition, ...Transition[]];

/**
 * When somebody is at work: hours of the week in a time zone, and days that differ. Waits and promises are counted in it.
 */
export interface CalendarDocument {
  $schema: "urn:trellis:calendar:1";
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  $id: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  title: string;
  description?: string;
  /**
   * Name in the IANA time zone database, `Europe/Berlin` for instance.
   */
  time_zone: string;
  hours: WeekHours;
  /**
   * Hours of the week that hold from a day on, by that day.
   */
  later?: {
    [k: string]: WeekHours;
  };
  /**
   * Days that differ from their weekday.
   */
  exceptions?: {
    [k: string]: CalendarException;
  };
}
/**
 * The spans of each weekday; a day that is left out is closed.
 *
 * This interface was referenced by `CalendarDocument`'s JSON-Schema
 * via the `definition` "week".
 */
export interface WeekHours {
  mon?: DayHours;
  tue?: DayHours;
  wed?: DayHours;
  thu?: DayHours;
  fri?: DayHours;
  sat?: DayHours;
  sun?: DayHours;
}
/**
 * This interface was referenced by `CalendarDocument`'s JSON-Schema
 * via the `definition` "exception".
 */
export interface CalendarException {
  title?: string;
  hours?: DayHours1;
  /**
   * The country, state and region whose holidays it was taken from: `DE-BY`.
   */
  holiday?: string;
}
/**
 * Somebody outside: who is told what happens to records, by signed messages (Standard Webhooks), or whom workflows call. Whose rights bound what is told, and the secret, are set where it is used.
 */
export interface ConnectionDocument {
  $schema: "urn:trellis:connection:1";
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  $id: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  title: string;
  description?: string;
  /**
   * `webhook`: it is told what happens, by signed messages. `http`: workflows call it, at addresses under `url`, and its secret goes along.
   */
  channel: "webhook" | "http";
  url: string;
  /**
   * With channel `http`: the header that carries the secret; `authorization` where nothing is said.
   */
  header?: string;
  /**
   * With channel `http`: the word before the secret; where nothing is said, `Bearer` in `authorization` and none elsewhere.
   */
  scheme?: string;
  /**
   * What it is told of, by the entity: nothing with channel `http`.
   */
  entities: {
    [k: string]: Subject;
  };
}
export interface Subject {
  /**
   * `record.created`, `record.updated`, `record.trashed`, `record.restored`, `record.removed` and the events of the entity's workflows; all of them where it is left out.
   */
  events?: string[];
  filter?: Expression;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression {
  cel: string;
}
/**
 * What a kind of record is: a JSON Schema whose properties carry the keyword `field`.
 */
export interface EntityDocument {
  $schema: "urn:trellis:entity:1";
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  $id: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  type: "object";
  title: string;
  plural?: string;
  description?: string;
  icon?: string;
  /**
   * The field that stands for the record wherever it is named.
   */
  name_field?: string;
  /**
   * Records of this entity stand on the timeline of the record that the reference `about` names.
   */
  activity?: {
    /**
     * This interface was referenced by `EntityDocument`'s JSON-Schema
     * via the `definition` "name".
     */
    about: string;
    /**
     * The field that says when it happened; without it, the moment of creation.
     */
    at?: string;
    done?: Expression1;
  };
  properties: {
    [k: string]: Property;
  };
  /**
   * Items: This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  required?: string[];
  /**
   * Its records may be shared one by one, with people and with teams, beyond what roles let them see.
   */
  sharing?: boolean;
  /**
   * Its records may be owned by a queue; whoever is in the queue's team sees them as if they were hers.
   */
  queues?: boolean;
  /**
   * Sets of fields that no two records outside the trash share.
   */
  unique?: [string, ...string[]][];
  rules?: Rule[];
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression1 {
  cel: string;
}
/**
 * One field. The keywords beyond these are those of its field type (engine/field-types).
 *
 * This interface was referenced by `EntityDocument`'s JSON-Schema
 * via the `definition` "property".
 */
export interface Property {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  field: string;
  title: string;
  description?: string;
  default?: unknown;
  readOnly?: boolean;
  deprecated?: boolean;
  /**
   * No two records outside the trash share a value.
   */
  unique?: boolean;
  visible_when?: Expression2;
  /**
   * What becomes of the value where `visible_when` does not hold; it is kept unless this says otherwise.
   */
  when_hidden?: "keep" | "clear";
  required_when?: Expression3;
  /**
   * Where `when` holds, the field takes these of its choices only; what several say holds together.
   */
  offers?: Offered[];
  [k: string]: unknown;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression2 {
  cel: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression3 {
  cel: string;
}
/**
 * This interface was referenced by `EntityDocument`'s JSON-Schema
 * via the `definition` "offer".
 */
export interface Offered {
  when: Expression;
  choices: string[];
}
/**
 * This interface was referenced by `EntityDocument`'s JSON-Schema
 * via the `definition` "rule".
 */
export interface Rule {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  when?: Expression;
  require: Expression;
  message: string;
  /**
   * The rule stands here, but nobody is held to it.
   */
  off?: boolean;
}
/**
 * This interface was referenced by `EntityDocument`'s JSON-Schema
 * via the `definition` "choice".
 */
export interface Choice {
  value: string;
  title: string;
  colour?: "cat-1" | "cat-2" | "cat-3" | "cat-4" | "cat-5" | "cat-6" | "cat-7" | "cat-8";
  /**
   * Kept on records that have it, offered to nobody.
   */
  retired?: boolean;
}
/**
 * What somebody outside posts, signed (Standard Webhooks), becomes a record or an event. In whose name, and the secret, are set where it is used.
 */
export interface IntakeDocument {
  $schema: "urn:trellis:intake:1";
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  $id: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  title: string;
  description?: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  entity: string;
  /**
   * Makes a record, changes the one that is found, either, or sends it an event.
   */
  does: "create" | "update" | "upsert" | "event";
  /**
   * The field whose value finds the record; it is unique.
   */
  match?: string;
  event?: string;
  /**
   * With `event`, in the place of `match`: where in what was posted (a JSON Pointer) the key stands by which runs wait for it. All of them hear of it, with what was posted as its data.
   */
  key?: string;
  values: {
    [k: string]: Intaken;
  };
}
/**
 * `value` is the same for all; with `from`, what stands in where nothing is there.
 */
export interface Intaken {
  /**
   * The place in what was posted, as a JSON Pointer.
   */
  from?: string;
  value?: unknown;
}
/**
 * How one record of an entity is arranged on its page.
 */
export interface LayoutDocument {
  $schema: "urn:trellis:layout:1";
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  $id: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  title: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  entity: string;
  /**
   * The fields in the head of the page.
   *
   * @maxItems 5
   */
  facts?:
    | []
    | [string]
    | [string, string]
    | [string, string, string]
    | [string, string, string, string]
    | [string, string, string, string, string];
  sections?: {
    title?: string;
    visible_when?: Expression4;
    fields: string[];
  }[];
  related?: {
    /**
     * The `inverse` of a reference that points here.
     */
    list: string;
    columns?: string[];
  }[];
  /**
   * The fields that a new record is asked for.
   */
  quick_create?: string[];
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression4 {
  cel: string;
}
/**
 * Who may do what, on which records. What is not given is refused; a person with several roles may do what any of them gives.
 */
export interface RoleDocument {
  $schema: "urn:trellis:role:1";
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  $id: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  title: string;
  description?: string;
  entities: {
    [k: string]: Rights;
  };
}
/**
 * This interface was referenced by `RoleDocument`'s JSON-Schema
 * via the `definition` "rights".
 */
export interface Rights {
  create?: Scope;
  read?: Scope;
  update?: Scope;
  delete?: Scope;
  export?: Scope;
  bypass?: Scope1;
  /**
   * Per event type of the entity's workflow. An event that is not named needs the right to update.
   */
  events?: {
    [k: string]: Scope;
  };
  /**
   * Per field. A field that is not named follows the record.
   */
  fields?: {
    [k: string]: FieldRights;
  };
}
export interface FieldRights {
  read?: Scope;
  write?: Scope;
}
/**
 * The manifest of a package of documents that consultants ship.
 */
export interface TemplateDocument {
  $schema: "urn:trellis:template:1";
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  $id: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  version: string;
  title: string;
  description?: string;
  icon?: string;
  needs?: {
    [k: string]: string;
  };
  /**
   * Actions of the palette that are another action with some parameters filled in, `task.create` for instance.
   */
  presets?: {
    [k: string]: Preset;
  };
}
export interface Preset {
  title: string;
  icon?: string;
  action: string;
  params: {
    [k: string]: unknown;
  };
}
/**
 * A story that has to come true: it is played on each publish, in a place of its own, and leaves nothing behind.
 */
export interface TestDocument {
  $schema: "urn:trellis:test:1";
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  $id: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  title: string;
  /**
   * The role of who acts; without it, an admin.
   */
  as?: string;
  /**
   * Records that are there, by the names under which the story speaks of them.
   */
  given?: {
    [k: string]: TestGiven;
  };
  /**
   * @maxItems 50
   */
  when?: TestStep[];
  /**
   * @minItems 1
   * @maxItems 50
   */
  then: [TestExpectation, ...TestExpectation[]];
}
/**
 * This interface was referenced by `TestDocument`'s JSON-Schema
 * via the `definition` "given".
 */
export interface TestGiven {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  entity: string;
  values: TestValues;
  /**
   * Where it stands in its workflow.
   */
  state?: string;
}
/**
 * Values of fields; `$name` is the record that the story calls so, `$me` who acts.
 *
 * This interface was referenced by `TestDocument`'s JSON-Schema
 * via the `definition` "values".
 */
export interface TestValues {
  [k: string]: unknown;
}
/**
 * This interface was referenced by `TestDocument`'s JSON-Schema
 * via the `definition` "step".
 */
export interface TestStep {
  /**
   * The name of a new record.
   */
  create?: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  entity?: string;
  /**
   * The name of the record that is changed.
   */
  update?: string;
  /**
   * The clock goes on by so long, and what waits for it happens.
   */
  wait?: string;
  /**
   * The type of an event.
   */
  send?: string;
  /**
   * The name of the record that it is sent to.
   */
  to?: string;
  values?: TestValues;
}
/**
 * This interface was referenced by `TestDocument`'s JSON-Schema
 * via the `definition` "expectation".
 */
export interface TestExpectation {
  /**
   * The name of a record that holds these values.
   */
  record?: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  entity?: string;
  /**
   * How many records of the entity hold these values.
   */
  count?: number;
  /**
   * The code of the problem with which the last step is refused.
   */
  refused?: string;
  values?: TestValues;
}
/**
 * What documents say to people, in another language. Where several documents translate a label into one language, the one whose name comes first is heard.
 */
export interface TranslationDocument {
  $schema: "urn:trellis:translation:1";
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  $id: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  language: string;
  /**
   * By the address of what is labelled, which no rename changes: `ent_visit`, `ent_visit#fld_goal`, `ent_visit#fld_goal=first`.
   */
  labels: {
    [k: string]: {
      [k: string]: TranslatedLabel;
    };
  };
}
/**
 * This interface was referenced by `TranslationDocument`'s JSON-Schema
 * via the `definition` "label".
 */
export interface TranslatedLabel {
  text: string;
  /**
   * What the document said when this was translated; when it says something else, the translation is out of date.
   */
  from: string;
}
/**
 * Choices that several fields share.
 */
export interface ValueSetDocument {
  $schema: "urn:trellis:value-set:1";
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  $id: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  title: string;
  description?: string;
  /**
   * @minItems 1
   * @maxItems 2000
   */
  choices: [Choice, ...Choice[]];
}
/**
 * A saved way of looking at many records of one entity.
 */
export interface ViewDocument {
  $schema: "urn:trellis:view:1";
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  $id: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  title: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  entity: string;
  /**
   * The name of a view type, `table` or `board` for instance.
   */
  type: string;
  /**
   * Fields or paths over references.
   */
  columns?: string[];
  filter?: Expression;
  /**
   * Names of fields separated by commas; a minus before a name turns its order around.
   */
  sort?: string;
  /**
   * The field that a table groups by and a board makes its columns of.
   */
  group?: string;
  /**
   * The field that is summed per group.
   */
  measure?: string;
  /**
   * The date or moment by which a calendar places records.
   */
  date?: string;
  /**
   * What colours a record and says why: the first whose condition holds.
   *
   * @maxItems 24
   */
  colours?: ViewColour[];
  /**
   * The place among the views of the entity.
   */
  order?: number;
}
/**
 * This interface was referenced by `ViewDocument`'s JSON-Schema
 * via the `definition` "colour".
 */
export interface ViewColour {
  /**
   * Stands beside the colour, for those who do not see it.
   */
  title: string;
  colour: "blue" | "yellow" | "red" | "green" | "violet" | "grey" | "white";
  when: Expression;
}
/**
 * A state machine in format wf/1: a strict subset of the XState v5 config. What XState does not know stands in `meta` and `params`.
 */
export interface WorkflowDocument {
  $schema?: "urn:trellis:workflow:1";
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  id: string;
  description?: string;
  /**
   * What a run remembers, by name, with the values that it begins with. What is not known yet is null.
   */
  context?: {
    [k: string]: unknown;
  };
  /**
   * The states below are regions, all active at once; one of them has `meta.main`.
   */
  type?: "parallel";
  /**
   * This interface was referenced by `WorkflowDocument`'s JSON-Schema
   * via the `definition` "key".
   */
  initial?: string;
  on?: On;
  states: States;
  output?: Output1;
  meta: WorkflowMeta;
}
/**
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "on".
 */
export interface On {
  [k: string]: Transitions;
}
/**
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "transition".
 */
export interface Transition {
  /**
   * This interface was referenced by `WorkflowDocument`'s JSON-Schema
   * via the `definition` "target".
   */
  target?: string;
  guard?: Guard;
  actions?: Actions;
  reenter?: boolean;
  description?: string;
  meta: TransitionMeta;
}
/**
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "expressionGuard".
 */
export interface ExpressionGuard {
  type: "expr";
  params: Expression;
}
/**
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "rightGuard".
 */
export interface RightGuard {
  type: "can";
  params: {
    /**
     * `<entity>.<event>`
     */
    right: string;
  };
}
/**
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "rolloutGuard".
 */
export interface RolloutGuard {
  type: "rollout";
  /**
   * The same record always falls on the same side of the same salt.
   */
  params: {
    percent: number;
    salt: string;
  };
}
/**
 * `type` names an action of the registry or a preset of a template; values in `params` are literals or expressions.
 *
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "action".
 */
export interface Action {
  type: string;
  params?: {
    [k: string]: unknown;
  };
}
export interface TransitionMeta {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  id: string;
  title?: string;
  /**
   * Fields of the record that are asked for on the way; those of `required` must not be empty.
   */
  form?: {
    field: string;
    required?: boolean;
  }[];
  /**
   * The sentence that a person reads when the guard does not hold.
   */
  refused?: string;
}
/**
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "states".
 */
export interface States {
  [k: string]: StateNode;
}
/**
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "state".
 */
export interface StateNode {
  type?: "atomic" | "compound" | "parallel" | "history" | "final";
  /**
   * With type `history`: whether only the state itself is remembered, or all that lies in it.
   */
  history?: "shallow" | "deep";
  /**
   * With type `history`: where to go when nothing is remembered yet.
   */
  target?: string;
  description?: string;
  /**
   * This interface was referenced by `WorkflowDocument`'s JSON-Schema
   * via the `definition` "key".
   */
  initial?: string;
  states?: States;
  on?: On;
  always?: Transitions;
  after?: After;
  onDone?: Transitions1;
  invoke?: Invocation;
  output?: Output;
  entry?: Actions;
  exit?: Actions;
  tags?: string[];
  meta: StateMeta;
}
/**
 * Transitions taken by themselves when a wait of `meta.delays` is over.
 *
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "after".
 */
export interface After {
  [k: string]: Transitions;
}
/**
 * Work that others do while a run stands in a state: a person's task, another workflow, or one for each item. Leaving the state withdraws it.
 *
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "invocation".
 */
export interface Invocation {
  /**
   * Unique in the workflow; its end is an event of the engine alone.
   */
  id: string;
  /**
   * `human.task`, `process:<workflow>`, or `each:<workflow>` for every item of a list.
   */
  src: string;
  /**
   * What it is given: literals or expressions.
   */
  input?: {
    [k: string]: unknown;
  };
  onDone?: Transitions;
  onError?: Transitions;
}
/**
 * With type `final`: what `onDone` of the state around sees as `event.output`.
 */
export interface Output {
  [k: string]: unknown;
}
export interface StateMeta {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  id: string;
  title: string;
  outcome?: "won" | "lost";
  probability?: number;
  /**
   * Fields that must not be empty to enter; the form of the transition asks for them.
   */
  requires?: string[];
  canvas?: {
    [k: string]: unknown;
  };
  /**
   * The region of a parallel state whose leaf the state field shows.
   */
  main?: true;
  /**
   * Runs that come here have reached what the workflow is for.
   */
  goal?: true;
  clock?: StateClocks;
}
/**
 * What entering the state does to clocks of the run; leaving it ends a pause.
 */
export interface StateClocks {
  /**
   * @minItems 1
   *
   * Items: This interface was referenced by `WorkflowDocument`'s JSON-Schema
   * via the `definition` "key".
   */
  start?: [string, ...string[]];
  /**
   * @minItems 1
   *
   * Items: This interface was referenced by `WorkflowDocument`'s JSON-Schema
   * via the `definition` "key".
   */
  pause?: [string, ...string[]];
  /**
   * @minItems 1
   *
   * Items: This interface was referenced by `WorkflowDocument`'s JSON-Schema
   * via the `definition` "key".
   */
  stop?: [string, ...string[]];
}
/**
 * What a process gives to whoever began it; without it, the output of the final state that it ends in.
 */
export interface Output1 {
  [k: string]: unknown;
}
export interface WorkflowMeta {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  id: string;
  title: string;
  format: "wf/1";
  /**
   * A pipeline is bound to a record and shows in its state field; a journey leads many records through waits; a process is begun by a run or a person and ends.
   */
  kind: "pipeline" | "journey" | "process";
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  entity: string;
  events: {
    [k: string]: EventDeclaration;
  };
  /**
   * The waits of this workflow, by the names that `after` uses.
   */
  delays?: {
    [k: string]: Delay;
  };
  enrol?: Enrolment;
  goal?: Goal;
  exit?: Exit;
  quiet_hours?: QuietHours;
  /**
   * @minItems 1
   */
  caps?: [Cap, ...Cap[]];
}
/**
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "eventDeclaration".
 */
export interface EventDeclaration {
  title: string;
  /**
   * Who sends it: a person, a change of the record, a connection, or the run itself and other runs.
   */
  source: "user" | "record" | "integration" | "run";
  /**
   * `<entity>.<event>`, the right that the sender needs; without it, the right to update.
   */
  right?: string;
  when?: Expression5;
  /**
   * JSON Schema of the event's data.
   */
  payload?: {
    [k: string]: unknown;
  };
  correlation?: Expression6;
  /**
   * With `correlation`: an event that came before the run waited for it is kept for so long.
   */
  look_back?: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression5 {
  cel: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression6 {
  cel: string;
}
/**
 * How long a state waits: a span from entering it (`duration`, of business hours with `calendar`), a moment worked out on entering it (`at`), a field of the record, whose changes the wait follows (`until`), or a part of what a clock allows (`clock`). One of the four.
 *
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "delay".
 */
export interface Delay {
  title?: string;
  /**
   * ISO 8601, `P14D` for instance; days are of 24 hours, and with `calendar` of a working day.
   */
  duration?: string;
  /**
   * With `duration`, and with `clock`: only the hours of this calendar count.
   */
  calendar?: string;
  at?: Expression7;
  /**
   * A field of the record that holds a moment or a day; while it is empty the state waits.
   */
  until?: string;
  /**
   * With `until`: so long before it.
   */
  before?: string;
  /**
   * With `until`: so long after it.
   */
  after?: string;
  window?: DelayWindow;
  /**
   * A clock of the run, which states start, pause and stop.
   */
  clock?: string;
  budget?: Expression9;
  /**
   * With `clock`: the part of its budget after which the wait is over; without it, all.
   */
  fraction?: number;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression7 {
  cel: string;
}
/**
 * The wait is over in these hours of these days alone: what ends outside of them waits for their next beginning. By itself, it waits for no more than that.
 *
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "delayWindow".
 */
export interface DelayWindow {
  /**
   * @minItems 1
   */
  days: [
    "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun",
    ...("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[]
  ];
  from?: string;
  /**
   * After `from`; without it, midnight.
   */
  to?: string;
  zone?: Expression8;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression8 {
  cel: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression9 {
  cel: string;
}
/**
 * Which records begin a run by themselves. A person may begin one in any case.
 *
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "enrolment".
 */
export interface Enrolment {
  /**
   * What begins it: that `when` becomes true of a record, that a record is made, an event that comes for it, or nothing but a person.
   */
  on?: "condition" | "created" | "event" | "hand";
  when?: Expression10;
  /**
   * With `event`: which. What it brings along stands in the context by its names.
   */
  event?: string;
  /**
   * Whether a record that has been through may begin once more.
   */
  again?: "never" | "after_end";
  /**
   * With `again`: not before so long after it began the last time.
   */
  window?: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression10 {
  cel: string;
}
/**
 * Whoever does this, or becomes this, has what the workflow is for, wherever the run stands: what no transition takes ends the run. Who has it already does not begin.
 */
export interface Goal {
  /**
   * This interface was referenced by `WorkflowDocument`'s JSON-Schema
   * via the `definition` "eventType".
   */
  event?: string;
  when?: Expression11;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression11 {
  cel: string;
}
/**
 * A record of which this becomes true leaves the workflow, wherever the run stands. Of whom it is true already does not begin.
 */
export interface Exit {
  when: Expression12;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression12 {
  cel: string;
}
/**
 * Hours of the day in which nothing is sent; what is due then goes out at their end.
 *
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "quietHours".
 */
export interface QuietHours {
  from: string;
  to: string;
  zone?: Expression13;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression13 {
  cel: string;
}
/**
 * So many messages to a record by one way in any span of this length, and no more; all workflows that cap it count.
 *
 * This interface was referenced by `WorkflowDocument`'s JSON-Schema
 * via the `definition` "cap".
 */
export interface Cap {
  /**
   * The action that sends: `notify`, `http.call`, `webhook`.
   */
  channel: string;
  max: number;
  per: string;
  /**
   * What is too much waits until there is room, or is left out.
   */
  over?: "wait" | "skip";
}
/**
 * What holds for the whole workspace. There is one.
 */
export interface WorkspaceDocument {
  $schema: "urn:trellis:workspace:1";
  $id: "workspace";
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  name: string;
  currency: string;
  time_zone: string;
  /**
   * @minItems 1
   */
  languages: [string, ...string[]];
  /**
   * ISO 8601: 1 is Monday.
   */
  week_start?: number;
  /**
   * The month.
   */
  fiscal_year_start?: number;
}
