import { actions, fieldTypes, invocations } from "engine";

interface Kind {
  readonly name: string;
  readonly label: string;
}

const all = (kinds: object) => Object.values(kinds) as readonly Kind[];
const names = (kinds: object) => Object.fromEntries(all(kinds).map(({ name, label }) => [name, label]));

/** What kinds are called, by their names: in English each says so itself. */
export const kinds = {
  actionNames: names(actions),
  fieldTypeNames: Object.fromEntries(
    Object.values(fieldTypes).map(({ name, label, about }) => [name, { label, about }]),
  ),
  invocationNames: names(invocations),
};
