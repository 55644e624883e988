import { adminRole, type DescribedField } from "engine";
import type { RoleDocument } from "schemas";
import { words } from "#lib/words/index.ts";
import type { Place } from "./places.ts";

/** Who writes, as something that conditions can ask for: one of these roles. */
export function whoWrites(roles: readonly RoleDocument[]): readonly Place[] {
  const choices = [
    { value: adminRole, title: words.previewEverybody },
    ...roles.map(({ $id, title }) => ({ value: $id, title })),
  ];
  const field: DescribedField = {
    ...{ name: "roles", title: words.byRole, field: "multi_select", widget: "multi_select", choices, targets: [] },
    ...{ required: false, readOnly: true, writable: false, system: true },
  };
  return [{ path: "user.roles", title: words.byRole, field }];
}
