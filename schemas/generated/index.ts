/* Written by `pnpm run types` from the JSON Schemas beside it. */

export type AnyDocument =
  | CalendarDocument
  | ConnectionDocument
  | ConversionDocument
  | DashboardDocument
  | DuplicateRuleDocument
  | EntityDocument
  | FormDocument
  | IntakeDocument
  | LayoutDocument
  | MailboxDocument
  | MessageDocument
  | PortalDocument
  | PurposeDocument
  | QueueDocument
  | ReportDocument
  | RoleDocument
  | ScoreDocument
  | SegmentDocument
  | SlaPolicyDocument
  | SnippetDocument
  | SurveyDocument
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
 * The records that may be shared one by one with whoever has this role; all where none of her roles says anything. One that may not is not shared, and a share that stands holds only while this does. In a condition `user` is who shares.
 */
export type Sharable = ("none" | "all") | Expression;
/**
 * @minItems 3
 * @maxItems 3
 *
 * This interface was referenced by `ScoreDocument`'s JSON-Schema
 * via the `definition` "cuts".
 */
export type Cuts = [number, number, number];
/**
 * @minItems 1
 * @maxItems 24
 *
 * This interface was referenced by `SlaPolicyDocument`'s JSON-Schema
 * via the `definition` "tags".
 */
export type Tags = [string, ...string[]];
/**
 * After a part of the target, or so much business time before its end.
 *
 * This interface was referenced by `SlaPolicyDocument`'s JSON-Schema
 * via the `definition` "warning".
 */
export type ClockWarning =
  | {
      fraction: number;
    }
  | {
      before: string;
    };
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
   * `webhook`: it is told what happens, by signed messages. `http`: workflows call it, at addresses under `url`, and its secret goes along. `smtp`: mails leave by it, and its secret is the password.
   */
  channel: "webhook" | "http" | "smtp";
  /**
   * With channel `smtp`: `smtp://mail.example.com:587`, or `smtps://` where the server speaks TLS from the start.
   */
  url: string;
  /**
   * With channel `smtp`: who signs in; without it nobody does.
   */
  user?: string;
  /**
   * With `smtp://`: nothing goes without STARTTLS (where nothing is said), it is used where the server offers it, or never.
   */
  tls?: "required" | "offered" | "none";
  /**
   * With channel `smtp`: the sender of what does not name its own.
   */
  from?: {
    address: string;
    name?: string;
  };
  /**
   * With channel `smtp`: the domain that mails which cannot be delivered come back to; the sender's where nothing is said.
   */
  bounces?: string;
  /**
   * With channel `smtp`: no mail leaves; all of them come to the mailbox of the house.
   */
  capture?: boolean;
  limits?: MailLimits;
  /**
   * With channel `http`: the header that carries the secret; `authorization` where nothing is said.
   */
  header?: string;
  /**
   * With channel `http`: the word before the secret; where nothing is said, `Bearer` in `authorization` and none elsewhere.
   */
  scheme?: string;
  /**
   * What it is told of, by the entity: nothing with channels `http` and `smtp`.
   */
  entities: {
    [k: string]: Subject;
  };
}
/**
 * With channel `smtp`: how many connections at once, mails at once to one domain, and mails to one domain in a minute.
 */
export interface MailLimits {
  lines?: number;
  domain_lines?: number;
  per_minute?: number;
  warm_up?: WarmUp;
}
/**
 * For a sending domain that is new: so many mails on its first day, and on each day on which it has sent, so many percent more; not after a day on which many were told to come later.
 */
export interface WarmUp {
  first: number;
  growth: number;
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
 * What one record becomes: several others that are made, or found where they stand, as one operation that one undo takes back.
 */
export interface ConversionDocument {
  $schema: "urn:trellis:conversion:1";
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
  when?: Expression1;
  /**
   * Sent to the record when all is made: the move of its workflow that says that it is converted.
   */
  event?: string;
  /**
   * @minItems 1
   * @maxItems 8
   */
  makes:
    | [Made]
    | [Made, Made]
    | [Made, Made, Made]
    | [Made, Made, Made, Made]
    | [Made, Made, Made, Made, Made]
    | [Made, Made, Made, Made, Made, Made]
    | [Made, Made, Made, Made, Made, Made, Made]
    | [Made, Made, Made, Made, Made, Made, Made, Made];
  /**
   * Lists of the record whose records go along, activities for instance: what their fields point at then. One whose reference stays is told by the record as before.
   *
   * @maxItems 20
   */
  moves?:
    | []
    | [MovedList]
    | [MovedList, MovedList]
    | [MovedList, MovedList, MovedList]
    | [MovedList, MovedList, MovedList, MovedList]
    | [MovedList, MovedList, MovedList, MovedList, MovedList]
    | [MovedList, MovedList, MovedList, MovedList, MovedList, MovedList]
    | [MovedList, MovedList, MovedList, MovedList, MovedList, MovedList, MovedList]
    | [MovedList, MovedList, MovedList, MovedList, MovedList, MovedList, MovedList, MovedList]
    | [MovedList, MovedList, MovedList, MovedList, MovedList, MovedList, MovedList, MovedList, MovedList]
    | [MovedList, MovedList, MovedList, MovedList, MovedList, MovedList, MovedList, MovedList, MovedList, MovedList]
    | [
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList
      ]
    | [
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList
      ]
    | [
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList
      ]
    | [
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList
      ]
    | [
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList
      ]
    | [
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList
      ]
    | [
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList
      ]
    | [
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList
      ]
    | [
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList
      ]
    | [
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList,
        MovedList
      ];
  /**
   * The name of what is made on which the files of the record hang as well.
   */
  files?: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression1 {
  cel: string;
}
/**
 * One record that is made, or found. What stands later may point at it.
 */
export interface Made {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  name: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  entity: string;
  when?: Expression2;
  /**
   * What finds a record that stands already: the first of these that finds one. A value that is empty finds none.
   *
   * @maxItems 4
   */
  match?:
    | []
    | [MadeMatch]
    | [MadeMatch, MadeMatch]
    | [MadeMatch, MadeMatch, MadeMatch]
    | [MadeMatch, MadeMatch, MadeMatch, MadeMatch];
  /**
   * Fields that both have by the same name and type are carried over; `values` goes before.
   */
  alike?: boolean;
  /**
   * An expression over the record, a value, or `{"made": name}`: what stands before it in the list.
   */
  values?: {
    [k: string]: unknown;
  };
  /**
   * Whether a record that is found takes the values for those of its fields that are empty.
   */
  fill?: boolean;
  /**
   * The reference of the converted record that points at it.
   */
  into?: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression2 {
  cel: string;
}
export interface MadeMatch {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  field: string;
  value: Expression;
  /**
   * As texts, great and small letters alike; or by the domain of addresses.
   */
  as?: "text" | "domain";
}
export interface MovedList {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  list: string;
  /**
   * References, each with the name of what is made.
   */
  set: {
    /**
     * This interface was referenced by `EntityDocument`'s JSON-Schema
     * via the `definition` "name".
     */
    [k: string]: string;
  };
}
/**
 * Reports and lists on one page, with filters that they share. Each card is read with the rights of whoever looks.
 */
export interface DashboardDocument {
  $schema: "urn:trellis:dashboard:1";
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
   * Whether one period can be chosen for all reports that have one.
   */
  period?: boolean;
  /**
   * What is chosen for several cards at once.
   *
   * @maxItems 24
   */
  filters?: DashboardFilter[];
  mails?: DashboardMails;
  /**
   * @maxItems 48
   */
  cards: DashboardCard[];
}
/**
 * This interface was referenced by `DashboardDocument`'s JSON-Schema
 * via the `definition` "filter".
 */
export interface DashboardFilter {
  /**
   * This interface was referenced by `ReportDocument`'s JSON-Schema
   * via the `definition` "id".
   */
  id: string;
  title: string;
  /**
   * The entity whose values are offered.
   */
  source: string;
  /**
   * A field of it, or a path over references. It narrows the cards that show this entity.
   */
  path: string;
}
/**
 * Its reports go by mail, to each as she may see them, in her language and at this time of her own day. Whoever does not want them says so herself.
 *
 * This interface was referenced by `DashboardDocument`'s JSON-Schema
 * via the `definition` "mails".
 */
export interface DashboardMails {
  /**
   * Whoever has one of these roles gets it.
   *
   * @minItems 1
   * @maxItems 24
   *
   * Items: This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  roles: [string, ...string[]];
  at: string;
  /**
   * On these days of the week; without them on every day.
   *
   * @minItems 1
   */
  days?: [
    "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun",
    ...("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[]
  ];
  /**
   * A calendar: it goes on its working days only.
   */
  calendar?: string;
}
/**
 * This interface was referenced by `DashboardDocument`'s JSON-Schema
 * via the `definition` "card".
 */
export interface DashboardCard {
  /**
   * This interface was referenced by `ReportDocument`'s JSON-Schema
   * via the `definition` "id".
   */
  id: string;
  title?: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  report?: string;
  /**
   * A view, whose first records are listed.
   */
  view?: string;
  /**
   * How many of twelve columns it takes.
   */
  wide?: 3 | 4 | 6 | 8 | 12;
  /**
   * Whether a chart begins as its table.
   */
  table?: boolean;
}
/**
 * Which records of an entity are alike though not equal: all of `match` holds between them. Several rules of an entity are alternatives. Who makes or changes a record is told of those that are alike before it is stored; what is stored in spite of it is on the list of pairs.
 */
export interface DuplicateRuleDocument {
  $schema: "urn:trellis:duplicate-rule:1";
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
   * A field that is empty is like no other.
   *
   * @minItems 1
   * @maxItems 5
   */
  match:
    | [Likeness]
    | [Likeness, Likeness]
    | [Likeness, Likeness, Likeness]
    | [Likeness, Likeness, Likeness, Likeness]
    | [Likeness, Likeness, Likeness, Likeness, Likeness];
  where?: Expression3;
  /**
   * `ask`: it is stored with a reason. `refuse`: with a reason, by who has the right to bypass wherever she may write.
   */
  act?: "ask" | "refuse";
  /**
   * What is told of one that is alike to who may not see it: that there is one, or besides who owns it.
   */
  tell?: "existence" | "owner";
}
/**
 * This interface was referenced by `DuplicateRuleDocument`'s JSON-Schema
 * via the `definition` "likeness".
 */
export interface Likeness {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  field: string;
  /**
   * `same`: equal but for the case and the width of letters and for blanks. `similar`: half of the groups of three letters are shared. `digits`: equal in their digits, zeros in front apart.
   */
  by: "same" | "similar" | "digits";
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression3 {
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
   * The place among the entities wherever they are listed; those without one follow by their names.
   */
  order?: number;
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
    done?: Expression4;
  };
  /**
   * Its records are about people: what is kept of one can be had as a file, and erased.
   */
  person?: {
    /**
     * The field with the e-mail address by which mails, consents and texts are known to be hers.
     */
    address: string;
    /**
     * The field with the tag of the language in which she is written to: what she chooses on a page is kept there, and messages read it where they say nothing else.
     */
    language?: string;
  };
  merge?: Merging;
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
export interface Expression4 {
  cel: string;
}
/**
 * What a record of this entity says when it is joined into another one, before it goes to the trash.
 */
export interface Merging {
  /**
   * The reference to its own entity that then points at the record into which it was joined.
   */
  into: string;
  /**
   * What it is sent, where one of its runs waits for it.
   */
  event?: string;
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
   * No two records outside the trash share a value; an e-mail address none, in whichever of their fields it stands.
   */
  unique?: boolean;
  visible_when?: Expression5;
  /**
   * What becomes of the value where `visible_when` does not hold; it is kept unless this says otherwise.
   */
  when_hidden?: "keep" | "clear";
  required_when?: Expression6;
  /**
   * Where `when` holds, the field takes these of its choices only; what several say holds together.
   */
  offers?: Offered[];
  [k: string]: unknown;
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
 * A form for everybody, on a page of its own or within other pages: what is sent by it makes a record, or fills in the one that has the same e-mail address. Whoever sends it may have a record of her own, to which that of the form leads.
 */
export interface FormDocument {
  $schema: "urn:trellis:form:1";
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
   * What stands before the fields.
   */
  description?: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  entity: string;
  /**
   * In which it speaks; English without it.
   */
  language?: "en" | "ja" | "zh-Hant" | "id";
  /**
   * Nothing is taken while it is closed.
   */
  open?: boolean;
  /**
   * @maxItems 60
   */
  fields: FormField[];
  /**
   * What is filled in without being asked for.
   *
   * @maxItems 30
   */
  hidden?: FormHidden[];
  /**
   * @maxItems 10
   */
  consents?:
    | []
    | [FormConsent]
    | [FormConsent, FormConsent]
    | [FormConsent, FormConsent, FormConsent]
    | [FormConsent, FormConsent, FormConsent, FormConsent]
    | [FormConsent, FormConsent, FormConsent, FormConsent, FormConsent]
    | [FormConsent, FormConsent, FormConsent, FormConsent, FormConsent, FormConsent]
    | [FormConsent, FormConsent, FormConsent, FormConsent, FormConsent, FormConsent, FormConsent]
    | [FormConsent, FormConsent, FormConsent, FormConsent, FormConsent, FormConsent, FormConsent, FormConsent]
    | [
        FormConsent,
        FormConsent,
        FormConsent,
        FormConsent,
        FormConsent,
        FormConsent,
        FormConsent,
        FormConsent,
        FormConsent
      ]
    | [
        FormConsent,
        FormConsent,
        FormConsent,
        FormConsent,
        FormConsent,
        FormConsent,
        FormConsent,
        FormConsent,
        FormConsent,
        FormConsent
      ];
  /**
   * The field whose address finds the record of whoever has been here before; without it each sending makes a record.
   */
  match?: string;
  person?: FormPerson;
  /**
   * What the button says.
   */
  submit?: string;
  /**
   * What is said after it was sent.
   */
  thanks?: string;
  /**
   * Where to go after it was sent.
   */
  redirect?: string;
  /**
   * Web sites that may show it within their pages.
   *
   * @maxItems 50
   */
  origins?: string[];
}
/**
 * This interface was referenced by `FormDocument`'s JSON-Schema
 * via the `definition` "field".
 */
export interface FormField {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  field: string;
  /**
   * Without it, the field's own label.
   */
  title?: string;
  /**
   * What helps to fill it in.
   */
  description?: string;
  required?: boolean;
  /**
   * Whoever sends the form may change what stands there already; otherwise only what is empty is filled in.
   */
  overwrite?: boolean;
}
/**
 * This interface was referenced by `FormDocument`'s JSON-Schema
 * via the `definition` "hidden".
 */
export interface FormHidden {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  field: string;
  /**
   * The parameter of the page's address that holds it: `utm_source`.
   */
  query?: string;
  value?: unknown;
}
/**
 * This interface was referenced by `FormDocument`'s JSON-Schema
 * via the `definition` "consent".
 */
export interface FormConsent {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  purpose: string;
  channel: "email" | "phone";
  /**
   * What one agrees to; it is kept with each consent.
   */
  wording: string;
  /**
   * It is not sent without.
   */
  required?: boolean;
}
/**
 * Whoever sends the form, where the record that it makes is not about her alone: she is found by her address, or made, and the record leads to her.
 *
 * This interface was referenced by `FormDocument`'s JSON-Schema
 * via the `definition` "person".
 */
export interface FormPerson {
  /**
   * The field of the record that points at her.
   */
  reference: string;
  /**
   * What she is asked about herself, before all else.
   *
   * @maxItems 30
   */
  fields: FormField[];
  /**
   * The field of hers whose address finds her.
   */
  match: string;
  /**
   * Values that she has besides where nobody knows her yet.
   */
  values?: {
    [k: string]: unknown;
  };
  /**
   * Fields of the record, and the fields of hers from which they are taken.
   */
  copied?: {
    /**
     * This interface was referenced by `EntityDocument`'s JSON-Schema
     * via the `definition` "name".
     */
    [k: string]: string;
  };
}
/**
 * What somebody outside posts becomes a record or an event. In whose name, and the secret, are set where it is used.
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
   * `signature`: each message is signed with the secret (Standard Webhooks). `token`: the secret comes along as `Authorization: Bearer`, for machines that sign nothing; a message without `Webhook-Id` is another one each time.
   */
  proof?: "signature" | "token";
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
   * @maxItems 8
   */
  facts?:
    | []
    | [string]
    | [string, string]
    | [string, string, string]
    | [string, string, string, string]
    | [string, string, string, string, string]
    | [string, string, string, string, string, string]
    | [string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string];
  sections?: {
    title?: string;
    visible_when?: Expression7;
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
  /**
   * Lists of the record whose records' lives run into its timeline: when they were made, moved, written about and told of. The newest 500 of each.
   *
   * @maxItems 12
   */
  timeline?:
    | []
    | [TimelineList]
    | [TimelineList, TimelineList]
    | [TimelineList, TimelineList, TimelineList]
    | [TimelineList, TimelineList, TimelineList, TimelineList]
    | [TimelineList, TimelineList, TimelineList, TimelineList, TimelineList]
    | [TimelineList, TimelineList, TimelineList, TimelineList, TimelineList, TimelineList]
    | [TimelineList, TimelineList, TimelineList, TimelineList, TimelineList, TimelineList, TimelineList]
    | [TimelineList, TimelineList, TimelineList, TimelineList, TimelineList, TimelineList, TimelineList, TimelineList]
    | [
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList
      ]
    | [
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList
      ]
    | [
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList
      ]
    | [
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList,
        TimelineList
      ];
  /**
   * What is said above the record while a condition holds. Like a rule, a condition reads what it names whoever looks.
   *
   * @maxItems 8
   */
  banners?:
    | []
    | [Banner]
    | [Banner, Banner]
    | [Banner, Banner, Banner]
    | [Banner, Banner, Banner, Banner]
    | [Banner, Banner, Banner, Banner, Banner]
    | [Banner, Banner, Banner, Banner, Banner, Banner]
    | [Banner, Banner, Banner, Banner, Banner, Banner, Banner]
    | [Banner, Banner, Banner, Banner, Banner, Banner, Banner, Banner];
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression7 {
  cel: string;
}
export interface TimelineList {
  /**
   * The `inverse` of a reference that points here.
   */
  list: string;
  /**
   * Records that a reader does not see stand there as one line that says nothing but that there is something.
   */
  masked?: boolean;
}
export interface Banner {
  when: Expression;
  tone?: "info" | "warning" | "danger";
  text: string;
  /**
   * What can be done at once: joining the record with those of its own entity that the condition finds by `any` in a list.
   */
  offer?: "merge";
}
/**
 * An address to which people write, and the records that their mails become. In whose name, and the password of its server, are set where it is used.
 */
export interface MailboxDocument {
  $schema: "urn:trellis:mailbox:1";
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
   * In small letters. Answers to a record come back to this address with a plus sign and a signed word behind its name.
   */
  address: string;
  /**
   * The name that its mails come from; its title where none is said.
   */
  sender?: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  entity: string;
  fields: MailboxFields;
  /**
   * Values that every new record has.
   */
  values?: {
    [k: string]: unknown;
  };
  /**
   * Fields of a new record, and the fields of its sender from which they are taken.
   */
  copied?: {
    /**
     * This interface was referenced by `EntityDocument`'s JSON-Schema
     * via the `definition` "name".
     */
    [k: string]: string;
  };
  new_sender?: NewSender;
  /**
   * What a record is sent when a mail of somebody outside joins it, where it waits for that.
   */
  reply_event?: string;
  done?: MailboxDone;
  /**
   * A mail of the same sender with the same subject within so many days is told as a possible match; off without it.
   */
  suggest_days?: number;
  auto_reply?: AutoReply;
  imap?: MailboxServer;
}
/**
 * What a new record has of its mail, by the fields that take it.
 */
export interface MailboxFields {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  subject: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  body?: string;
  /**
   * A reference to whoever has the sender's address.
   */
  sender?: string;
}
/**
 * Makes a record of a sender whom nobody knows. Without it a mail of hers makes a record without a sender.
 */
export interface NewSender {
  /**
   * The field that takes her name.
   */
  name: string;
  values?: {
    [k: string]: unknown;
  };
}
/**
 * When a record is done, and what a mail to it does then.
 */
export interface MailboxDone {
  when: Expression;
  /**
   * Since when it is done; its last change where none is named.
   */
  at?: string;
  /**
   * So long it may be opened again; a later mail makes a new record.
   */
  days: number;
  /**
   * What opens it again.
   */
  event?: string;
  /**
   * The field of the new record that points at the one which is done.
   */
  follows?: string;
}
/**
 * What the sender of a new record is told at once. Liquid: {{ subject }}, {{ sender }} and the fields of the record.
 */
export interface AutoReply {
  subject: string;
  text: string;
}
/**
 * Where its mails are fetched from. The password is set where it is used.
 */
export interface MailboxServer {
  host: string;
  port?: number;
  /**
   * TLS from the first byte; false begins in the clear and asks for STARTTLS.
   */
  secure?: boolean;
  user: string;
  /**
   * INBOX where none is said.
   */
  folder?: string;
  /**
   * What its secret is: a password, where nothing is said, or a token of XOAUTH2.
   */
  sign_in?: "password" | "token";
  /**
   * What becomes there of a mail that was taken: nothing, where nothing is said; it is marked as read; it goes to another folder.
   */
  then?: "leave" | "flag" | "move";
  /**
   * With `move`: the other folder.
   */
  moved_to?: string;
  /**
   * At first, mails that came within so many days before are taken, too; 0 where nothing is said.
   */
  since_days?: number;
}
/**
 * A mail as it is written: to whom, for what, and its blocks. Texts may name values of the record by `{{ path }}`, with filters behind a bar.
 */
export interface MessageDocument {
  $schema: "urn:trellis:message:1";
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
   * Whose records it is written to.
   */
  entity: string;
  /**
   * The field with the address; the first one of type `email` where nothing is said.
   */
  to?: string;
  /**
   * What its receivers must have agreed to; without it, it belongs to a service that they use.
   */
  purpose?: string;
  channel: "mail";
  /**
   * In which language its texts are, how dates and numbers are written, and what stands in the footer; that of the workspace where nothing is said.
   */
  language?: string;
  /**
   * What its receiver speaks, by a path: `contact.language`. What she has chosen by a link of a mail goes before it.
   */
  speaks?: string;
  /**
   * The time zone of its receiver, by a path: `contact.time_zone`. Hours in which nothing is sent are counted in it; where it is not known, in that of the journey, else of the workspace.
   */
  zone?: string;
  /**
   * The other languages that it is written in, by their tags. What is not said in one of them is said as the message says it.
   */
  languages?: {
    [k: string]: MessageWords;
  };
  subject: string;
  /**
   * What lists of mails show behind the subject.
   */
  preheader?: string;
  from?: {
    address: string;
    name?: string;
  };
  reply_to?: string;
  /**
   * Whether it is noted that it was opened, as far as a picture can tell.
   */
  opens?: boolean;
  /**
   * @maxItems 200
   */
  blocks: MessageBlock[];
}
export interface MessageWords {
  subject?: string;
  preheader?: string;
}
/**
 * A part of a mail. `id` is its own for ever. What else it has follows from its type.
 *
 * This interface was referenced by `MessageDocument`'s JSON-Schema
 * via the `definition` "block".
 */
export interface MessageBlock {
  id: string;
  type: "text" | "heading" | "button" | "image" | "divider" | "columns" | "when";
  /**
   * Of `text`: paragraphs apart by an empty line, **strong**, *emphasis*, [links](https://example.com).
   */
  text?: string;
  /**
   * Of `button` and `image`: where it leads, and where the image lies.
   */
  url?: string;
  /**
   * Of `image`: where it leads.
   */
  link?: string;
  /**
   * Of `image`: what it says to those who do not see it.
   */
  alt?: string;
  /**
   * What it says in the other languages of the message.
   */
  languages?: {
    [k: string]: MessageBlockWords;
  };
  /**
   * Of `image`, in pixels.
   */
  width?: number;
  align?: "left" | "center" | "right";
  /**
   * @minItems 2
   * @maxItems 3
   */
  columns?: [MessageBlock[], MessageBlock[]] | [MessageBlock[], MessageBlock[], MessageBlock[]];
  if?: Expression;
  /**
   * @maxItems 50
   */
  then?: MessageBlock[];
  /**
   * @maxItems 50
   */
  else?: MessageBlock[];
}
export interface MessageBlockWords {
  text?: string;
  url?: string;
  link?: string;
  alt?: string;
}
/**
 * Pages for persons outside of the house, who sign in by a link in a mail: which records each of them sees, what of them, and what she may do with them. What is not given is not there.
 */
export interface PortalDocument {
  $schema: "urn:trellis:portal:1";
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
   * What stands where one signs in.
   */
  description?: string;
  /**
   * Nobody comes in while it is closed.
   */
  open?: boolean;
  /**
   * In which it speaks to those whose browsers ask for none of its languages; English without it.
   */
  language?: "en" | "ja" | "zh-Hant" | "id";
  person: PortalPerson;
  /**
   * @maxItems 30
   */
  records: PortalRecords[];
}
/**
 * Who signs in.
 */
export interface PortalPerson {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  entity: string;
  /**
   * The field with the address to which the link goes.
   */
  email: string;
  when?: Expression8;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression8 {
  cel: string;
}
/**
 * This interface was referenced by `PortalDocument`'s JSON-Schema
 * via the `definition` "records".
 */
export interface PortalRecords {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  entity: string;
  /**
   * What many of them are called; without it, what the entity calls them.
   */
  title?: string;
  when: Expression9;
  /**
   * The field that says whose a record is: filled in where she makes one.
   */
  person?: string;
  /**
   * What is shown of a record. Nothing else of it is.
   *
   * @maxItems 40
   */
  fields: PortalField[];
  /**
   * The field by whose state records are told apart, shown by public names alone.
   */
  state?: string;
  /**
   * What states are called here; the name of a state goes for those within it as well.
   *
   * @maxItems 100
   */
  states?: PortalState[];
  new?: PortalNew;
  /**
   * What she may send a record where its workflow waits for it.
   *
   * @maxItems 30
   */
  events?: PortalEvent[];
  conversation?: PortalConversation;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression9 {
  cel: string;
}
/**
 * This interface was referenced by `PortalDocument`'s JSON-Schema
 * via the `definition` "field".
 */
export interface PortalField {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  field: string;
  title?: string;
  /**
   * Shown in the list as well.
   */
  list?: boolean;
}
export interface PortalState {
  state: string;
  title: string;
}
/**
 * How she makes a record; without it she makes none.
 */
export interface PortalNew {
  /**
   * What the button says.
   */
  title?: string;
  /**
   * @maxItems 40
   */
  fields: FormField[];
  /**
   * Fields that take what the person has: field of the record to field of the person.
   */
  copied?: {
    /**
     * This interface was referenced by `EntityDocument`'s JSON-Schema
     * via the `definition` "name".
     */
    [k: string]: string;
  };
  /**
   * Values that each new record gets.
   */
  values?: {
    [k: string]: unknown;
  };
}
export interface PortalEvent {
  event: string;
  title?: string;
  /**
   * What she is asked for with it.
   *
   * @maxItems 30
   */
  fields?: FormField[];
}
/**
 * Mails between the house and the persons of the record are shown; without it none are. Notes of the house never are.
 */
export interface PortalConversation {
  /**
   * She may write.
   */
  answer?: boolean;
  /**
   * What the record is sent when she has written: the first one that its workflow waits for.
   *
   * @maxItems 30
   */
  events?: string[];
}
/**
 * What people are written to for, as they are asked for their consent to it. Consent is given to a purpose, by an address.
 */
export interface PurposeDocument {
  $schema: "urn:trellis:purpose:1";
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
   * What people agree to, in their words.
   */
  description?: string;
  /**
   * The ground on which it stands where nothing else is said.
   */
  basis: "consent" | "implied" | "contract" | "legitimate";
  /**
   * What is given counts once it is confirmed by a link that went to the address.
   */
  double_opt_in?: boolean;
  quiet_hours?: PurposeHours;
  /**
   * @minItems 1
   */
  caps?: [PurposeCap, ...PurposeCap[]];
}
/**
 * Hours of the day, where its reader is, in which no mail goes for this purpose; what is due then goes at their end.
 */
export interface PurposeHours {
  from: string;
  to: string;
}
/**
 * A mail for this purpose goes where its address got fewer than so many in any span of this length: all mails count that have a purpose, whichever, and by whatever way they went.
 *
 * This interface was referenced by `PurposeDocument`'s JSON-Schema
 * via the `definition` "cap".
 */
export interface PurposeCap {
  max: number;
  per: string;
  /**
   * What is too much waits until there is room, or is left out.
   */
  over?: "wait" | "skip";
}
/**
 * Where records of an entity wait for somebody, and who gets them. A record waits in the first queue whose condition holds, in their order.
 */
export interface QueueDocument {
  $schema: "urn:trellis:queue:1";
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
  order: number;
  when: Expression10;
  /**
   * Who works here: members of this team.
   */
  team?: string;
  /**
   * Who works here: whoever has this role.
   */
  role?: string;
  /**
   * Who is next: nobody before somebody takes it; whose turn it is; who has the smallest part of her capacity in use, or the most of it free; who has had nothing for the longest; who had the last one of the same kind.
   */
  model: "pull" | "round_robin" | "least_load" | "most_available" | "longest_idle" | "last_agent";
  /**
   * With `last_agent`: the field whose value makes two records of the same kind, a contact for instance.
   */
  same?: string;
  /**
   * How much of a person's capacity one record takes.
   */
  weight?: number;
  rank?: QueueRank;
  /**
   * @maxItems 50
   */
  skills?: QueueSkill[];
  /**
   * A record is offered for so long; who lets it pass is taken to be away. Without it, it is given at once.
   */
  offer?: string;
  overflow?: QueueOverflow;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression10 {
  cel: string;
}
/**
 * What goes first: the values of a field, the most urgent one first. Then what is due the earliest, then what has waited the longest.
 */
export interface QueueRank {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  field: string;
  /**
   * @maxItems 100
   */
  values: string[];
}
export interface QueueSkill {
  skill: string;
  level?: number;
  when?: Expression;
  relax?: SkillRelax;
}
/**
 * After so long of waiting a lower level will do; with level 0 anybody will.
 */
export interface SkillRelax {
  after: string;
  level: number;
}
export interface QueueOverflow {
  after: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  to: string;
}
/**
 * What is counted and measured of records, by what, and how it is shown. Whoever runs it sees what her rights show her.
 */
export interface ReportDocument {
  $schema: "urn:trellis:report:1";
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
   * The entity whose records are measured.
   */
  source: string;
  /**
   * What records are grouped by.
   *
   * @maxItems 3
   */
  dimensions?:
    [] | [ReportDimension] | [ReportDimension, ReportDimension] | [ReportDimension, ReportDimension, ReportDimension];
  /**
   * @maxItems 24
   */
  measures: ReportMeasure[];
  filter?: Expression;
  period?: ReportPeriod;
  having?: Expression13;
  compare?: ReportCompare;
  /**
   * The day at whose end records are read, as their history tells.
   */
  as_of?: string;
  /**
   * What it counts and sums up is kept by day beside the records, so that it is quick over millions of them. Whoever's rights hang on more than the owner and what it reads is answered from the records, and so is what has changed today.
   */
  kept?: "day";
  /**
   * Measures of other entities that share the dimensions, a plan beside what came of it. Each is measured by itself: no record counts twice.
   *
   * @maxItems 3
   */
  joined?: [] | [ReportBlock] | [ReportBlock, ReportBlock] | [ReportBlock, ReportBlock, ReportBlock];
  customers?: ReportCustomers;
  waterfall?: ReportWaterfall;
  attribution?: ReportAttribution;
  /**
   * Money is told in the currency of the workspace, by the rates that hold on the last day of the period, or today. What has no rate stays as it is.
   */
  converted?: boolean;
  layout: ReportLayout;
  /**
   * Ids of dimensions and measures separated by commas; a minus before an id turns its order around.
   */
  sort?: string;
  /**
   * How many rows at most.
   */
  limit?: number;
  /**
   * Whether what is in none of the rows is measured as one more.
   */
  other?: boolean;
}
/**
 * This interface was referenced by `ReportDocument`'s JSON-Schema
 * via the `definition` "dimension".
 */
export interface ReportDimension {
  /**
   * This interface was referenced by `ReportDocument`'s JSON-Schema
   * via the `definition` "id".
   */
  id: string;
  title?: string;
  /**
   * A field, or a path over references.
   */
  path: string;
  grain?: "hour" | "day" | "week" | "month" | "quarter" | "year";
  /**
   * The time zone in which days begin; without one, that of the workspace.
   */
  zone?: string;
  fiscal?: ReportYear;
  /**
   * The dimension of a date from which on the grains are counted: the age of a cohort.
   */
  since?: string;
}
/**
 * Years that begin in another month; without one, in the month of the workspace. They are called after the year of their first or their last month.
 *
 * This interface was referenced by `ReportDocument`'s JSON-Schema
 * via the `definition` "fiscal".
 */
export interface ReportYear {
  month?: number;
  named?: "first" | "last";
}
/**
 * This interface was referenced by `ReportDocument`'s JSON-Schema
 * via the `definition` "measure".
 */
export interface ReportMeasure {
  /**
   * This interface was referenced by `ReportDocument`'s JSON-Schema
   * via the `definition` "id".
   */
  id: string;
  title?: string;
  agg:
    | "count"
    | "count_distinct"
    | "sum"
    | "avg"
    | "min"
    | "max"
    | "percentile"
    | "ratio"
    | "time_in_state"
    | "back_moves"
    | "formula";
  of?: Expression;
  where?: Expression11;
  /**
   * Which percentile.
   */
  p?: number;
  /**
   * Of a ratio: the measure that is divided.
   */
  over?: string;
  /**
   * Of a ratio: the measure by which it is divided.
   */
  under?: string;
  value?: Expression12;
  /**
   * The field in which a workflow keeps where records stand.
   */
  path?: string;
  state?: string;
  /**
   * The state is no more in the workflow; of the time before, the journal tells of it still.
   */
  gone?: boolean;
  /**
   * The calendar by whose hours time is counted; without one, by the clock on the wall.
   */
  calendar?: string;
  as?: "count" | "sum" | "avg" | "min" | "max" | "percentile";
  show?: "number" | "percent" | "hours" | "days";
  /**
   * What stands where there is no value.
   */
  empty?: string;
  /**
   * Others are made of it; it is not shown itself.
   */
  hidden?: boolean;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression11 {
  cel: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression12 {
  cel: string;
}
/**
 * Only records whose date lies in it: from the unit that lies so far from the present one up to another (`-12` to `-1` months: the last twelve complete ones), or from a day to a day.
 *
 * This interface was referenced by `ReportDocument`'s JSON-Schema
 * via the `definition` "period".
 */
export interface ReportPeriod {
  path?: string;
  /**
   * This interface was referenced by `ReportDocument`'s JSON-Schema
   * via the `definition` "unit".
   */
  unit?: "day" | "week" | "month" | "quarter" | "year";
  from?: number;
  to?: number;
  first?: string;
  last?: string;
  zone?: string;
  fiscal?: ReportYear;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression13 {
  cel: string;
}
/**
 * The same at another time, beside each row: `-1 year`.
 */
export interface ReportCompare {
  shift: number;
  /**
   * This interface was referenced by `ReportDocument`'s JSON-Schema
   * via the `definition` "unit".
   */
  unit: "day" | "week" | "month" | "quarter" | "year";
}
/**
 * This interface was referenced by `ReportDocument`'s JSON-Schema
 * via the `definition` "block".
 */
export interface ReportBlock {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  source: string;
  /**
   * The path of each dimension in this entity, by its id.
   */
  paths?: {
    [k: string]: string;
  };
  /**
   * @maxItems 24
   */
  measures: ReportMeasure[];
  filter?: Expression;
  /**
   * The date that must lie in the period.
   */
  period?: string;
}
/**
 * Who bought when and for how much: recency, frequency and monetary value of each with their scores, who is likely to buy again (BG/NBD), and what each will spend (gamma-gamma). Purchases of one day count once.
 */
export interface ReportCustomers {
  /**
   * Who bought.
   */
  path: string;
  /**
   * When.
   */
  date: string;
  amount: Expression14;
  /**
   * In which currency an amount is that is a number, as its code. It is told in that of the workspace, by the rate of the day of the purchase, or as `converted` says; what has no rate is in no sum.
   */
  currency?: string;
  /**
   * For so many weeks purchases are foreseen; 52 where nothing is said.
   */
  ahead?: number;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression14 {
  cel: string;
}
/**
 * What became of an amount between the beginning and the end of the period: what was open, what came, grew, shrank, was won, lost or left, and what is open then. Records are read as they were at both moments; the period asks for no date of theirs.
 */
export interface ReportWaterfall {
  amount: Expression15;
  open: Expression16;
  won: Expression17;
  lost: Expression18;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression15 {
  cel: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression16 {
  cel: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression17 {
  cel: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression18 {
  cel: string;
}
/**
 * To what an amount is owed: each record's is shared among what touched its customer before it, by several models side by side. The shares of each model are together what all records come to.
 */
export interface ReportAttribution {
  amount: Expression19;
  /**
   * When it came. Touches after its day do not count.
   */
  date: string;
  /**
   * What shares go to.
   */
  title?: string;
  /**
   * @minItems 1
   * @maxItems 6
   */
  models:
    | ["first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay"]
    | [
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay"
      ]
    | [
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay"
      ]
    | [
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay"
      ]
    | [
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay"
      ]
    | [
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay",
        "first" | "last" | "linear" | "u_shaped" | "w_shaped" | "time_decay"
      ];
  /**
   * @minItems 1
   * @maxItems 4
   */
  touches:
    | [ReportTouch]
    | [ReportTouch, ReportTouch]
    | [ReportTouch, ReportTouch, ReportTouch]
    | [ReportTouch, ReportTouch, ReportTouch, ReportTouch];
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression19 {
  cel: string;
}
/**
 * This interface was referenced by `ReportDocument`'s JSON-Schema
 * via the `definition` "touch".
 */
export interface ReportTouch {
  /**
   * The entity whose records are touches.
   */
  source: string;
  /**
   * What they have in common with what is shared.
   */
  of: string;
  /**
   * The same in the report's entity; without one, the record itself.
   */
  key?: string;
  /**
   * What shares go to.
   */
  by: string;
  /**
   * When it touched.
   */
  date: string;
  filter?: Expression;
}
/**
 * This interface was referenced by `ReportDocument`'s JSON-Schema
 * via the `definition` "layout".
 */
export interface ReportLayout {
  kind: "table" | "matrix" | "bar" | "line" | "funnel" | "kpi" | "cohort" | "customers" | "waterfall" | "attribution";
  /**
   * @maxItems 3
   *
   * Items: This interface was referenced by `ReportDocument`'s JSON-Schema
   * via the `definition` "id".
   */
  rows?: [] | [string] | [string, string] | [string, string, string];
  /**
   * @maxItems 1
   *
   * Items: This interface was referenced by `ReportDocument`'s JSON-Schema
   * via the `definition` "id".
   */
  columns?: [] | [string];
  totals?: boolean;
  /**
   * The measure that is shown as a line to be reached.
   */
  target?: string;
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
  shared?: Sharable;
  /**
   * Per event type of the entity's workflow. An event that is not named needs the right to update.
   */
  events?: {
    [k: string]: Scope;
  };
  /**
   * Per field. A field that is not named follows the record. A roll-up that is not named is read by those who may read every record that it counts; named, it tells its reader of records that she may not see.
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
 * What a record is worth and how keen it is: points for what it is (fit, 0 to 100) and for what has happened (behaviour), which decay exactly. Both together are held against a threshold.
 */
export interface ScoreDocument {
  $schema: "urn:trellis:score:1";
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
  fit?: FitRule[];
  behaviour?: BehaviourRule[];
  grades?: Grades;
  threshold: Threshold;
}
/**
 * This interface was referenced by `ScoreDocument`'s JSON-Schema
 * via the `definition` "fitRule".
 */
export interface FitRule {
  title: string;
  when: Expression;
  /**
   * This interface was referenced by `ScoreDocument`'s JSON-Schema
   * via the `definition` "points".
   */
  points: number;
}
/**
 * This interface was referenced by `ScoreDocument`'s JSON-Schema
 * via the `definition` "behaviourRule".
 */
export interface BehaviourRule {
  title: string;
  type: string;
  data?: DataTest[];
  /**
   * This interface was referenced by `ScoreDocument`'s JSON-Schema
   * via the `definition` "points".
   */
  points: number;
  /**
   * So many points at most, be they positive or negative; with `window`, in each span of time of this length.
   */
  cap?: number;
  window?: string;
  /**
   * After so long half of the points are left; without it they stay.
   */
  half_life?: string;
}
/**
 * Of what a fact brings along: the member of this name.
 *
 * This interface was referenced by `SegmentDocument`'s JSON-Schema
 * via the `definition` "dataTest".
 */
export interface DataTest {
  name: string;
  op: "is" | "is_not" | "starts" | "contains" | "at_least" | "at_most";
  value: string | number | boolean;
}
/**
 * Cut points, the highest first: from which fit on a record is an A, B or C, else a D; from which behaviour on a 1, 2 or 3, else a 4.
 */
export interface Grades {
  fit: Cuts;
  behaviour: Cuts;
}
/**
 * Who comes to `enter` is over it, and stays so until she falls below `leave`.
 */
export interface Threshold {
  enter: number;
  leave: number;
}
/**
 * Records of an entity that fulfil a condition, kept up to date by every write and every fact. All of its clauses must hold, or with `match` any of them.
 */
export interface SegmentDocument {
  $schema: "urn:trellis:segment:1";
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
  match?: "all" | "any";
  where?: Expression20;
  facts?: FactClause[];
  consent?: ConsentClause[];
  in?: SegmentClause[];
  score?: ScoreClause[];
  /**
   * Whether who comes in or goes by a publish of the segment sets off journeys, too.
   */
  journeys?: "later" | "at_once";
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression20 {
  cel: string;
}
/**
 * How often something has happened to the record, in all or lately.
 *
 * This interface was referenced by `SegmentDocument`'s JSON-Schema
 * via the `definition` "factClause".
 */
export interface FactClause {
  type: string;
  data?: DataTest[];
  times?: Times;
  /**
   * `P14D` for instance: so long ago at most.
   */
  within?: string;
  /**
   * It must not be so.
   *
   * This interface was referenced by `SegmentDocument`'s JSON-Schema
   * via the `definition` "not".
   */
  not?: true;
}
/**
 * Without it, once at least.
 */
export interface Times {
  op: "<" | "<=" | "==" | "!=" | ">=" | ">";
  n: number;
}
/**
 * Somebody agreed to be written to for a purpose, by an address of the record.
 *
 * This interface was referenced by `SegmentDocument`'s JSON-Schema
 * via the `definition` "consentClause".
 */
export interface ConsentClause {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  purpose: string;
  channel: "email" | "phone";
  /**
   * It must not be so.
   *
   * This interface was referenced by `SegmentDocument`'s JSON-Schema
   * via the `definition` "not".
   */
  not?: true;
}
/**
 * The record is in another segment of its entity.
 *
 * This interface was referenced by `SegmentDocument`'s JSON-Schema
 * via the `definition` "segmentClause".
 */
export interface SegmentClause {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  segment: string;
  /**
   * Whether it was there at this moment: who came or went later does not count. Without it, now.
   */
  at?: string;
  /**
   * It must not be so.
   *
   * This interface was referenced by `SegmentDocument`'s JSON-Schema
   * via the `definition` "not".
   */
  not?: true;
}
/**
 * The record is over the threshold of a score, or of one of some grades.
 *
 * This interface was referenced by `SegmentDocument`'s JSON-Schema
 * via the `definition` "scoreClause".
 */
export interface ScoreClause {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  score: string;
  grades?: string[];
  /**
   * It must not be so.
   *
   * This interface was referenced by `SegmentDocument`'s JSON-Schema
   * via the `definition` "not".
   */
  not?: true;
}
/**
 * What is promised about the records of an entity: clocks that run in business time, and how long they may.
 */
export interface SlaPolicyDocument {
  $schema: "urn:trellis:sla-policy:1";
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
   * The calendar whose hours count; without one all time does.
   */
  calendar?: string;
  /**
   * The field that is kept: when the next of the running clocks is over.
   */
  due?: string;
  /**
   * The field that is kept: how the clocks stand together.
   */
  status?: string;
  /**
   * Fields with people who hear of warnings and breaches; without it the owner does.
   *
   * @maxItems 24
   *
   * Items: This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  tells?: string[];
  /**
   * @minItems 1
   * @maxItems 24
   */
  clocks: [PolicyClock, ...PolicyClock[]];
  /**
   * What is promised: the first of them whose condition holds. A later change of the record may choose another.
   *
   * @minItems 1
   * @maxItems 50
   */
  targets: [PolicyTarget, ...PolicyTarget[]];
}
/**
 * This interface was referenced by `SlaPolicyDocument`'s JSON-Schema
 * via the `definition` "clock".
 */
export interface PolicyClock {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  name: string;
  title: string;
  start: ClockTrigger;
  pause?: ClockPause;
  stop?: ClockTrigger;
  cancel?: ClockTrigger;
  reset?: ClockTrigger;
  /**
   * It does not begin while this one goes, which stands before it.
   */
  behind?: string;
  /**
   * What begins it does so again when it has ended, each time as a new one.
   */
  each?: true;
  /**
   * @maxItems 24
   */
  warn?: ClockWarning[];
  /**
   * Whether a new target counts from the beginning or from its change.
   */
  on_policy_change?: "retroactive" | "from_change";
  /**
   * What leaving a state that stopped it does.
   */
  on_reopen?: "resume" | "restart" | "new_cycle" | "nothing";
  /**
   * The field that is kept: when it is over.
   */
  due?: string;
  /**
   * The field that is kept: when it was stopped.
   */
  ended?: string;
  /**
   * The field that is kept: how it stands.
   */
  status?: string;
}
/**
 * What moves a clock (begins, ends, gives it up, or begins it anew while it goes): the making of the record, an event, a state with a tag, a condition that begins to hold.
 *
 * This interface was referenced by `SlaPolicyDocument`'s JSON-Schema
 * via the `definition` "trigger".
 */
export interface ClockTrigger {
  created?: true;
  /**
   * @minItems 1
   * @maxItems 24
   */
  events?: [ClockEventPattern, ...ClockEventPattern[]];
  tags?: Tags;
  when?: Expression;
}
/**
 * This interface was referenced by `SlaPolicyDocument`'s JSON-Schema
 * via the `definition` "event".
 */
export interface ClockEventPattern {
  type: string;
  /**
   * Values that the data of the event must have.
   */
  with?: {
    [k: string]: unknown;
  };
}
/**
 * It stands in states with one of these tags, and while the condition holds.
 */
export interface ClockPause {
  tags?: Tags;
  when?: Expression;
}
/**
 * This interface was referenced by `SlaPolicyDocument`'s JSON-Schema
 * via the `definition` "target".
 */
export interface PolicyTarget {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "anchor".
   */
  $anchor: string;
  title: string;
  when?: Expression;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  calendar?: string;
  /**
   * By the clock: open hours (`PT4H`) or working days (`P3D`), never both.
   */
  promises: {
    [k: string]: string;
  };
}
/**
 * A text to answer with, for records of one entity. With values or an event it is a macro: what it says of the record is done when the answer is sent.
 */
export interface SnippetDocument {
  $schema: "urn:trellis:snippet:1";
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
   * Liquid: {{ name }} for each field of the record, {{ sender.name }} for whoever wrote last, {{ user.name }} for who answers.
   */
  text: string;
  /**
   * Values that the record gets.
   */
  values?: {
    [k: string]: unknown;
  };
  /**
   * What the record is sent.
   */
  event?: string;
  /**
   * Who may use it: whoever has one of these roles; without it everybody who answers.
   *
   * @minItems 1
   * @maxItems 50
   *
   * Items: This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  roles?: [string, ...string[]];
}
/**
 * What somebody is asked about a record by mail: a score on a scale, choices, words. A workflow asks by the action `survey.ask`; each ask has a link of its own and takes one answer.
 */
export interface SurveyDocument {
  $schema: "urn:trellis:survey:1";
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
  /**
   * What stands above the questions.
   */
  title: string;
  /**
   * What stands before the questions.
   */
  description?: string;
  /**
   * What is said after it was answered.
   */
  message?: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  entity: string;
  /**
   * The address that is asked, by a path over references: `contact.email`.
   */
  to: string;
  /**
   * The record of whoever is asked, by a path: `contact`. Without it people are told apart by their addresses.
   */
  person?: string;
  /**
   * The user whose work it is about, as it stands when it is asked: `owner`.
   */
  agent?: string;
  unless?: Expression21;
  /**
   * In which it speaks where it is not known what its reader speaks; English without it.
   */
  language?: "en" | "ja" | "zh-Hant" | "id";
  /**
   * What the reader speaks, by a path: `contact.language`.
   */
  speaks?: string;
  /**
   * How long an ask may be answered; two weeks without it.
   */
  valid?: string;
  /**
   * How long an answer may be changed, from the first one on; a day without it.
   */
  change?: string;
  /**
   * One person is asked by this survey once in this span at most; without it as often as workflows ask.
   */
  every?: string;
  mail: SurveyMail;
  /**
   * The first one that is a scale gives the score, the first one that asks for words the comment.
   *
   * @maxItems 24
   */
  questions: SurveyQuestion[];
  keeps?: SurveyKeeps;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression21 {
  cel: string;
}
export interface SurveyMail {
  /**
   * The subject; it may name fields of the record by paths: `{{ subject }}`.
   */
  title: string;
  /**
   * What stands before the scale and the link; fields as in the subject.
   */
  message: string;
}
/**
 * This interface was referenced by `SurveyDocument`'s JSON-Schema
 * via the `definition` "question".
 */
export interface SurveyQuestion {
  /**
   * This interface was referenced by `SurveyDocument`'s JSON-Schema
   * via the `definition` "key".
   */
  id: string;
  /**
   * How satisfied (1 to 5), how likely to recommend (0 to 10), how easy (1 to 7), one of some, words.
   */
  type: "csat" | "nps" | "ces" | "choice" | "text";
  title: string;
  /**
   * What helps to answer it.
   */
  description?: string;
  required?: boolean;
  /**
   * @maxItems 30
   */
  choices?: SurveyChoice[];
}
export interface SurveyChoice {
  /**
   * This interface was referenced by `SurveyDocument`'s JSON-Schema
   * via the `definition` "key".
   */
  value: string;
  title: string;
}
/**
 * Each ask is a record of this entity, and its answer is written into it: what reports, views and roles work on.
 */
export interface SurveyKeeps {
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  entity: string;
  /**
   * The reference to what it is about.
   */
  record?: string;
  /**
   * The reference to whoever is asked.
   */
  person?: string;
  /**
   * The user whose work it is about.
   */
  agent?: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  asked_at?: string;
  /**
   * This interface was referenced by `EntityDocument`'s JSON-Schema
   * via the `definition` "name".
   */
  answered_at?: string;
  /**
   * The fields that answers go to, by the names of the questions.
   */
  answers?: {
    /**
     * This interface was referenced by `EntityDocument`'s JSON-Schema
     * via the `definition` "name".
     */
    [k: string]: string;
  };
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
  send_window?: DelayWindow1;
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
   * Who sends it: a person, a change of the record, a connection, the run itself and other runs, or the clocks of SLA policies (`clock.warned`, `clock.breached`).
   */
  source: "user" | "record" | "integration" | "run" | "clock";
  /**
   * `<entity>.<event>`, the right that the sender needs; without it, the right to update.
   */
  right?: string;
  when?: Expression22;
  /**
   * JSON Schema of the event's data.
   */
  payload?: {
    [k: string]: unknown;
  };
  correlation?: Expression23;
  /**
   * With `correlation`: an event that came before the run waited for it is kept for so long.
   */
  look_back?: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression22 {
  cel: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression23 {
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
  at?: Expression24;
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
  budget?: Expression26;
  /**
   * With `clock`: the part of its budget after which the wait is over; without it, all.
   */
  fraction?: number;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression24 {
  cel: string;
}
/**
 * Hours of days of the week. A wait is over in them alone: what ends outside of them waits for their next beginning; by itself, it waits for no more than that.
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
  zone?: Expression25;
  /**
   * On days on which this calendar is closed by an exception, a holiday for instance, there are no such hours.
   */
  calendar?: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression25 {
  cel: string;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression26 {
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
   * What begins it: that `when` becomes true of a record, that a record is made, an event that comes for it, that it comes into a segment, that the moment of a field of it comes, or nothing but a person.
   */
  on?: "condition" | "created" | "event" | "segment" | "date" | "hand";
  when?: Expression27;
  /**
   * With `event`: which. What it brings along stands in the context by its names.
   */
  event?: string;
  /**
   * With `segment`: which.
   */
  segment?: string;
  /**
   * With `date`: which, a moment or a day of the record. The entry follows its changes; what has passed already when it is written begins nothing.
   */
  field?: string;
  /**
   * With `date`: so long before it, in whole days before a day.
   */
  before?: string;
  /**
   * With `date`: so long after it, in whole days after a day.
   */
  after?: string;
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
export interface Expression27 {
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
  when?: Expression28;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression28 {
  cel: string;
}
/**
 * A record of which `when` becomes true, or to which one of `events` happens, leaves the workflow, wherever the run stands: what no transition takes ends the run, and is the reason. Of whom `when` is true already does not begin.
 */
export interface Exit {
  when?: Expression29;
  /**
   * @minItems 1
   */
  events?: [ExitEvent, ...ExitEvent[]];
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression29 {
  cel: string;
}
export interface ExitEvent {
  /**
   * This interface was referenced by `WorkflowDocument`'s JSON-Schema
   * via the `definition` "eventType".
   */
  event: string;
  when?: Expression30;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression30 {
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
  zone?: Expression31;
}
/**
 * An expression in CEL. It stands wherever a document takes a condition or a computed value.
 */
export interface Expression31 {
  cel: string;
}
/**
 * Hours of days of the week. A wait is over in them alone: what ends outside of them waits for their next beginning; by itself, it waits for no more than that.
 */
export interface DelayWindow1 {
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
  zone?: Expression25;
  /**
   * On days on which this calendar is closed by an exception, a holiday for instance, there are no such hours.
   */
  calendar?: string;
}
/**
 * So many messages to a record by one way in any span of this length, and no more; all workflows that cap it count. Mails are counted when they go, by their address, with all others that have a purpose.
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
  /**
   * Whether business years are called after the year of their first or of their last month.
   */
  fiscal_year_named?: "first" | "last";
  /**
   * What other currencies are worth, for reports that tell all money in that of the workspace.
   *
   * @maxItems 2000
   */
  rates?: WorkspaceRate[];
}
/**
 * This interface was referenced by `WorkspaceDocument`'s JSON-Schema
 * via the `definition` "rate".
 */
export interface WorkspaceRate {
  currency: string;
  /**
   * The first day on which it holds.
   */
  from: string;
  /**
   * How much of the workspace's currency one of it is.
   */
  rate: string;
}
