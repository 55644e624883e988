import type { MessageBlock, MessageDocument } from "schemas";
import { nameFor, newAnchor } from "#lib/design/entity.ts";

export type BlockType = MessageBlock["type"];

/** The kinds of blocks, in the order in which they are offered, each with its icon. */
export const blockTypes: readonly (readonly [BlockType, string])[] = [
  ["heading", "pencil"],
  ["text", "lines"],
  ["image", "image"],
  ["button", "box"],
  ["columns", "columns"],
  ["divider", "minus"],
  ["when", "filter"],
];

/** A block among the others, as a list shows it. */
export interface Listed {
  readonly block: MessageBlock;
  /** How many blocks hold it. */
  readonly depth: number;
}

/** A new message to records of an entity. */
export function newMessage(title: string, entity: string, taken: readonly string[]): MessageDocument {
  return {
    $schema: "urn:trellis:message:1",
    $id: nameFor(title, taken),
    $anchor: newAnchor("msg"),
    title,
    entity,
    channel: "mail",
    subject: title,
    blocks: [{ id: "heading", type: "heading", text: title }],
  };
}

/** All blocks in the order in which one reads them. */
export function listed(blocks: readonly MessageBlock[], depth = 0): readonly Listed[] {
  return blocks.flatMap((block) => [
    { block, depth },
    ...groupsOf(block).flatMap(([, them]) => listed(them, depth + 1)),
  ]);
}

type Group = readonly [put: (them: MessageBlock[]) => MessageBlock, blocks: readonly MessageBlock[]];

/** The lists of blocks that a block holds, and how it is with another list in the same place. */
function groupsOf(block: MessageBlock): readonly Group[] {
  const columns = block.columns ?? [];
  return [
    ...columns.map((them, at): Group => [
      (next) => ({
        ...block,
        columns: columns.map((it, other) => (other === at ? next : it)) as NonNullable<MessageBlock["columns"]>,
      }),
      them,
    ]),
    ...(block.then ? [[(then: MessageBlock[]) => ({ ...block, then }), block.then] as Group] : []),
    ...(block.else ? [[(other: MessageBlock[]) => ({ ...block, else: other }), block.else] as Group] : []),
  ];
}

/** The blocks with each of them changed, those within others as well. */
export const mapped = (
  blocks: readonly MessageBlock[],
  change: (block: MessageBlock) => MessageBlock,
): MessageBlock[] =>
  blocks.map((block) => {
    let next = change(block);
    for (const [place] of groupsOf(block).entries()) {
      const [put, them] = groupsOf(next)[place]!;
      next = put(mapped(them, change));
    }
    return next;
  });

/** The blocks with a change of the list in which a block stands. */
function around(
  blocks: readonly MessageBlock[],
  id: string,
  change: (them: MessageBlock[], at: number) => MessageBlock[],
): MessageBlock[] {
  const at = blocks.findIndex((it) => it.id === id);
  if (at >= 0) return change([...blocks], at);
  return blocks.map((block) => {
    let next = block;
    for (const [place] of groupsOf(block).entries()) {
      const [put, them] = groupsOf(next)[place]!;
      next = put(around(them, id, change));
    }
    return next;
  });
}

/** With a block as it shall be. */
export const changed = (blocks: readonly MessageBlock[], block: MessageBlock): MessageBlock[] =>
  around(blocks, block.id, (them, at) => them.with(at, block));

export const removed = (blocks: readonly MessageBlock[], id: string): MessageBlock[] =>
  around(blocks, id, (them, at) => them.toSpliced(at, 1));

/** With a block one place further up or down among its neighbours; where there is none it stays. */
export const moved = (blocks: readonly MessageBlock[], id: string, by: -1 | 1): MessageBlock[] =>
  around(blocks, id, (them, at) => {
    const other = them[at + by];
    return other ? them.with(at, other).with(at + by, them[at]!) : them;
  });

/** With a new block behind another one, in it where that one waits for its first, else at the end. Answers also its id. */
export function added(
  blocks: readonly MessageBlock[],
  type: BlockType,
  behind: string | undefined,
): { readonly blocks: MessageBlock[]; readonly id: string } {
  const taken = new Set(listed(blocks).map(({ block }) => block.id));
  const free = (from: string) => {
    let id = from;
    for (let at = 2; taken.has(id); at++) id = `${from}_${at}`;
    taken.add(id);
    return id;
  };
  const block = fresh(type, free);
  const stands = listed(blocks).find((it) => it.block.id === behind)?.block;
  if (!stands) return { blocks: [...blocks, block], id: block.id };
  const [first] = groupsOf(stands);
  if (first && first[1].length === 0) return { blocks: changed(blocks, first[0]([block])), id: block.id };
  return { blocks: around(blocks, stands.id, (them, at) => them.toSpliced(at + 1, 0, block)), id: block.id };
}

function fresh(type: BlockType, free: (from: string) => string): MessageBlock {
  const id = free(type);
  const text = (): MessageBlock => ({ id: free("text"), type: "text", text: "…" });
  switch (type) {
    case "text":
    case "heading":
      return { id, type, text: "…" };
    case "button":
      return { id, type, text: "…", url: "https://example.com" };
    case "image":
      return { id, type, url: "https://example.com/picture.png", alt: "…" };
    case "columns":
      return { id, type, columns: [[text()], [text()]] };
    case "when":
      return { id, type, if: { cel: "true" }, then: [text()] };
    case "divider":
      return { id, type };
  }
}
