import type { DescribedField } from "engine";

/** What every widget is given. `value` is bound: what a person enters is there at once. */
export interface WidgetProps<Value = unknown> {
  readonly field: DescribedField;
  value: Value | null;
  /** The id that the label points at. */
  readonly id: string;
  readonly invalid?: boolean;
  readonly required?: boolean;
  /** The name of what a reference points at, where it is known. */
  readonly name?: string | null;
  /** Enter was pressed where it does not begin a new line. */
  readonly onenter?: () => void;
}
