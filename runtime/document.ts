/** What a document shows: its title, paragraphs, and a table below them. */
export interface Drawn {
  readonly title: string;
  readonly text: readonly string[];
  readonly table?: {
    readonly entity: string;
    readonly columns: readonly string[];
    readonly rows: readonly (readonly unknown[])[];
  };
}

/** Signs beyond Latin 1 that the fonts every reader of PDF has can show (Windows code page 1252). */
const more = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";
const latin = new RegExp(`^[\\n\\r\\t\\x20-\\x7e\\xa0-\\xff${more}]*$`);

/** Whether a document holds signs that the built-in fonts do not have. */
export function unprintable({ title, text, table }: Drawn): boolean {
  const cells = (table?.rows ?? []).flatMap((row) => row.map(cellText));
  return [title, ...text, ...(table?.columns ?? []), ...cells].some((it) => !latin.test(it));
}

/** Draws a document as PDF, on A4. `font` is the path of a TrueType or OpenType file, for signs beyond Latin ones. */
export async function drawDocument(
  { title, text, table }: Drawn,
  { at, font }: { readonly at: Date; readonly font: string | undefined },
): Promise<Buffer> {
  const { default: Pdf } = await import("pdfkit");
  const pdf = new Pdf({ size: "A4", margin: 56, info: { Title: title, CreationDate: at, Producer: "Trellis" } });
  const pieces: Buffer[] = [];
  pdf.on("data", (piece: Buffer) => pieces.push(piece));
  const whole = new Promise<Buffer>((done, failed) => {
    pdf.on("end", () => done(Buffer.concat(pieces)));
    pdf.on("error", failed);
  });
  const [plain, bold] = [font ?? "Helvetica", font ?? "Helvetica-Bold"];
  pdf.font(bold).fontSize(18).text(title).moveDown();
  pdf.font(plain).fontSize(10);
  for (const paragraph of text) pdf.text(paragraph).moveDown(0.6);
  if (table) {
    pdf.moveDown(0.4);
    const cell = (it: string) => ({ text: it, padding: 4, border: { bottom: 0.5 }, borderColor: "#999999" });
    pdf.table({
      defaultStyle: { border: false },
      data: [
        table.columns.map((it) => ({ ...cell(it), font: { src: bold, size: 9 } })),
        ...table.rows.map((row) => row.map((it) => cell(cellText(it)))),
      ],
    });
  }
  pdf.end();
  return whole;
}

/** A value of a record as a document shows it: sums with their currency, several things with commas. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(cellText).join(", ");
  if (typeof value !== "object") return String(value);
  const { amount, currency, id } = value as Readonly<Record<string, unknown>>;
  if (amount !== undefined) return `${String(amount)} ${String(currency ?? "")}`.trim();
  return id === undefined ? JSON.stringify(value) : String(id);
}
