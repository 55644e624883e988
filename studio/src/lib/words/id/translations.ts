import type { translations as english } from "../en/translations.ts";
import type { Spoken } from "../spoken.ts";

/** The words of the table of translations. */
export const translations: Spoken<typeof english> = {
  translations: "Terjemahan",
  translatedInto: "Ke bahasa",
  translationLabel: "Label",
  translationSource: "Teks asli",
  translationShown: "Tampilkan",
  translationAll: "semua label",
  translationUndone: "yang belum diterjemahkan",
  translationDone: "selesai",
  translationMissing: "belum ada",
  translationOutdated: "kedaluwarsa",
  translationFile: "Ekspor berkas",
  translationRead: "Impor berkas",
  translationNotRead: "Berkas memerlukan kolom address, key, dan text.",
  translate: (what) => `Terjemahkan ${what}`,
  translationProgress: (percent) => `${percent} % diterjemahkan`,
  translationMissingCount: (n) => `${n} belum ada`,
  translationOutdatedCount: (n) => `${n} kedaluwarsa`,
  translationTaken: (n) => `${n} label diubah oleh berkas`,
  translationUnknown: (n) => `${n} baris tidak memiliki label`,
};
