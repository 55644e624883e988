import type { valueSets as english } from "../en/value-sets.ts";
import type { Spoken } from "../spoken.ts";

/** The words of choices that fields share. */
export const valueSets: Spoken<typeof english> = {
  valueSets: "Pilihan bersama",
  newValueSet: "Set baru",
  noValueSets: "Belum ada pilihan bersama.",
  valueSetText:
    "Pilihan yang tidak dipakai lagi tetap ada pada rekaman yang memuatnya, tetapi tidak ditawarkan lagi. Bila sebuah pilihan dihapus, rencana menanyakan nasib rekaman yang memuatnya.",
  removeValueSet: "Hapus set",
  removeValueSetText: "Bidang yang memakainya harus diberi pilihan lain dahulu.",
  labelsIn: "Label dalam",
  noOtherLanguage: "tanpa bahasa lain",
  choiceOrderKeys: "Seret, atau tekan Alt dan panah di labelnya",
  retire: (title) => `Berhenti memakai ${title}`,
  offerAgain: (title) => `Tawarkan lagi ${title}`,
  openSet: (title) => `Buka pilihan ${title}`,
};
