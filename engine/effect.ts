/** What a machine asks for on its way; the runtime performs it in the step's transaction. */
export type Effect =
  /** Part of the run itself: names of its context and their new values. */
  | { readonly do: "context.set"; readonly values: Readonly<Record<string, unknown>> }
  /** An event to the same run, taken before the step ends. */
  | { readonly do: "raise"; readonly event: string; readonly data?: unknown }
  /** A change of the record that the run is bound to. */
  | { readonly do: "record.update"; readonly values: Readonly<Record<string, unknown>> }
  | { readonly do: "record.create"; readonly entity: string; readonly values: Readonly<Record<string, unknown>> }
  | { readonly do: "notify"; readonly to: string; readonly title: string; readonly body: string | null };
