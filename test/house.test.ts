import { readdir, readFile } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { generate } from "../schemas/generate.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const rooms = ["schemas", "engine", "runtime", "studio", "test"] as const;
type Room = (typeof rooms)[number];

interface SourceFile {
  readonly path: string;
  readonly room: Room;
  readonly text: string;
  readonly imports: readonly string[];
}

async function sources(room: Room): Promise<SourceFile[]> {
  const files = await readdir(join(root, room), { recursive: true });
  const own = files.filter(
    (file) => /\.(ts|svelte)$/.test(file) && !/(^|\/)(node_modules|build|\.svelte-kit|generated)\//.test(file),
  );
  return Promise.all(
    own.map(async (file) => {
      const path = join(room, file);
      const text = await readFile(join(root, path), "utf8");
      const imports = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g)].map(
        (match) => match[1] ?? "",
      );
      return { path, room, text, imports };
    }),
  );
}

const all = (await Promise.all(rooms.map(sources))).flat();
const product = all.filter(({ path, room }) => room !== "test" && !/\.test\.ts$/.test(path));
const of = (room: Room) => product.filter((file) => file.room === room);

/** The room that an import leads to, or the name of a package. */
function leadsTo(file: SourceFile, to: string): string {
  if (!to.startsWith(".")) return to;
  return normalize(join(dirname(file.path), to)).split("/")[0] ?? "";
}

const offending = (files: readonly SourceFile[], bad: (file: SourceFile, to: string) => boolean) =>
  files.flatMap((file) => file.imports.filter((to) => bad(file, to)).map((to) => `${file.path} imports ${to}`));

describe("who knows whom", () => {
  const mayKnow: Readonly<Record<Exclude<Room, "test">, readonly string[]>> = {
    schemas: [],
    engine: ["schemas"],
    runtime: ["schemas", "engine"],
    studio: ["schemas", "engine"],
  };

  test.each(Object.entries(mayKnow))("%s knows only %j and itself", (room, known) => {
    const foreign = rooms.filter((it) => it !== room && !known.includes(it));
    expect(
      offending(of(room as Room), (file, to) =>
        foreign.some((it) => leadsTo(file, to) === it || to.startsWith(`${it}/`)),
      ),
    ).toEqual([]);
  });

  test("rooms are entered by their doors", () => {
    expect(
      offending(product, (file, to) => {
        if (!to.startsWith(".")) return rooms.some((room) => to.startsWith(`${room}/`)) && to !== "engine/sql";
        return leadsTo(file, to) !== file.room;
      }),
    ).toEqual([]);
  });

  test("the engine's SQL is known to the runtime alone", () => {
    const outside = product.filter(({ path, room }) => room !== "runtime" && !path.startsWith("engine/sql/"));
    expect(
      offending(
        outside,
        (file, to) => to === "engine/sql" || normalize(join(dirname(file.path), to)).startsWith("engine/sql"),
      ),
    ).toEqual([]);
  });

  test("the engine touches no disk, no network, no clock and no chance", () => {
    const pure = of("engine").filter(({ path }) => !path.startsWith("engine/sql/"));
    expect(offending(pure, (_, to) => to.startsWith("node:") || to === "pg")).toEqual([]);
    const impure =
      /\b(Date\.now\(|new Date\(\)|Math\.random|crypto\.randomUUID|process\.|fetch\(|setTimeout|localStorage)/;
    expect(pure.filter(({ text }) => impure.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test("only the doors read the environment, and one file each reaches outside", () => {
    const matching = (pattern: RegExp, files: readonly SourceFile[]) =>
      files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
    expect(
      matching(
        /process\.env/,
        product.filter(({ path }) => !/\.config\.ts$/.test(path)),
      ),
    ).toEqual(["runtime/main.ts", "runtime/start.ts"]);
    expect(matching(/(?<![.\w])fetch\(/, of("studio"))).toEqual(["studio/src/lib/api.ts"]);
    // The one of the runtime is in a script for the browsers of visitors.
    expect(matching(/(?<![.\w])fetch\(/, of("runtime"))).toEqual(["runtime/forms/track.ts"]);
    const sockets = ["node:http", "node:https", "node:http2", "node:tls", "node:dns", "node:dns/promises", "undici"];
    expect(offending(of("runtime"), (_, to) => sockets.includes(to))).toEqual([
      "runtime/outbound.ts imports node:dns/promises",
      "runtime/outbound.ts imports node:http",
      "runtime/outbound.ts imports node:https",
    ]);
  });

  test("no entity of a template is named in the product", async () => {
    const documents = await readdir(join(root, "templates"), { recursive: true });
    const names = documents.flatMap((file) => /entities\/([a-z_]+)\.json$/.exec(file)?.[1] ?? []);
    expect(names.length).toBeGreaterThan(5);
    // The same words for other things: an operation of a syntax tree, a place among others, a name in the set-up, the class of a component, a case in a log from elsewhere.
    const meansElse = new Set([
      "engine/sql/expression.ts call",
      "engine/expression/check.ts call",
      "engine/expression/evaluate.ts call",
      "engine/expression/tree.ts call",
      "engine/actions/event-send.ts order",
      "engine/describe.ts order",
      "engine/field-types/date-time.ts order",
      "engine/field-types/date.ts order",
      "engine/field-types/field-type.ts order",
      "engine/field-types/money.ts order",
      "engine/field-types/rollup.ts order",
      "engine/openapi-workflows.ts case",
      "engine/saved-view.ts order",
      "engine/sql/structure.ts order",
      "runtime/store/outside-log.ts case",
      "runtime/store/setup.ts company",
      "studio/src/lib/design/EntitySettings.svelte order",
      "studio/src/routes/setup/+page.svelte company",
      "studio/src/lib/ui/Note.svelte note",
      "studio/src/lib/workflow/TaskPanel.svelte task",
    ]);
    const quoted = new RegExp(`["'\`](${names.join("|")})["'\`]`);
    const files = [...of("engine"), ...of("runtime"), ...of("studio")];
    expect(
      files.flatMap(({ path, text }) => {
        const found = quoted.exec(text.replaceAll(/^\s*(\*|\/\/).*$/gm, ""));
        const told = `${path} ${found?.[1]}`;
        return found && !meansElse.has(told) ? [told] : [];
      }),
    ).toEqual([]);
  });

  test("no file is longer than its subject", () => {
    const long = product.filter(
      ({ path, text }) => text.split("\n").length > 401 && !path.endsWith("engine/problem.ts"),
    );
    expect(long.map(({ path, text }) => `${path}: ${text.split("\n").length}`)).toEqual([]);
  });
});

test("styles name no value that nobody sets", async () => {
  const folder = join(root, "studio/src/lib/ui");
  const sheets = (await readdir(folder)).filter((file) => file.endsWith(".css"));
  const texts = [
    ...(await Promise.all(sheets.map(async (file) => [file, await readFile(join(folder, file), "utf8")] as const))),
    ...of("studio").map(({ path, text }) => [path, text] as const),
  ];
  const set = new Set(
    texts.flatMap(([, text]) => [...text.matchAll(/(--[a-z][a-z\d-]*)\s*[:=]/g)].map(([, name]) => name)),
  );
  const unknown = texts.flatMap(([path, text]) =>
    [...text.matchAll(/var\((--[a-z][a-z\d-]*)\)/g)]
      .filter(([, name]) => !set.has(name))
      .map(([use]) => `${path}: ${use}`),
  );
  expect(unknown).toEqual([]);
});

test("the types of the documents, and the list of their kinds, are those of their schemas", async () => {
  for (const [name, text] of Object.entries(await generate())) {
    const path = join(root, "schemas/generated", name);
    expect(await readFile(path, "utf8"), `${relative(root, path)} is old: run \`pnpm run types\``).toBe(text);
  }
});
