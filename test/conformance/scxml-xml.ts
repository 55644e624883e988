/** An element of an SCXML document. */
export interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
}

/** Reads the elements of an XML text; what an element holds that is no element is its attribute `#text`. */
export function readXml(text: string): Element {
  const root = { tag: "", attributes: {} as Record<string, string>, children: [] as Element[] };
  const open: (typeof root)[] = [root];
  const bare = text.replaceAll(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, "");
  let end = 0;
  for (const found of bare.matchAll(/<(\/?)([\w:-]+)((?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g)) {
    const [whole, closing, tag = "", given = "", empty] = found;
    const between = bare.slice(end, found.index).trim();
    end = found.index + whole.length;
    if (closing) {
      const closed = open.pop();
      if (closed && between !== "") closed.attributes["#text"] = between;
    } else {
      const pairs = [...given.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)];
      const attributes = Object.fromEntries(pairs.map(([, name = "", one, other]) => [name, one ?? other ?? ""]));
      const element = { tag: tag.replace(/^.*:/, ""), attributes, children: [] as Element[] };
      open.at(-1)?.children.push(element);
      if (!empty) open.push(element);
    }
  }
  return root.children[0] ?? root;
}
