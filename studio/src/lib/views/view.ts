import type { DescribedEntity } from "engine";
import type { ViewDocument } from "schemas";

/** What every view type is given. */
export interface ViewProps {
  readonly entity: DescribedEntity;
  readonly view: ViewDocument;
  /** Beyond the view's own: filters by hand, in CEL. */
  readonly filter: string;
  readonly search: string;
  readonly sort: string;
  readonly group: string;
  readonly onsort: (sort: string) => void;
  readonly onopen: (id: string) => void;
  /** Shows a record beside the list. */
  readonly onpeek?: (id: string) => void;
  /** The record that stands beside the list: who moves through the list calls `onpeek` with the next one. */
  readonly peeked?: string | undefined;
  /** The day that is looked at, where records lie on days. */
  readonly day?: string | undefined;
  readonly onday?: (day: string) => void;
  readonly onclear: () => void;
  readonly oncreate: () => void;
}

/** The view's own filter and those by hand, all of which must hold. */
export function allFilters(view: ViewDocument, byHand: string): string {
  return [view.filter?.cel, byHand]
    .filter((filter) => filter !== undefined && filter !== "")
    .map((filter) => `(${filter})`)
    .join(" && ");
}
