import { html } from "hono/html";
import type { PublicLanguage } from "../public-language.ts";
import { attachable, filesName } from "./sent.ts";
import { portalWords } from "./words.ts";

type Html = ReturnType<typeof html>;

interface ShownFile {
  readonly name: string;
  readonly href: string;
  readonly sizeBytes: number;
}

/** The files of a message, each to be saved. */
export function filesShown(language: PublicLanguage, files: readonly ShownFile[]): Html | "" {
  if (files.length === 0) return "";
  return html`<ul class="files">
    ${files.map(
      ({ name, href, sizeBytes }) =>
        html`<li><a href="${href}" download>${name}</a> <span class="soft">${sizeIn(language, sizeBytes)}</span></li>`,
    )}
  </ul>`;
}

/** How much a file weighs, as somebody says it: `1.2 MB`. */
function sizeIn(language: PublicLanguage, bytes: number): string {
  const [unit, amount] = bytes < 999_500 ? ["kilobyte", Math.max(bytes / 1000, 1)] : ["megabyte", bytes / 1_000_000];
  const shown = { style: "unit", unit: String(unit), maximumFractionDigits: unit === "kilobyte" ? 0 : 1 } as const;
  return new Intl.NumberFormat(language, shown).format(Number(amount));
}

/** Asks for files that go along with what is written. */
export function attaching(language: PublicLanguage, faults: ReadonlyMap<string, string>): Html {
  const words = portalWords(language);
  const wrong = faults.get(filesName);
  return html`<div class="question${wrong === undefined ? "" : " wrong"}">
    <label for="q-${filesName}">${words.attach}</label>
    <input
      type="file"
      id="q-${filesName}"
      name="${filesName}"
      multiple
      accept="${[...attachable.keys()].join()}"
      aria-describedby="q-${filesName}-help${wrong === undefined ? "" : ` q-${filesName}-fault`}"
      ${wrong === undefined ? "" : html`aria-invalid="true"`}
    />
    <p class="help" id="q-${filesName}-help">${words.attachText}</p>
    ${wrong === undefined ? "" : html`<p class="fault" id="q-${filesName}-fault" role="alert">${wrong}</p>`}
  </div>`;
}
