import type { Component } from "svelte";
import type { WidgetProps } from "./widget.ts";

const files = import.meta.glob<{ default: Component<WidgetProps<any>, object, "value"> }>("./*.svelte", {
  eager: true,
});

const byName = new Map(
  Object.entries(files).map(([path, file]) => [path.replace(/^\.\/(.*)\.svelte$/, "$1").toLowerCase(), file.default]),
);

/** What stands in for a look that has no component of its own. */
const standIns: Readonly<Record<string, string>> = {
  integer: "number",
  decimal: "number",
  percent: "number",
  user: "reference",
};

/** The component for a look: one of its own name, or what stands in for it. */
export function widgetFor(name: string): Component<WidgetProps<any>, object, "value"> {
  const plain = (it: string) => it.replaceAll("_", "").toLowerCase();
  return byName.get(plain(name)) ?? byName.get(standIns[name] ?? "text") ?? byName.get("text")!;
}
