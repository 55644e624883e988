import type { forms as english } from "../en/forms.ts";
import type { Spoken } from "../spoken.ts";

/** The words of forms that follow what is typed into them. */
export const forms: Spoken<typeof english> = {
  notOffered: (value) => `“${value}” tidak ditawarkan di sini. Pilih yang lain.`,
  formClears: (value) => `Menyimpan akan mengosongkan: ${value}.`,
  formKeeps: (value) => `Tidak ditampilkan lagi, nilainya tetap: ${value}.`,
  formShows: (value) => `Kini juga ditanyakan: ${value}.`,
  alsoAsked: "Ini ikut ditanyakan",
};
