import type { AnyDocument } from "schemas";
import type { Known } from "../check/field.ts";
import type { Model } from "../model.ts";
import type { Fault } from "../problem.ts";

/** The way from the root of a document to something in it. */
export type Steps = readonly (string | number)[];

/** A name that stands in a document: where, and what it names. */
export interface Mention {
  readonly steps: Steps;
  /** The name is the last step itself, a key; otherwise it is a piece of the text that stands there. */
  readonly key?: true;
  readonly start: number;
  readonly end: number;
  /** What is named, for ever; see `engine/address.ts`. */
  readonly address: string;
  /** The piece is a literal of an expression, quotes included. */
  readonly quoted?: true;
  /** The place can be taken out of the document, and what is left still stands. */
  readonly spare?: true;
}

/** A part of a document that has an identity of its own: a field, a state, a column. */
export interface Part {
  /** Unique in the document, for ever. */
  readonly id: string;
  /** The JSON Pointer in the document. */
  readonly path: string;
  /** What it is, as people say: "Field", "State". Empty for the document itself. */
  readonly what: string;
  readonly title: string;
  /** What it is called by others, where that is not its title. */
  readonly name?: string;
  /** The part that holds it. */
  readonly within?: string;
  /** Whether its place among its like means something. */
  readonly ordered?: true;
  /** What else is said of it. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** What is said of a thing to people, by the member that says it. */
export type SaidKey = "title" | "plural" | "description" | "message" | "refused";

/** A text of a document that people read, and that translations say in other languages. */
export interface Said {
  /** Of what it is said: what follows the document's anchor in the address; empty for the document itself. */
  readonly id: string;
  readonly key: SaidKey;
  /** What that is, as people say: "Field", "State". Empty for the document itself. */
  readonly what: string;
  readonly steps: Steps;
  readonly text: string;
}

/** What the engine knows of one kind of document, beside its schema. One file in this folder each. */
export interface DocumentKind<Document extends AnyDocument = AnyDocument> {
  /** Every name in the document that is found in the model. What is not found is told by `check`. */
  readonly mentions: (document: Document, model: Model) => readonly Mention[];
  /** The document in its parts, the document itself first. */
  readonly parts: (document: Document, model: Model) => readonly Part[];
  /** What is wrong with the document among the others of its model, beyond its schema. It never throws. */
  readonly check?: (document: Document, model: Model, known: Known) => readonly Fault[];
  /** What the document says to people; nothing where it is read by nobody but the engine. */
  readonly said?: (document: Document) => readonly Said[];
}
