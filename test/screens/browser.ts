import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

/** The system's browser where there is one, else the one that lies inside a package. */
async function browser(): Promise<string | undefined> {
  const own =
    process.env.CHROMIUM ??
    (process.env.PATH ?? "")
      .split(delimiter)
      .map((folder) => join(folder, "chromium"))
      .find((path) => existsSync(path));
  if (own || process.platform !== "linux" || process.arch !== "x64") return own;
  return (await import("@sparticuz/chromium")).default.executablePath();
}

/** How the browser of the screen tests and of the pictures is started. */
export async function launchOptions(): Promise<{ executablePath?: string; args: string[] }> {
  const executablePath = await browser();
  return { ...(executablePath ? { executablePath } : {}), args };
}
